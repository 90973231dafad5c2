"""Invalid images, labels and weights: refused, by name and with advice."""

import re

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.exceptions import NotFittedError
from support.classifiers import quick_mlp
from support.comparing import same_weights
from support.image_forms import (
    as_frame,
    as_images,
    as_images_with_a_channel,
    as_images_with_channel_first,
    as_separate_images,
)


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
    "colour": (lambda X: np.zeros((60, 8, 8, 3)), "X.*colour.*Convert.*greyscale"),
    "colour with alpha": (lambda X: np.zeros((60, 8, 8, 4)), "X.*colour"),
    "colour first": (lambda X: np.zeros((60, 3, 8, 8)), "X.*colour.*Convert"),
    "channel first": (as_images_with_channel_first, "X.*channel comes first"),
    "array of images": (as_separate_images, "X has 60 images.*single array"),
    "series of images": (lambda X: pd.Series(list(as_images(X))), "X has 60 images"),
    "column of images": (
        lambda X: pd.DataFrame({"image": list(as_images(X))}),
        "X has 60 images",
    ),
    "images of two sizes": (
        lambda X: pd.Series([X[0], X[0, :-1]] * 30),
        "X has 60 images",
    ),
    "dataset": (tf.data.Dataset.from_tensor_slices, "X is a dataset.*Collect"),
    "two channels": (lambda X: np.zeros((60, 8, 8, 2)), "X.*greyscale"),
    "five dimensions": (lambda X: np.zeros((60, 8, 8, 1, 1)), "X.*greyscale"),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_fit_refuses_bad_images(case, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match=message):
        quick_mlp().fit(spoil(X), y)


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_predict_refuses_bad_images(case, mlp_or_predictor, sixty_digits):
    spoil, message = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match=message):
        mlp_or_predictor.predict(spoil(sixty_digits[0]))


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_fit_refuses_bad_validation_images_by_their_name(case, sixty_digits):
    if case == "none":
        # X_val=None is the default.
        pytest.skip("X_val=None is valid")
    X, y = sixty_digits
    spoil, _ = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match="X_val"):
        quick_mlp().fit(X, y, X_val=spoil(X), y_val=y)


def advised(caught):
    """Return the code in an error message."""
    return re.search("`(.+?)`", str(caught.value))[1]


def as_colour(X):
    return np.repeat(as_images_with_a_channel(X), 3, axis=3)


IMAGES_WITH_ADVICE = {
    "channel first": as_images_with_channel_first,
    "channel first, as lists": lambda X: as_images_with_channel_first(X).tolist(),
    "array of images": as_separate_images,
    "array of images, as a column": lambda X: as_separate_images(X)[:, np.newaxis],
    "series of images": lambda X: pd.Series(list(as_images(X)), index=np.sqrt(X[:, 2])),
    "series of rows": lambda X: pd.Series(list(X)),
    "series of lists": lambda X: pd.Series(as_images(X).tolist()),
    "column of images": lambda X: pd.DataFrame({"image": list(as_images(X))}),
    "column without a name": lambda X: pd.DataFrame(as_separate_images(X)),
}


@pytest.mark.parametrize("case", IMAGES_WITH_ADVICE)
def test_advice_on_images_works_as_it_is_given(case, mlp_or_predictor, sixty_digits):
    X = IMAGES_WITH_ADVICE[case](sixty_digits[0])

    with pytest.raises(ValueError, match="X has") as caught:
        mlp_or_predictor.predict(X)

    np.testing.assert_array_equal(
        mlp_or_predictor.predict_proba(eval(advised(caught))),
        mlp_or_predictor.predict_proba(sixty_digits[0]),
    )


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("container", [np.asarray, lambda X: X.tolist()])
def test_advice_on_colour_images_works_as_it_is_given(
    container, channels_first, mlp_or_predictor, sixty_digits
):
    colour = as_colour(sixty_digits[0])
    X = container(np.moveaxis(colour, 3, 1) if channels_first else colour)

    with pytest.raises(ValueError, match=r"X.*colour") as caught:
        mlp_or_predictor.predict(X)

    np.testing.assert_allclose(
        eval(advised(caught)), as_images(sixty_digits[0]) * 0.9999, rtol=1e-3
    )


@pytest.mark.parametrize(
    "column",
    [
        pytest.param("Array", id="array"),
        pytest.param("List", id="list"),
        pytest.param("frame", id="frame"),
    ],
)
def test_advice_on_images_in_polars_works_as_it_is_given(
    column, mlp_or_predictor, sixty_digits
):
    pl = pytest.importorskip("polars", reason="polars is not installed")
    images = pl.Series("image", as_images(sixty_digits[0]))
    X = {
        "Array": images,
        "List": pl.Series(sixty_digits[0].tolist()),
        "frame": images.to_frame(),
    }[column]

    with pytest.raises(ValueError, match="X has 60 images") as caught:
        mlp_or_predictor.predict(X)

    np.testing.assert_array_equal(
        mlp_or_predictor.predict_proba(eval(advised(caught))),
        mlp_or_predictor.predict_proba(sixty_digits[0]),
    )


def test_a_polars_frame_of_pixels_is_read(mlp_fitted_on_images, sixty_digits):
    pl = pytest.importorskip("polars", reason="polars is not installed")
    X, y = sixty_digits
    clf = quick_mlp().fit(pl.DataFrame(X), pl.Series(y))

    assert same_weights(clf, quick_mlp().fit(X, y))


def test_text_in_a_polars_frame_is_refused(mlp_or_predictor, sixty_digits):
    pl = pytest.importorskip("polars", reason="polars is not installed")

    with pytest.raises(ValueError, match=r"X.*number.*text"):
        mlp_or_predictor.predict(pl.DataFrame(sixty_digits[0].astype(str)))


def test_advice_on_datasets_works_as_it_is_given(mlp_fitted_on_images, sixty_digits):
    dataset = tf.data.Dataset.from_tensor_slices(sixty_digits).batch(25)

    with pytest.raises(ValueError, match="X is a dataset") as caught:
        quick_mlp().fit(dataset, None)
    collected = {"np": np, "dataset": dataset}
    exec(advised(caught), collected)

    clf = quick_mlp().fit(collected["X"], collected["y"])
    np.testing.assert_array_equal(
        clf.predict(sixty_digits[0]), mlp_fitted_on_images.predict(sixty_digits[0])
    )


def test_datasets_of_torch_are_refused_with_advice(mlp_or_predictor, sixty_digits):
    data = pytest.importorskip("torch.utils.data", reason="torch is not installed")
    dataset = data.StackDataset(*sixty_digits)

    for given in (dataset, data.DataLoader(dataset)):
        with pytest.raises(ValueError, match=r"X is a dataset.*Collect"):
            mlp_or_predictor.predict(given)


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
def test_predict_refuses_images_of_another_shape(case, mlp_or_predictor, sixty_digits):
    change, message = OTHER_SHAPES[case]

    with pytest.raises(ValueError, match=message):
        mlp_or_predictor.predict(change(sixty_digits[0]))


@pytest.mark.parametrize("case", OTHER_SHAPES)
def test_fit_refuses_validation_images_of_another_shape(case, sixty_digits):
    X, y = sixty_digits
    change, message = OTHER_SHAPES[case]

    with pytest.raises(ValueError, match=message.replace("X", "X_val")):
        quick_mlp().fit(as_images(X), y, X_val=change(X), y_val=y)


def test_partial_fit_refuses_images_of_another_shape(sixty_digits):
    X, y = sixty_digits
    clf = quick_mlp().partial_fit(as_images(X), y, classes=np.arange(10))

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
    "one-hot": (lambda y: np.eye(10)[y], r"y.*\(60, 10\).*one-hot"),
    "transposed": (lambda y: y[np.newaxis], r"y.*\(1, 60\).*transposed"),
    "two columns": (lambda y: np.stack([y, y], axis=1), r"y.*\(60, 2\).*column"),
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
        "y mixes text and numbers",
    ),
    "numbers among strings": (
        lambda y: np.array([*map(str, y[1:]), 1], dtype=object),
        "y mixes text and numbers",
    ),
    "list of numbers and strings": (
        lambda y: [*y.tolist()[1:], "one"],
        "y mixes text and numbers.* int, str",
    ),
    "list of strings and bytes": (
        lambda y: [*map(str, y[1:]), b"1"],
        "y mixes text and numbers.* bytes, str",
    ),
    "list of strings and NaN": (lambda y: [*map(str, y[1:]), np.nan], "y contains NaN"),
    "bytes": (lambda y: y.astype("S"), "y.*bytes"),
    "continuous objects": (lambda y: (y + 0.5).astype(object), "y.*continuous"),
    "missing among objects": (
        lambda y: np.array([*y.tolist()[1:], pd.NA], dtype=object),
        "y contains NaN",
    ),
    "arrays": (lambda y: as_separate_images(np.zeros((len(y), 64))), "y"),
    "complex": (lambda y: y + 1j, "y"),
    "no date": (lambda y: np.where(y == 1, NO_DATE, y.astype("M8[D]")), "y.*NaT"),
    "ragged": (lambda y: [[1], [1, 2]] * (len(y) // 2), "y: "),
    "sparse": (lambda y: sparse.csr_matrix(y[:, np.newaxis]), "y"),
}


@pytest.mark.parametrize("case", BAD_LABELS)
def test_fit_refuses_bad_labels(case, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_LABELS[case]

    with pytest.raises((ValueError, TypeError), match=rf"\b{message}"):
        quick_mlp().fit(X, spoil(y))


@pytest.mark.parametrize("case", BAD_LABELS)
def test_fit_refuses_bad_validation_labels_by_their_name(case, sixty_digits):
    X, y = sixty_digits
    spoil, _ = BAD_LABELS[case]

    with pytest.raises((ValueError, TypeError), match="y_val"):
        quick_mlp().fit(X, y, X_val=X, y_val=spoil(y))


LABELS_WITH_ADVICE = {
    "transposed": lambda y: y[np.newaxis],
    "transposed lists": lambda y: [y.tolist()],
    "transposed frame": lambda y: pd.DataFrame([y]),
    "one-hot": lambda y: np.eye(10)[y],
    "one-hot lists": lambda y: np.eye(10)[y].tolist(),
    "one-hot bools": lambda y: np.eye(10, dtype=bool)[y],
    "one-hot frame": pd.get_dummies,
    "two columns": lambda y: np.stack([y, y + 1], axis=1),
    "two columns of text": lambda y: np.stack([y, y], axis=1).astype(str),
    "lists of two": lambda y: np.stack([y, y + 1], axis=1).tolist(),
    "frame of two columns": lambda y: pd.DataFrame({"digit": y, "writer": y + 1}),
}


@pytest.mark.parametrize("case", LABELS_WITH_ADVICE)
def test_advice_on_labels_works_as_it_is_given(case, sixty_digits):
    X, labels = sixty_digits
    y = LABELS_WITH_ADVICE[case](labels)

    with pytest.raises(ValueError, match="y should be a 1d array") as caught:
        quick_mlp().fit(X, y)

    clf = quick_mlp().fit(X, eval(advised(caught)))
    np.testing.assert_array_equal(clf.classes_.astype(int), range(10))
    assert same_weights(clf, quick_mlp().fit(X, labels))


@pytest.mark.parametrize(
    "as_objects",
    [
        lambda y: y.astype(object),
        lambda y: np.array(y.tolist(), dtype=object),
        lambda y: pd.Series(y, dtype=object),
        lambda y: y.astype(float).astype(object),
    ],
)
def test_numbers_stored_as_objects_are_labels(as_objects, sixty_digits):
    X, y = sixty_digits

    clf = quick_mlp().fit(X, as_objects(y))

    assert clf.classes_.dtype.kind in "if"
    assert same_weights(clf, quick_mlp().fit(X, y))
    assert clf.predict(X).tolist() == quick_mlp().fit(X, y).predict(X).tolist()


def test_text_stored_as_objects_are_labels(mlp_fitted_on_images, sixty_digits):
    X, y = sixty_digits

    clf = quick_mlp().fit(X, y.astype(str).astype(object))

    assert same_weights(clf, mlp_fitted_on_images)
    assert (
        clf.predict(X).tolist() == mlp_fitted_on_images.predict(X).astype(str).tolist()
    )


def test_fit_needs_labels(sixty_digits):
    with pytest.raises(TypeError, match="'y'"):
        quick_mlp().fit(sixty_digits[0])


def test_labels_in_a_single_column_are_labels(mlp_fitted_on_images, sixty_digits):
    X, y = sixty_digits

    with pytest.warns(UserWarning, match="column-vector y"):
        clf = quick_mlp().fit(X, y[:, np.newaxis])

    assert same_weights(clf, mlp_fitted_on_images)


def test_fit_refuses_labels_that_only_validation_has(sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"y_val .*\[11\].*classes are \[0, 1"):
        quick_mlp().fit(X, y, X_val=X, y_val=np.where(y == 1, 11, y))


def test_partial_fit_refuses_labels_that_are_no_classes(sixty_digits):
    X, y = sixty_digits
    clf = quick_mlp().partial_fit(X, y, classes=np.arange(10))

    with pytest.raises(ValueError, match=r"y .*\[11\].*classes are \[0, 1"):
        clf.partial_fit(X, np.where(y == 1, 11, y))


def test_the_first_partial_fit_refuses_labels_that_are_no_classes(sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"y .*\[9\]"):
        quick_mlp().partial_fit(X, y, classes=np.arange(9))


def test_the_first_partial_fit_needs_classes(sixty_digits):
    with pytest.raises(ValueError, match="classes"):
        quick_mlp().partial_fit(*sixty_digits)


def test_partial_fit_refuses_other_classes_than_at_first(sixty_digits):
    X, y = sixty_digits
    clf = quick_mlp().partial_fit(X, y, classes=np.arange(10))

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
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
@pytest.mark.parametrize("name", ["sample_weight", "sample_weight_val"])
def test_fit_refuses_bad_weights(name, case, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_WEIGHTS[case]
    validation = {"X_val": X, "y_val": y}

    with pytest.raises((ValueError, TypeError), match=message) as caught:
        quick_mlp().fit(X, y, **validation, **{name: spoil(np.ones(len(y)))})

    assert name in str(caught.value).lower().replace("sample weight", "sample_weight")


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_partial_fit_refuses_bad_weights(case, sixty_digits):
    X, y = sixty_digits
    spoil, message = BAD_WEIGHTS[case]

    with pytest.raises((ValueError, TypeError), match=message):
        quick_mlp().partial_fit(
            X, y, classes=np.arange(10), sample_weight=spoil(np.ones(len(y)))
        )


def test_validation_images_need_labels(sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"requires y_val"):
        quick_mlp().fit(X, y, X_val=X)


@pytest.mark.parametrize("name", ["y_val", "sample_weight_val"])
def test_validation_labels_or_weights_need_images(name, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=f"{name}.*X_val"):
        quick_mlp().fit(X, y, **{name: y})


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_predicting_before_fitting_is_refused(method, sixty_digits):
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(quick_mlp(), method)(sixty_digits[0])


def test_scoring_before_fitting_is_refused(sixty_digits):
    with pytest.raises(NotFittedError, match="not fitted"):
        quick_mlp().score(*sixty_digits)
