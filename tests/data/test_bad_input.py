"""Images, labels and weights that make no sense: refused, by name and with advice."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from support.comparing import same_weights
from support.image_forms import as_frame, as_images, as_images_with_a_channel
from support.small_classifiers import make_tiny_dense


def with_value(value):
    def put(X):
        X = X.copy()
        X[1, 2] = value
        return X

    return put


BAD_IMAGES = {
    "NaN": (with_value(np.nan), "X contains NaN"),
    "infinity": (with_value(np.inf), "X contains infinity"),
    "minus infinity": (with_value(-np.inf), "X contains infinity"),
    "too large for float32": (with_value(1e200), "X contains .* too large"),
    "missing in a frame": (
        lambda X: as_frame(X.astype(int), "Int64").mask(X == 16),
        "X contains NaN",
    ),
    "NaN in images": (lambda X: as_images(with_value(np.nan)(X)), "X contains NaN"),
    "no samples": (lambda X: X[:0], "X.* 0 sample"),
    "an empty list": (lambda X: [], "X"),
    "no features": (lambda X: X[:, :0], r"X.* 0 feature"),
    "no pixels": (lambda X: as_images(X)[:, :0], r"X.*\b0\b"),
    "one dimension": (lambda X: X[0], "X.*1D array"),
    "one number": (lambda X: 3.0, "X.*scalar"),
    "none": (lambda X: None, "X.*images.*None"),
    "complex": (lambda X: X + 1j, "X.*[Cc]omplex"),
    "complex images": (lambda X: as_images(X) + 1j, "X.*[Cc]omplex"),
    "strings": (lambda X: np.full(X.shape, "ink"), "X.*text"),
    "objects": (lambda X: np.full(X.shape, {}, dtype=object), "X.*number"),
    "strings as objects": (lambda X: np.full(X.shape, "a", dtype=object), "X.*text"),
    "numbers as text": (lambda X: X.astype(str).astype(object), "X.*number.*text"),
    "text in a frame": (lambda X: as_frame(X).astype(str), "X.*number.*text"),
    "dates": (lambda X: X.astype("datetime64[s]"), "X.*datetime64"),
    "ragged lists": (lambda X: [[1, 2], [3]], "X"),
    "sparse": (sparse.csr_matrix, "Sparse.* X"),
    "sparse array": (sparse.csr_array, "Sparse.* X"),
    "colour": (lambda X: np.zeros((60, 8, 8, 3)), "X.*colour.*greyscale.*Convert"),
    "colour with alpha": (lambda X: np.zeros((60, 8, 8, 4)), "X.*colour"),
    "two channels": (lambda X: np.zeros((60, 8, 8, 2)), "X.*greyscale"),
    "five dimensions": (lambda X: np.zeros((60, 8, 8, 1, 1)), "X.*greyscale"),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_fit_refuses_bad_images(case, make_tiny, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match=message):
        make_tiny().fit(spoil(X), y)


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_predict_refuses_bad_images(case, tiny_clf, sixty_digits):
    spoil, message = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match=message):
        tiny_clf.predict(spoil(sixty_digits[0]))


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_fit_refuses_bad_validation_images_by_their_name(case, make_tiny, sixty_digits):
    if case == "none":
        # X_val=None is the default.
        pytest.skip("no validation images are no mistake")
    X, y = sixty_digits
    spoil, _ = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match="X_val"):
        make_tiny().fit(X, y, X_val=spoil(X), y_val=y)


def test_advice_on_colour_images_works_as_it_is_given(make_tiny, sixty_digits):
    X, y = sixty_digits
    colour = np.repeat(as_images_with_a_channel(X), 3, axis=3)

    advice = "X[..., :3] @ [0.299, 0.587, 0.114]"
    with pytest.raises(ValueError, match=re.escape(advice)):
        make_tiny().fit(colour, y)

    clf = make_tiny().fit(colour[..., :3] @ [0.299, 0.587, 0.114], y)
    assert clf.image_shape_ == (8, 8)


OTHER_SHAPES = {
    "fewer features": (lambda X: X[:, :36], "X.* 36 features.* 64"),
    "more features": (lambda X: np.hstack([X, X]), "X.* 128 features.* 64"),
    "smaller images": (lambda X: as_images(X)[:, 1:, 1:], r"X.*\(7, 7\).*\(8, 8\)"),
    "same number of pixels": (
        lambda X: X.reshape(-1, 4, 16),
        r"X.*\(4, 16\).*\(8, 8\)",
    ),
    "a single image": (lambda X: as_images(X)[0], r"X.*one image.*X\[np\.newaxis\]"),
}


@pytest.mark.parametrize("case", OTHER_SHAPES)
def test_predict_refuses_images_of_another_shape(case, tiny_clf, sixty_digits):
    change, message = OTHER_SHAPES[case]

    with pytest.raises(ValueError, match=message):
        tiny_clf.predict(change(sixty_digits[0]))


@pytest.mark.parametrize("case", OTHER_SHAPES)
def test_fit_refuses_validation_images_of_another_shape(case, make_tiny, sixty_digits):
    X, y = sixty_digits
    change, message = OTHER_SHAPES[case]

    with pytest.raises(ValueError, match=message.replace("X", "X_val")):
        make_tiny().fit(as_images(X), y, X_val=change(X), y_val=y)


def test_partial_fit_refuses_images_of_another_shape(sixty_digits):
    X, y = sixty_digits
    clf = make_tiny_dense().partial_fit(as_images(X), y, classes=np.arange(10))

    with pytest.raises(ValueError, match=r"X.*\(7, 7\).*\(8, 8\)"):
        clf.partial_fit(as_images(X)[:, 1:, 1:], y)


NO_DATE = np.datetime64("NaT", "D")


BAD_LABELS = {
    "none": (lambda y: None, "y"),
    "too few": (lambda y: y[:-1], "X has 60, y has 59"),
    "too many": (lambda y: np.append(y, 1), "X has 60, y has 61"),
    "no labels": (lambda y: y[:0], "y"),
    "continuous": (lambda y: y + 0.5, "y.*continuous"),
    "NaN": (lambda y: np.where(y == 1, np.nan, y), "y contains NaN"),
    "infinity": (lambda y: np.where(y == 1, np.inf, y), "y contains .*infinity"),
    "one-hot": (lambda y: np.eye(10)[y], r"y.*\(60, 10\)"),
    "three dimensions": (lambda y: np.eye(10)[y][..., np.newaxis], "y"),
    "one label": (lambda y: 3, "y"),
    "None among strings": (lambda y: np.where(y == 1, None, y.astype(str)), "y"),
    "missing in a series": (
        lambda y: pd.Series(y, dtype="Int64").mask(y == 1),
        "y",
    ),
    "missing among strings": (
        lambda y: pd.Series(y.astype(str), dtype="string").mask(y == 1),
        "y",
    ),
    "strings among numbers": (
        lambda y: np.array([*y.tolist()[1:], "one"], dtype=object),
        "y",
    ),
    "complex": (lambda y: y + 1j, "y"),
    "no date": (lambda y: np.where(y == 1, NO_DATE, y.astype("M8[D]")), "y.*NaT"),
    "ragged": (lambda y: [[1], [1, 2]] * (len(y) // 2), "y: "),
    "sparse": (lambda y: sparse.csr_matrix(y[:, np.newaxis]), "y"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_fit_refuses_bad_labels(case, make_tiny, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_LABELS[case]

    with pytest.raises((ValueError, TypeError), match=rf"\b{message}"):
        make_tiny().fit(X, spoil(y))


@pytest.mark.parametrize("case", BAD_LABELS)
def test_fit_refuses_bad_validation_labels_by_their_name(case, make_tiny, sixty_digits):
    X, y = sixty_digits
    spoil, _ = BAD_LABELS[case]

    with pytest.raises((ValueError, TypeError), match="y_val"):
        make_tiny().fit(X, y, X_val=X, y_val=spoil(y))


def test_fit_needs_labels(make_tiny, sixty_digits):
    with pytest.raises(TypeError, match="'y'"):
        make_tiny().fit(sixty_digits[0])


def test_labels_in_a_single_column_are_labels(make_tiny, tiny_clf, sixty_digits):
    X, y = sixty_digits

    with pytest.warns(UserWarning, match="column-vector y"):
        clf = make_tiny().fit(X, y[:, np.newaxis])

    assert same_weights(clf, tiny_clf)


def test_fit_refuses_labels_that_only_validation_has(make_tiny, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"y_val .*\[11\].*classes are \[0, 1"):
        make_tiny().fit(X, y, X_val=X, y_val=np.where(y == 1, 11, y))


def test_partial_fit_refuses_labels_that_are_no_classes(sixty_digits):
    X, y = sixty_digits
    clf = make_tiny_dense().partial_fit(X, y, classes=np.arange(10))

    with pytest.raises(ValueError, match=r"y .*\[11\].*classes are \[0, 1"):
        clf.partial_fit(X, np.where(y == 1, 11, y))


def test_the_first_partial_fit_refuses_labels_that_are_no_classes(
    make_tiny, sixty_digits
):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"y .*\[9\]"):
        make_tiny().partial_fit(X, y, classes=np.arange(9))


def test_the_first_partial_fit_needs_classes(make_tiny, sixty_digits):
    with pytest.raises(ValueError, match="classes"):
        make_tiny().partial_fit(*sixty_digits)


def test_partial_fit_refuses_other_classes_than_at_first(sixty_digits):
    X, y = sixty_digits
    clf = make_tiny_dense().partial_fit(X, y, classes=np.arange(10))

    with pytest.raises(ValueError, match="classes"):
        clf.partial_fit(X, y, classes=np.arange(11))


BAD_WEIGHTS = {
    "negative": (lambda w: w - 1.5, "[Nn]egative"),
    "one negative": (lambda w: np.append(w[1:], -1e-3), "[Nn]egative"),
    "NaN": (lambda w: w * np.nan, "NaN"),
    "infinite": (lambda w: np.append(w[1:], np.inf), "infinity"),
    "all zero": (lambda w: w * 0, "0|zero"),
    "too few": (lambda w: w[:-1], r"\(59,\)"),
    "two columns": (lambda w: np.stack([w, w], axis=1), "1D"),
    "strings": (lambda w: np.full(len(w), "much"), "much"),
    "too small for any effect": (lambda w: w * 1e-60, "0|zero|small"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
@pytest.mark.parametrize("name", ["sample_weight", "sample_weight_val"])
def test_fit_refuses_bad_weights(name, case, make_tiny, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_WEIGHTS[case]
    validation = {"X_val": X, "y_val": y}

    with pytest.raises((ValueError, TypeError), match=message) as caught:
        make_tiny().fit(X, y, **validation, **{name: spoil(np.ones(len(y)))})

    assert name in str(caught.value).lower().replace("sample weight", "sample_weight")


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_partial_fit_refuses_bad_weights(case, make_tiny, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_WEIGHTS[case]

    with pytest.raises((ValueError, TypeError), match=message):
        make_tiny().partial_fit(
            X, y, classes=np.arange(10), sample_weight=spoil(np.ones(len(y)))
        )


def test_validation_images_need_labels(make_tiny, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"X_val.*y_val"):
        make_tiny().fit(X, y, X_val=X)


@pytest.mark.parametrize("name", ["y_val", "sample_weight_val"])
def test_validation_labels_or_weights_need_images(name, make_tiny, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=f"{name}.*X_val"):
        make_tiny().fit(X, y, **{name: y})


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_predicting_before_fitting_is_refused(method, make_tiny, sixty_digits):
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(make_tiny(), method)(sixty_digits[0])


def test_scoring_before_fitting_is_refused(make_tiny, sixty_digits):
    with pytest.raises(NotFittedError, match="not fitted"):
        make_tiny().score(*sixty_digits)
