"""Labels of any type: learnt, predicted, and listed in classes_."""

import numpy as np
import pandas as pd
import pytest
from support.classifiers import ADAM, quick_mlp
from support.comparing import same_weights

LABELS = {
    "str": lambda y: y.astype(str),
    "str objects": lambda y: y.astype(str).astype(object),
    "uint8": lambda y: y.astype(np.uint8),
    "floats": lambda y: y.astype(np.float64),
    "far apart": lambda y: y * 10**12,
    "list": lambda y: y.tolist(),
    "series": pd.Series,
    "series with another index": lambda y: pd.Series(y, index=range(900, 900 + len(y))),
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "string": lambda y: pd.Series(y.astype(str), dtype="string"),
    "categorical": lambda y: pd.Series(y.astype(str), dtype="category"),
    "frame of one column": lambda y: pd.DataFrame({"digit": y}),
}


@pytest.fixture(scope="session")
def fitted_on_ints(handful):
    """Return a classifier that was fitted with labels of type int."""
    return quick_mlp(epochs=1).fit(*handful)


@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
@pytest.mark.parametrize("form", LABELS)
def test_labels_of_any_type_are_learnt_and_predicted(form, fitted_on_ints, handful):
    X, y = handful
    labels = LABELS[form](y)

    clf = quick_mlp(epochs=1).fit(X, labels)

    flat = np.asarray(labels).ravel()
    assert same_weights(clf, fitted_on_ints)
    assert clf.classes_.tolist() == sorted(set(flat.tolist()))
    predicted = clf.predict(X)
    assert predicted.dtype == clf.classes_.dtype
    label_of = dict(zip(y.tolist(), flat.tolist(), strict=True))
    assert predicted.tolist() == [
        label_of[label] for label in fitted_on_ints.predict(X)
    ]


@pytest.mark.parametrize("form", ["str", "categorical"])
def test_validation_labels_may_be_of_any_type(form, handful, validation):
    X, y = handful
    y_val = LABELS[form](validation["y_val"])

    clf = quick_mlp(epochs=1).fit(
        X, LABELS[form](y), X_val=validation["X_val"], y_val=y_val
    )

    expected = quick_mlp(epochs=1).fit(X, y, **validation)
    assert clf.history_ == expected.history_


@pytest.mark.parametrize("dtype", [bool, "boolean"])
def test_labels_may_be_bools(dtype, handful):
    X, y = handful
    labels = pd.Series(y < 5, dtype=dtype)

    clf = quick_mlp(epochs=6, **ADAM).fit(X, labels)

    assert clf.classes_.tolist() == [False, True]
    assert clf.predict_proba(X).shape == (200, 2)
    assert clf.score(X, labels.astype(bool)) > 0.75


def test_categories_without_samples_are_not_classes(handful):
    X, y = handful
    labels = pd.Categorical(y.astype(str), categories=[*map(str, range(10)), "ten"])

    clf = quick_mlp(epochs=1).fit(X, labels)

    assert clf.classes_.tolist() == [*map(str, range(10))]


def test_single_class_is_always_predicted(handful):
    X = handful[0]

    clf = quick_mlp().fit(X, np.full(len(X), "seven"))

    assert clf.classes_.tolist() == ["seven"]
    assert set(clf.predict(X)) == {"seven"}
    np.testing.assert_array_equal(clf.predict_proba(X), np.ones((200, 1)))
    np.testing.assert_array_equal(clf.predict_log_proba(X), np.zeros((200, 1)))


def test_number_of_classes_is_not_limited_to_ten(handful):
    X = handful[0]

    clf = quick_mlp(epochs=1).fit(X, np.arange(len(X)) // 4)

    assert clf.predict_proba(X).shape == (200, 50)
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1, atol=1e-5)
