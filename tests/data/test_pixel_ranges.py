"""The range of the pixels: learnt by fit, with a warning if predict gets another."""

import warnings

import keras
import numpy as np
import pytest
from scipy.ndimage import zoom
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from support.classifiers import quick_mlp

from digitclf import MLPDigitClassifier
from digitclf._data.pixel_range import learn_pixel_range, warn_of_other_range
from digitclf._data.statistics import ArrayStatistics
from digitclf.datasets import load_mnist

RANGES = {
    "0 to 255": lambda X, of: np.round(X * (255 / 16)).astype(np.uint8),
    "0 to 16": lambda X, of: X,
    "-16 to 0": lambda X, of: -X,
    "0 to 1": lambda X, of: X / 16,
    "standardised": lambda X, of: StandardScaler().fit(of).transform(X),
}


@pytest.fixture(scope="session")
def fitted_on(make_accurate, few_digits):
    """Return a function that returns a classifier fitted on pixels of some range."""
    classifiers = {}

    def get(pixel_range):
        if pixel_range not in classifiers:
            X, y = few_digits.X_train, few_digits.y_train
            X = RANGES[pixel_range](X, of=X)
            classifiers[pixel_range] = make_accurate().fit(X, y)
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
    make_accurate, few_digits, digits_in
):
    X = RANGES["standardised"](few_digits.X_train, of=few_digits.X_train)
    X[0, 20] = 100.0

    clf = make_accurate().fit(X, few_digits.y_train)

    assert clf.score(digits_in("standardised"), few_digits.y_test) > 0.9


@pytest.mark.parametrize(
    ("pixel_range", "expected"),
    [("0 to 255", (0.0, 255.0)), ("0 to 16", (0.0, 16.0)), ("0 to 1", (0.0, 1.0))],
)
def test_the_range_of_grey_levels_is_from_zero_to_the_largest(
    pixel_range, expected, fitted_on
):
    assert fitted_on(pixel_range).pixel_range_ == expected


def test_images_without_weight_do_not_count_for_the_range(sixty_digits):
    X, y = sixty_digits
    X = X.copy()
    X[7] = 9999
    weights = np.ones(len(X))
    weights[7] = 0

    assert quick_mlp().fit(X, y, weights).pixel_range_ == (0, 16)


@pytest.mark.parametrize("factor", [1e-41, 1e37])
def test_values_that_float32_cannot_scale_are_refused(factor, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"X.*too small or too large.*float32"):
        quick_mlp().fit(X * factor, y)


@pytest.mark.parametrize("factor", [1e-310, -1e-310, 1e-200, 1e-37])
def test_values_too_small_for_float32_are_refused(factor, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"X, from .*too small.*float32.*Scale them"):
        quick_mlp().fit(X * factor, y)


def test_new_images_too_small_for_float32_are_refused(sixty_digits, mlp_or_predictor):
    with pytest.raises(ValueError, match=r"values of X.*too small for float32"):
        mlp_or_predictor.predict(sixty_digits[0] * 1e-310)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [1e30, -1e30, 1e5])
def test_one_faulty_pixel_causes_a_warning(value, dtype, sixty_digits):
    X, y = sixty_digits
    X = X.astype(dtype)
    X[5, 20] = value

    with pytest.warns(UserWarning, match=r"X has values of up to 1.*but 1 of its"):
        quick_mlp().fit(X, y)


@pytest.mark.parametrize("value", [255.0, 4095.0])
def test_bright_pixel_causes_no_warning(value, sixty_digits, recwarn):
    X, y = sixty_digits
    X = X.copy()
    X[5, 20] = value

    quick_mlp().fit(X, y)

    assert not recwarn.list


def test_images_of_single_pixels_cause_no_warning(sixty_digits, recwarn):
    _, y = sixty_digits
    X = np.zeros((60, 28, 28))
    X[np.arange(60), y, y] = 1e30

    quick_mlp().fit(X, y)

    assert not recwarn.list


def test_one_extreme_pixel_of_new_images_causes_a_warning(
    sixty_digits, mlp_or_predictor
):
    X = sixty_digits[0].copy()
    X[5, 20] = 1e30

    with pytest.warns(UserWarning, match=r"X has values from 0 to 1e\+30"):
        mlp_or_predictor.predict(X)


@pytest.mark.parametrize("lowest", [-1e-12, -0.2])
def test_small_negative_values_left_by_resampling_are_grey_levels(
    lowest, sixty_digits, recwarn
):
    X, y = sixty_digits
    resampled = X / 16
    resampled[0, 0] = lowest

    clf = quick_mlp().fit(resampled, y)
    clf.predict(X / 16)

    assert clf.pixel_range_ == (0, 1)
    assert not recwarn.list


def test_black_images_are_grey_levels(sixty_digits):
    X, y = sixty_digits

    assert quick_mlp().fit(np.zeros_like(X), y).pixel_range_ == (0, 1)


@pytest.mark.parametrize("shift", [0, 100, 1000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_range_that_does_not_begin_at_zero_is_learnt(sign, shift, sixty_digits):
    X, y = sixty_digits
    clf = quick_mlp().fit(sign * (X + 300), y)

    assert clf.pixel_range_ == ((300, 316) if sign == 1 else (-316, -300))
    if shift:
        with pytest.warns(UserWarning, match="predictions will be unreliable"):
            clf.predict(sign * (X + 300 + shift))
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            clf.predict(sign * (X + 300))


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_a_warning_points_at_the_line_that_called(
    method, mlp_or_predictor, sixty_digits
):
    X, _ = sixty_digits

    with pytest.warns(UserWarning, match="predictions will be unreliable") as caught:
        getattr(mlp_or_predictor, method)(X / 16)

    assert [warning.filename for warning in caught] == [__file__]


def test_settings_of_keras_do_not_change_a_fit(make_quick, sixty_digits):
    X, y = sixty_digits
    expected = make_quick().fit(X, y).predict_proba(X)
    before = keras.config.image_data_format(), keras.config.dtype_policy()
    keras.config.set_image_data_format("channels_first")
    keras.config.set_dtype_policy("mixed_float16")
    keras.config.set_floatx("float64")
    try:
        probabilities = make_quick().fit(X, y).predict_proba(X)
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
        # That no warning comes then is for a test of its own.
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


# Single values do not decide


@pytest.fixture(scope="session")
def mnist_images():
    """Return MNIST's training and test images, uint8."""
    return [load_mnist(subset=subset).data for subset in ("train", "test")]


def range_of(X):
    return learn_pixel_range(ArrayStatistics(X))


def compare_with_range(X, pixel_range):
    warn_of_other_range(ArrayStatistics(X), pixel_range)


SCALERS = [MinMaxScaler(), StandardScaler(), RobustScaler()]


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
@pytest.mark.parametrize("n_images", [1000, 10_000])
def test_a_scaler_before_the_classifier_does_not_warn(
    n_images, scaler, mnist_images, recwarn
):
    train, test = mnist_images
    pixel_range = range_of(scaler.fit_transform(train[:n_images]))
    scaled = scaler.transform(test)

    compare_with_range(scaled, pixel_range)
    for start in range(1000):
        compare_with_range(scaled[start : start + 1], pixel_range)

    assert scaled.max() > 10
    assert not recwarn.list


@pytest.mark.parametrize("scaler", [*SCALERS, PCA(50, random_state=0)], ids=repr)
def test_images_that_did_not_go_through_the_scaler_warn(scaler, mnist_images):
    train, test = mnist_images
    pixel_range = range_of(scaler.fit_transform(train[:1000]))

    with pytest.warns(UserWarning, match="pixel_range_"):
        compare_with_range(test, pixel_range)
    for start in range(100):
        with pytest.warns(UserWarning, match="pixel_range_"):
            compare_with_range(test[start : start + 1], pixel_range)


@pytest.mark.parametrize("factor", [1 / 255, 255])
def test_centred_images_of_another_scale_warn(factor, mnist_images):
    train, test = (images / 255 - 0.5 for images in mnist_images)

    with pytest.warns(UserWarning, match="pixel_range_"):
        compare_with_range(test * factor, range_of(train))


def test_a_pipeline_with_a_scaler_does_not_warn(mnist, recwarn):
    pipeline = make_pipeline(MinMaxScaler(), quick_mlp())
    pipeline.fit(mnist.X_train, mnist.y_train)

    pipeline.predict(mnist.X_test)

    assert pipeline[:-1].transform(mnist.X_test).max() > 10
    assert not recwarn.list


@pytest.mark.parametrize("factor", [1 / 255, 255])
def test_a_single_image_of_another_range_warns(factor, mnist_images):
    _, test = mnist_images
    images = (test[:500] / 255 if factor == 255 else test[:500]).astype(np.float32)
    pixel_range = range_of(images)

    for start in range(len(images)):
        with pytest.warns(UserWarning, match="pixel_range_"):
            compare_with_range(images[start : start + 1] * factor, pixel_range)


def test_too_few_values_to_tell_do_not_warn(recwarn):
    compare_with_range(np.full((1, 19), 1000.0), (0.0, 1.0))

    assert not recwarn.list


def test_a_blank_image_does_not_warn_whatever_the_range_begins_with(recwarn):
    for low, high in [(0.1, 0.15), (300.0, 316.0), (-316.0, -300.0), (-1.3, 1.3)]:
        blank = low if low > 0 else high if high < 0 else 0.0
        compare_with_range(np.full((1, 64), blank), (low, high))

    assert not recwarn.list


def test_pixels_below_zero_left_by_resampling_do_not_warn(mnist_images, recwarn):
    _, test = mnist_images
    images = test[:200].reshape(-1, 28, 28) / 255
    resampled = zoom(images, (1, 1.3, 1.3), order=3)

    for image in resampled.reshape(200, 1, -1):
        compare_with_range(image, (0.0, 1.0))

    assert resampled.min() < -0.1
    assert not recwarn.list


def test_the_warning_about_another_range_names_both(fitted_on, digits_in):
    with pytest.warns(UserWarning, match="from 0 to 1, .* range 0 to 255"):
        fitted_on("0 to 255").predict(digits_in("0 to 1"))


def test_validation_images_of_another_range_warn_by_their_name(
    make_quick, sixty_digits, few_digits
):
    X, y = sixty_digits
    with pytest.warns(UserWarning, match="X_val has values from 0 to 1") as caught:
        make_quick().fit(X, y, X_val=few_digits.X_test / 16, y_val=few_digits.y_test)

    assert [warning.filename for warning in caught] == [__file__]
