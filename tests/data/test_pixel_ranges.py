"""The range of the pixels: learnt by fit, and warned of where another is met."""

import warnings

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from digitclf import MLPDigitClassifier

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


def test_images_without_weight_do_not_count_for_the_range(make_tiny, sixty_digits):
    X, y = sixty_digits
    X = X.copy()
    X[7] = 9999
    weights = np.ones(len(X))
    weights[7] = 0

    assert make_tiny().fit(X, y, weights).pixel_range_ == (0, 16)


@pytest.mark.parametrize("factor", [1e-41, 1e37])
def test_values_that_float32_cannot_scale_are_refused(factor, make_tiny, sixty_digits):
    X, y = sixty_digits

    with pytest.raises(ValueError, match=r"X.*too small or too large.*float32"):
        make_tiny().fit(X * factor, y)


@pytest.mark.parametrize("lowest", [-1e-12, -0.2])
def test_what_resampling_leaves_below_zero_makes_no_centred_features(
    lowest, make_tiny, sixty_digits, recwarn
):
    X, y = sixty_digits
    resampled = X / 16
    resampled[0, 0] = lowest

    clf = make_tiny().fit(resampled, y)
    clf.predict(X / 16)

    assert clf.pixel_range_ == (0, 1)
    assert not recwarn.list


def test_black_images_are_grey_levels(make_tiny, sixty_digits):
    X, y = sixty_digits

    assert make_tiny().fit(np.zeros_like(X), y).pixel_range_ == (0, 1)


@pytest.mark.parametrize("shift", [0, 100, 1000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_range_that_begins_elsewhere_is_known_too(
    sign, shift, make_tiny, sixty_digits
):
    X, y = sixty_digits
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
def test_a_warning_points_at_the_line_that_called(method, tiny_clf, sixty_digits):
    X, _ = sixty_digits

    with pytest.warns(UserWarning, match="nonsense") as caught:
        getattr(tiny_clf, method)(X / 16)

    assert [each.filename for each in caught] == [__file__]


def test_what_keras_is_set_to_make_otherwise_does_not_matter(make_tiny, sixty_digits):
    X, y = sixty_digits
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


def test_the_warning_about_another_range_names_both(fitted_on, digits_in):
    with pytest.warns(UserWarning, match="from 0 to 1, .* range 0 to 255"):
        fitted_on("0 to 255").predict(digits_in("0 to 1"))


def test_validation_images_of_another_range_warn_by_their_name(
    make_tiny, sixty_digits, few_digits
):
    X, y = sixty_digits
    with pytest.warns(UserWarning, match="X_val has values from 0 to 1"):
        make_tiny().fit(X, y, X_val=few_digits.X_test / 16, y_val=few_digits.y_test)
