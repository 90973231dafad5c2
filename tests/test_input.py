"""What X and y may be: layouts, dtypes, ranges of pixels, and what is refused."""

import re
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from digitclf import CNNDigitClassifier, MLPDigitClassifier
from digitclf._images import as_pixels, flatten_images
from digitclf.datasets import load_mnist

TINY = {
    "hidden_layer_sizes": (),
    "optimizer": "sgd",
    "ema_momentum": None,
    "epochs": 1,
    "batch_size": 20,
    "validation_split": 0,
    "random_state": 0,
}
"""Settings for tests that look at what arrives in a network, not at what it learns."""


def make_tiny_dense(**params):
    """Return a classifier with a dense network, where that makes no difference."""
    return MLPDigitClassifier(**(TINY | params))


@pytest.fixture(scope="session")
def make_tiny(estimator_class):
    """Return a function that makes classifiers whose fit takes a moment."""
    if estimator_class is MLPDigitClassifier:
        return make_tiny_dense
    return lambda **params: estimator_class(**(TINY | {"filters": (2,)} | params))


@pytest.fixture(scope="session")
def handful(few_digits):
    """Return 60 of the 8 x 8 digits and their labels."""
    return few_digits.X_train[:60], few_digits.y_train[:60]


@pytest.fixture(scope="session")
def tiny_clf(make_tiny, handful):
    """Return a classifier that was fitted on the handful, images of float64."""
    X, y = handful
    return make_tiny().fit(as_images(X), y)


def assert_same_weights(clf, other):
    for one, another in zip(
        clf.model_.get_weights(), other.model_.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, another)


# Layouts, dtypes and containers


def as_images(X):
    return X.reshape(-1, 8, 8)


def as_images_with_a_channel(X):
    return X.reshape(-1, 8, 8, 1)


def as_every_second_column(X):
    wide = np.full((len(X), 128), np.nan)
    wide[:, ::2] = X
    return wide[:, ::2]


def as_images_cut_out_of_larger_ones(X):
    large = np.zeros((len(X), 12, 12))
    large[:, 2:10, 2:10] = as_images(X)
    return large[:, 2:10, 2:10]


def as_frame(X, dtype=None):
    return pd.DataFrame(X, dtype=dtype)


FORMS = {
    "rows of pixels": np.asarray,
    "images with a channel": as_images_with_a_channel,
    "uint8": lambda X: X.astype(np.uint8),
    "uint8 images": lambda X: as_images(X).astype(np.uint8),
    "int64": lambda X: X.astype(np.int64),
    "big-endian int16": lambda X: X.astype(">i2"),
    "float16": lambda X: X.astype(np.float16),
    "float32": lambda X: X.astype(np.float32),
    "longdouble": lambda X: X.astype(np.longdouble),
    "Fortran order": np.asfortranarray,
    "images in Fortran order": lambda X: np.asfortranarray(as_images(X)),
    "view of every second column": as_every_second_column,
    "images cut out of larger ones": as_images_cut_out_of_larger_ones,
    "nested lists": lambda X: X.tolist(),
    "nested lists of images": lambda X: as_images(X).tolist(),
    "DataFrame": as_frame,
    "DataFrame of UInt8": lambda X: as_frame(X.astype(int), "UInt8"),
    "DataFrame of Int64": lambda X: as_frame(X.astype(int), "Int64"),
    "DataFrame of Float32": lambda X: as_frame(X, "Float32"),
}


@pytest.fixture(scope="session")
def tiny_dense_clf(handful):
    """Return a dense network that was fitted on the handful, images of float64."""
    X, y = handful
    return make_tiny_dense().fit(as_images(X), y)


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_images_does_not_change_what_is_learnt(
    form, tiny_dense_clf, handful
):
    X, y = handful

    clf = make_tiny_dense().fit(FORMS[form](X), y)

    assert_same_weights(clf, tiny_dense_clf)
    assert clf.n_features_in_ == 64
    assert clf.image_shape_ == (8, 8)
    assert clf.pixel_range_ == tiny_dense_clf.pixel_range_


@pytest.mark.parametrize(
    "form", ["rows of pixels", "images with a channel", "uint8 images", "DataFrame"]
)
def test_a_fit_on_any_layout_is_the_same_and_predicts_on_all(
    form, make_tiny, tiny_clf, handful
):
    X, y = handful

    clf = make_tiny().fit(FORMS[form](X), y)

    assert_same_weights(clf, tiny_clf)
    for layout in (np.asarray, as_images, as_images_with_a_channel):
        np.testing.assert_array_equal(
            clf.predict_proba(layout(X)), tiny_clf.predict_proba(X)
        )


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_images_does_not_change_predictions(form, tiny_clf, few_digits):
    X = few_digits.X_test

    probabilities = tiny_clf.predict_proba(FORMS[form](X))

    np.testing.assert_array_equal(probabilities, tiny_clf.predict_proba(X))


@pytest.mark.parametrize("container", [np.asarray, as_frame, lambda X: X.tolist()])
def test_boolean_pixels_are_zeros_and_ones(container, handful):
    X, y = handful
    ink = X > 8

    clf = make_tiny_dense().fit(container(ink), y)

    assert_same_weights(clf, make_tiny_dense().fit(ink.astype(np.uint8), y))
    assert clf.pixel_range_ == (0.0, 1.0)


def test_a_frame_of_nullable_booleans_is_zeros_and_ones(handful):
    X, y = handful
    ink = X > 8

    clf = make_tiny_dense().fit(pd.DataFrame(ink, dtype="boolean"), y)

    assert_same_weights(clf, make_tiny_dense().fit(ink, y))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_memory_maps_are_images(dtype, make_tiny, tiny_clf, handful, tmp_path):
    X, y = handful
    np.save(tmp_path / "images.npy", as_images(X).astype(dtype))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")

    clf = make_tiny().fit(mapped, y)

    assert_same_weights(clf, tiny_clf)
    np.testing.assert_array_equal(clf.predict_proba(mapped), tiny_clf.predict_proba(X))


def test_images_that_are_not_square_keep_their_shape(make_tiny, handful):
    X, y = handful
    images = as_images(X)[:, :, :6]

    clf = make_tiny().fit(images, y)

    assert clf.image_shape_ == (8, 6)
    assert clf.n_features_in_ == 48
    np.testing.assert_array_equal(
        clf.predict_proba(images.reshape(-1, 48)), clf.predict_proba(images)
    )


# Names of features


@pytest.fixture(scope="session")
def named(handful):
    """Return the handful as a frame whose columns have names, and the labels."""
    X, y = handful
    return pd.DataFrame(X).rename(columns="pixel_{}".format), y


def test_names_of_columns_are_learnt(named):
    X, y = named

    clf = make_tiny_dense().fit(X, y)

    assert list(clf.feature_names_in_) == list(X.columns)


def test_names_of_columns_are_forgotten_by_a_fit_without_them(named):
    X, y = named

    clf = make_tiny_dense().fit(X, y).fit(X.to_numpy(), y)

    assert not hasattr(clf, "feature_names_in_")


def test_columns_in_another_order_are_refused(named):
    X, y = named
    clf = make_tiny_dense().fit(X, y)

    with pytest.raises(ValueError, match="feature names"):
        clf.predict(X[X.columns[::-1]])


# Memory, and what belongs to the caller


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pixels_that_the_network_reads_are_not_copied(dtype, few_digits):
    images = few_digits.X_train.astype(dtype).reshape(-1, 8, 8, 1)

    rows, image_shape = flatten_images(images)

    assert image_shape == (8, 8)
    assert np.shares_memory(rows, images)
    assert np.shares_memory(as_pixels(rows), images)


def peak_memory(status=Path("/proc/self/status")):
    """Return the most bytes that this process has used since the last reset."""
    line = next(line for line in status.read_text().split("\n") if "VmHWM" in line)
    return int(line.split()[1]) * 1024


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc"
)
def test_fitting_uint8_images_makes_no_float_copy_of_them(make_tiny):
    X, y = load_mnist(return_X_y=True)
    clf = make_tiny(batch_size=500, warm_start=True).fit(X[:2000], y[:2000])
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_memory()

    clf.fit(X, y)

    size_as_float = 4 * X.nbytes
    assert peak_memory() - before < size_as_float


def test_fit_changes_nothing_that_it_is_given(make_tiny, handful):
    X, y = (each.copy() for each in handful)
    weights = np.linspace(0, 2, len(y))
    class_weight = {0: 2.0, 1: 0.5}
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    callback = keras.callbacks.TerminateOnNaN()
    callbacks = [callback]
    clf = make_tiny(class_weight=class_weight, optimizer=optimizer, callbacks=callbacks)
    params = clf.get_params()

    clf.fit(X, y, sample_weight=weights)
    clf.partial_fit(X, y, sample_weight=weights)
    clf.predict(X)

    np.testing.assert_array_equal(X, handful[0])
    np.testing.assert_array_equal(y, handful[1])
    np.testing.assert_array_equal(weights, np.linspace(0, 2, len(y)))
    assert class_weight == {0: 2.0, 1: 0.5}
    assert callbacks == [callback]
    assert not optimizer.built
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    after = clf.get_params()
    assert after.keys() == params.keys()
    assert all(after[name] is params[name] for name in params)


def test_a_frame_and_a_series_are_left_as_they_were(named):
    X, y = named
    frame, labels = X.copy(), pd.Series(y)
    weights = pd.Series(np.linspace(0, 2, len(y)))

    make_tiny_dense().fit(frame, labels, sample_weight=weights)

    pd.testing.assert_frame_equal(frame, X)
    pd.testing.assert_series_equal(labels, pd.Series(y))
    pd.testing.assert_series_equal(weights, pd.Series(np.linspace(0, 2, len(y))))


# The range of the pixels


RANGES = {
    "0 to 255": lambda X, of: np.round(X * (255 / 16)).astype(np.uint8),
    "0 to 16": lambda X, of: X,
    "-16 to 0": lambda X, of: -X,
    "0 to 1": lambda X, of: X / 16,
    "standardised": lambda X, of: StandardScaler().fit(of).transform(X),
}


@pytest.fixture(scope="session")
def fitted_on(make_classifier, few_digits):
    """Return a function that returns a classifier fitted on pixels of some range."""
    classifiers = {}

    def get(pixel_range):
        if pixel_range not in classifiers:
            X, y = few_digits.X_train, few_digits.y_train
            X = RANGES[pixel_range](X, of=X)
            classifiers[pixel_range] = make_classifier().fit(X, y)
        return classifiers[pixel_range]

    return get


@pytest.fixture
def digits_in(few_digits):
    """Return a function that returns the test images in some range."""

    def get(pixel_range):
        return RANGES[pixel_range](few_digits.X_test, of=few_digits.X_train)

    return get


@pytest.mark.parametrize("pixel_range", RANGES)
def test_pixels_of_any_range_train_well(pixel_range, fitted_on, digits_in, few_digits):
    clf = fitted_on(pixel_range)

    assert clf.score(digits_in(pixel_range), few_digits.y_test) > 0.9


def test_principal_components_train_the_dense_network_well(few_digits):
    pca = PCA(30, random_state=0).fit(few_digits.X_train)
    clf = MLPDigitClassifier(epochs=10, batch_size=25, random_state=0)

    clf.fit(pca.transform(few_digits.X_train), few_digits.y_train)

    assert clf.score(pca.transform(few_digits.X_test), few_digits.y_test) > 0.9


def test_one_huge_value_does_not_spoil_standardised_features(
    make_classifier, few_digits, digits_in
):
    X = RANGES["standardised"](few_digits.X_train, of=few_digits.X_train)
    X[0, 20] = 100.0

    clf = make_classifier().fit(X, few_digits.y_train)

    assert clf.score(digits_in("standardised"), few_digits.y_test) > 0.9


@pytest.mark.parametrize(
    ("pixel_range", "expected"),
    [("0 to 255", (0.0, 255.0)), ("0 to 16", (0.0, 16.0)), ("0 to 1", (0.0, 1.0))],
)
def test_the_range_of_grey_levels_is_from_zero_to_the_largest(
    pixel_range, expected, fitted_on
):
    assert fitted_on(pixel_range).pixel_range_ == expected


def test_images_without_weight_do_not_count_for_the_range(make_tiny, handful):
    X, y = handful
    X = X.copy()
    X[7] = 9999
    weights = np.ones(len(X))
    weights[7] = 0

    assert make_tiny().fit(X, y, weights).pixel_range_ == (0, 16)


@pytest.mark.parametrize("factor", [1e-41, 1e37])
def test_values_that_float32_cannot_scale_are_refused(factor, make_tiny, handful):
    X, y = handful

    with pytest.raises(ValueError, match=r"X.*too small or too large.*float32"):
        make_tiny().fit(X * factor, y)


@pytest.mark.parametrize("lowest", [-1e-12, -0.2])
def test_what_resampling_leaves_below_zero_makes_no_centred_features(
    lowest, make_tiny, handful, recwarn
):
    X, y = handful
    resampled = X / 16
    resampled[0, 0] = lowest

    clf = make_tiny().fit(resampled, y)
    clf.predict(X / 16)

    assert clf.pixel_range_ == (0, 1)
    assert not recwarn.list


def test_black_images_are_grey_levels(make_tiny, handful):
    X, y = handful

    assert make_tiny().fit(np.zeros_like(X), y).pixel_range_ == (0, 1)


@pytest.mark.parametrize("shift", [0, 100, 1000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_range_that_begins_elsewhere_is_known_too(sign, shift, make_tiny, handful):
    X, y = handful
    clf = make_tiny().fit(sign * (X + 300), y)

    assert clf.pixel_range_ == ((300, 316) if sign == 1 else (-316, -300))
    if shift:
        with pytest.warns(UserWarning, match="nonsense"):
            clf.predict(sign * (X + 300 + shift))
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            clf.predict(sign * (X + 300))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_a_warning_points_at_the_line_that_called(method, tiny_clf, handful):
    X, _ = handful

    with pytest.warns(UserWarning, match="nonsense") as caught:
        getattr(tiny_clf, method)(X / 16)

    assert [each.filename for each in caught] == [__file__]


def test_what_keras_is_set_to_make_otherwise_does_not_matter(make_tiny, handful):
    X, y = handful
    expected = make_tiny().fit(X, y).predict_proba(X)
    before = keras.config.image_data_format(), keras.config.dtype_policy()
    keras.config.set_image_data_format("channels_first")
    keras.config.set_dtype_policy("mixed_float16")
    keras.config.set_floatx("float64")
    try:
        probabilities = make_tiny().fit(X, y).predict_proba(X)
    finally:
        keras.config.set_image_data_format(before[0])
        keras.config.set_dtype_policy(before[1])
        keras.config.set_floatx("float32")

    assert probabilities.dtype == np.float32
    np.testing.assert_array_equal(probabilities, expected)


def test_the_range_of_standardised_features_is_symmetric(fitted_on):
    low, high = fitted_on("standardised").pixel_range_

    assert low == -high
    assert high == pytest.approx(1.0, abs=0.2)


def test_the_network_takes_pixels_as_they_were_passed_to_fit(fitted_on, digits_in):
    clf, X = fitted_on("0 to 255"), digits_in("0 to 255")
    pixels = X.reshape(-1, *clf.model_.input_shape[1:])

    np.testing.assert_allclose(
        clf.model_.predict(pixels, verbose=0), clf.predict_proba(X), atol=1e-6
    )


@pytest.mark.parametrize("given", RANGES)
@pytest.mark.parametrize("seen", RANGES)
def test_predicting_on_a_plainly_different_range_warns(
    seen, given, fitted_on, digits_in
):
    if seen == given:
        pytest.skip("the same range")
    with pytest.warns(UserWarning, match="pixel_range_"):
        fitted_on(seen).predict(digits_in(given))


@pytest.mark.parametrize("seen", RANGES)
def test_predicting_on_the_same_range_does_not_warn(seen, fitted_on, digits_in):
    X = digits_in(seen)
    clf = fitted_on(seen)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        clf.predict(X)
        for start in range(20):
            clf.predict(X[start : start + 1])

    assert not caught


@pytest.mark.parametrize("brightness", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("seen", ["0 to 255", "0 to 16", "0 to 1"])
def test_a_blank_or_faint_image_does_not_warn(seen, brightness, fitted_on, digits_in):
    image = digits_in(seen)[:1] * brightness
    clf = fitted_on(seen)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        clf.predict(image)

    assert not caught


def test_the_warning_about_another_range_names_both(fitted_on, digits_in):
    with pytest.warns(UserWarning, match="from 0 to 1, .* range 0 to 255"):
        fitted_on("0 to 255").predict(digits_in("0 to 1"))


def test_validation_images_of_another_range_warn_by_their_name(
    make_tiny, handful, few_digits
):
    X, y = handful
    with pytest.warns(UserWarning, match="X_val has values from 0 to 1"):
        make_tiny().fit(X, y, X_val=few_digits.X_test / 16, y_val=few_digits.y_test)


# Images without a square, and small ones


def test_features_that_make_no_square_warn_once(estimator_class, make_tiny, handful):
    X, y = handful
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = make_tiny().fit(X[:, :50], y)
        clf.predict(X[:, :50])

    told = [str(each.message) for each in caught if "no square" in str(each.message)]
    assert len(told) == (estimator_class is CNNDigitClassifier)
    assert clf.n_features_in_ == 50


def test_the_warning_about_no_square_says_how_it_is_filled_up(handful):
    X, y = handful
    clf = CNNDigitClassifier(epochs=1, random_state=0, validation_split=0)

    with pytest.warns(UserWarning, match=r"50 features .* 14 zeros to 8 x 8"):
        clf.fit(X[:, :50], y)

    assert clf.image_shape_ == (8, 8)


@pytest.mark.filterwarnings("ignore:60 features make no square image")
def test_features_that_make_no_square_train_well(make_classifier, few_digits):
    clf = make_classifier().fit(few_digits.X_train[:, :60], few_digits.y_train)

    assert clf.score(few_digits.X_test[:, :60], few_digits.y_test) > 0.85


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (1, 9), (9, 2)])
def test_small_images_can_be_learnt(shape, estimator_class):
    images = np.random.default_rng(0).integers(0, 100, (80, *shape))
    bright = np.arange(80) % 2
    images[bright == 1] += 100
    params = {"hidden_layer_sizes": (16,), "learning_rate": 0.02, "epochs": 8}
    if estimator_class is CNNDigitClassifier:
        params |= {"filters": (8, 8), "hidden_dropout": 0.0}
    clf = estimator_class(batch_size=10, validation_split=0, random_state=0, **params)

    clf.fit(images, bright)

    assert clf.image_shape_ == shape
    assert clf.predict_proba(images).shape == (80, 2)
    assert clf.score(images, bright) > 0.9


# Bad input


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
def test_fit_refuses_bad_images(case, make_tiny, handful):
    X, y = handful
    spoil, message = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match=message):
        make_tiny().fit(spoil(X), y)


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_predict_refuses_bad_images(case, tiny_clf, handful):
    spoil, message = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match=message):
        tiny_clf.predict(spoil(handful[0]))


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_fit_refuses_bad_validation_images_by_their_name(case, make_tiny, handful):
    if case == "none":
        pytest.skip("no validation images are no mistake")
    X, y = handful
    spoil, _ = BAD_IMAGES[case]

    with pytest.raises((ValueError, TypeError), match="X_val"):
        make_tiny().fit(X, y, X_val=spoil(X), y_val=y)


def test_advice_on_colour_images_works_as_it_is_given(make_tiny, handful):
    X, y = handful
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
def test_predict_refuses_images_of_another_shape(case, tiny_clf, handful):
    change, message = OTHER_SHAPES[case]

    with pytest.raises(ValueError, match=message):
        tiny_clf.predict(change(handful[0]))


@pytest.mark.parametrize("case", OTHER_SHAPES)
def test_fit_refuses_validation_images_of_another_shape(case, make_tiny, handful):
    X, y = handful
    change, message = OTHER_SHAPES[case]

    with pytest.raises(ValueError, match=message.replace("X", "X_val")):
        make_tiny().fit(as_images(X), y, X_val=change(X), y_val=y)


def test_partial_fit_refuses_images_of_another_shape(handful):
    X, y = handful
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
def test_fit_refuses_bad_labels(case, make_tiny, handful):
    X, y = handful
    spoil, message = BAD_LABELS[case]

    with pytest.raises((ValueError, TypeError), match=rf"\b{message}"):
        make_tiny().fit(X, spoil(y))


@pytest.mark.parametrize("case", BAD_LABELS)
def test_fit_refuses_bad_validation_labels_by_their_name(case, make_tiny, handful):
    X, y = handful
    spoil, _ = BAD_LABELS[case]

    with pytest.raises((ValueError, TypeError), match="y_val"):
        make_tiny().fit(X, y, X_val=X, y_val=spoil(y))


def test_fit_needs_labels(make_tiny, handful):
    with pytest.raises(TypeError, match="'y'"):
        make_tiny().fit(handful[0])


def test_labels_in_a_single_column_are_labels(make_tiny, tiny_clf, handful):
    X, y = handful

    with pytest.warns(UserWarning, match="column-vector y"):
        clf = make_tiny().fit(X, y[:, np.newaxis])

    assert_same_weights(clf, tiny_clf)


def test_fit_refuses_labels_that_only_validation_has(make_tiny, handful):
    X, y = handful

    with pytest.raises(ValueError, match=r"y_val .*\[11\].*classes are \[0, 1"):
        make_tiny().fit(X, y, X_val=X, y_val=np.where(y == 1, 11, y))


def test_partial_fit_refuses_labels_that_are_no_classes(handful):
    X, y = handful
    clf = make_tiny_dense().partial_fit(X, y, classes=np.arange(10))

    with pytest.raises(ValueError, match=r"y .*\[11\].*classes are \[0, 1"):
        clf.partial_fit(X, np.where(y == 1, 11, y))


def test_the_first_partial_fit_refuses_labels_that_are_no_classes(make_tiny, handful):
    X, y = handful

    with pytest.raises(ValueError, match=r"y .*\[9\]"):
        make_tiny().partial_fit(X, y, classes=np.arange(9))


def test_the_first_partial_fit_needs_classes(make_tiny, handful):
    with pytest.raises(ValueError, match="classes"):
        make_tiny().partial_fit(*handful)


def test_partial_fit_refuses_other_classes_than_at_first(handful):
    X, y = handful
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
def test_fit_refuses_bad_weights(name, case, make_tiny, handful):
    X, y = handful
    spoil, message = BAD_WEIGHTS[case]
    validation = {"X_val": X, "y_val": y}

    with pytest.raises((ValueError, TypeError), match=message) as caught:
        make_tiny().fit(X, y, **validation, **{name: spoil(np.ones(len(y)))})

    assert name in str(caught.value).lower().replace("sample weight", "sample_weight")


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_partial_fit_refuses_bad_weights(case, make_tiny, handful):
    X, y = handful
    spoil, message = BAD_WEIGHTS[case]

    with pytest.raises((ValueError, TypeError), match=message):
        make_tiny().partial_fit(
            X, y, classes=np.arange(10), sample_weight=spoil(np.ones(len(y)))
        )


def test_validation_images_need_labels(make_tiny, handful):
    X, y = handful

    with pytest.raises(ValueError, match=r"X_val.*y_val"):
        make_tiny().fit(X, y, X_val=X)


@pytest.mark.parametrize("name", ["y_val", "sample_weight_val"])
def test_validation_labels_or_weights_need_images(name, make_tiny, handful):
    X, y = handful

    with pytest.raises(ValueError, match=f"{name}.*X_val"):
        make_tiny().fit(X, y, **{name: y})


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_predicting_before_fitting_is_refused(method, make_tiny, handful):
    with pytest.raises(NotFittedError, match="not fitted"):
        getattr(make_tiny(), method)(handful[0])


def test_scoring_before_fitting_is_refused(make_tiny, handful):
    with pytest.raises(NotFittedError, match="not fitted"):
        make_tiny().score(*handful)
