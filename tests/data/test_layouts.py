"""Images in any layout, dtype, container and size: read alike, never changed."""

import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from support.classifiers import quick_mlp
from support.comparing import same_weights
from support.image_forms import as_frame, as_images, as_images_with_a_channel

from digitclf import CNNDigitClassifier
from digitclf._data.images import as_pixels, flatten_images
from digitclf.datasets import load_mnist

# Layouts, dtypes and containers


def as_every_second_column(X):
    wide = np.full((len(X), 128), np.nan)
    wide[:, ::2] = X
    return wide[:, ::2]


def as_images_cut_out_of_larger_ones(X):
    large = np.zeros((len(X), 12, 12))
    large[:, 2:10, 2:10] = as_images(X)
    return large[:, 2:10, 2:10]


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


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_images_does_not_change_what_is_learnt(
    form, mlp_fitted_on_images, sixty_digits
):
    X, y = sixty_digits

    clf = quick_mlp().fit(FORMS[form](X), y)

    assert same_weights(clf, mlp_fitted_on_images)
    assert clf.n_features_in_ == 64
    assert clf.image_shape_ == (8, 8)
    assert clf.pixel_range_ == mlp_fitted_on_images.pixel_range_


@pytest.mark.parametrize(
    "form", ["rows of pixels", "images with a channel", "uint8 images", "DataFrame"]
)
def test_a_fit_on_any_layout_is_the_same_and_predicts_on_all(
    form, make_quick, fitted_on_images, sixty_digits
):
    X, y = sixty_digits

    clf = make_quick().fit(FORMS[form](X), y)

    assert same_weights(clf, fitted_on_images)
    for layout in (np.asarray, as_images, as_images_with_a_channel):
        np.testing.assert_array_equal(
            clf.predict_proba(layout(X)), fitted_on_images.predict_proba(X)
        )


@pytest.mark.parametrize("form", FORMS)
def test_the_form_of_the_images_does_not_change_predictions(
    form, mlp_or_predictor, few_digits
):
    X = few_digits.X_test

    probabilities = mlp_or_predictor.predict_proba(FORMS[form](X))

    np.testing.assert_array_equal(probabilities, mlp_or_predictor.predict_proba(X))


@pytest.mark.parametrize("container", [np.asarray, as_frame, lambda X: X.tolist()])
def test_boolean_pixels_are_zeros_and_ones(container, sixty_digits):
    X, y = sixty_digits
    ink = X > 8

    clf = quick_mlp().fit(container(ink), y)

    assert same_weights(clf, quick_mlp().fit(ink.astype(np.uint8), y))
    assert clf.pixel_range_ == (0.0, 1.0)


def test_a_frame_of_nullable_booleans_is_zeros_and_ones(sixty_digits):
    X, y = sixty_digits
    ink = X > 8

    clf = quick_mlp().fit(pd.DataFrame(ink, dtype="boolean"), y)

    assert same_weights(clf, quick_mlp().fit(ink, y))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_memory_maps_are_images(dtype, mlp_fitted_on_images, sixty_digits, tmp_path):
    X, y = sixty_digits
    np.save(tmp_path / "images.npy", as_images(X).astype(dtype))
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")

    clf = quick_mlp().fit(mapped, y)

    assert same_weights(clf, mlp_fitted_on_images)
    np.testing.assert_array_equal(
        clf.predict_proba(mapped), mlp_fitted_on_images.predict_proba(X)
    )


def test_images_that_are_not_square_keep_their_shape(make_quick, sixty_digits):
    X, y = sixty_digits
    images = as_images(X)[:, :, :6]

    clf = make_quick().fit(images, y)

    assert clf.image_shape_ == (8, 6)
    assert clf.n_features_in_ == 48
    np.testing.assert_array_equal(
        clf.predict_proba(images.reshape(-1, 48)), clf.predict_proba(images)
    )


# Names of features


@pytest.fixture(scope="session")
def named(sixty_digits):
    """Return the sixty digits as a frame whose columns have names, and the labels."""
    X, y = sixty_digits
    return pd.DataFrame(X).rename(columns="pixel_{}".format), y


def test_names_of_columns_are_learnt(named):
    X, y = named

    clf = quick_mlp().fit(X, y)

    assert list(clf.feature_names_in_) == list(X.columns)


def test_names_of_columns_are_forgotten_by_a_fit_without_them(named):
    X, y = named

    clf = quick_mlp().fit(X, y).fit(X.to_numpy(), y)

    assert not hasattr(clf, "feature_names_in_")


def test_columns_in_another_order_are_refused(named):
    X, y = named
    clf = quick_mlp().fit(X, y)

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


# Only Linux tells the peak of memory there and lets it be reset.
@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc"
)
def test_fitting_uint8_images_makes_no_float_copy_of_them():
    X, y = load_mnist(return_X_y=True)
    clf = quick_mlp(batch_size=500, warm_start=True).fit(X[:2000], y[:2000])
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_memory()

    clf.fit(X, y)

    size_as_float = 4 * X.nbytes
    assert peak_memory() - before < size_as_float


def test_fit_changes_nothing_that_it_is_given(sixty_digits):
    X, y = (array.copy() for array in sixty_digits)
    weights = np.linspace(0, 2, len(y))
    class_weight = {0: 2.0, 1: 0.5}
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    callback = keras.callbacks.TerminateOnNaN()
    callbacks = [callback]
    clf = quick_mlp(class_weight=class_weight, optimizer=optimizer, callbacks=callbacks)
    params = clf.get_params()

    clf.fit(X, y, sample_weight=weights)
    clf.partial_fit(X, y, sample_weight=weights)
    clf.predict(X)

    np.testing.assert_array_equal(X, sixty_digits[0])
    np.testing.assert_array_equal(y, sixty_digits[1])
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

    quick_mlp().fit(frame, labels, sample_weight=weights)

    pd.testing.assert_frame_equal(frame, X)
    pd.testing.assert_series_equal(labels, pd.Series(y))
    pd.testing.assert_series_equal(weights, pd.Series(np.linspace(0, 2, len(y))))


def test_images_are_read_without_importing_pandas():
    run_in_a_fresh_process("""
from digitclf._data.images import flatten_images
flatten_images(np.zeros((20, 8, 8)))
flatten_images([[[1, 2], [3, 4]]])
assert "pandas" not in sys.modules
""")


def test_labels_are_read_without_pandas():
    # scikit-learn imports pandas if it can.
    run_in_a_fresh_process("""
sys.modules["pandas"] = None
from digitclf._data.check_input import check_labels
check_labels(np.arange(20))
check_labels(np.array(["a", "b"], dtype=object))
check_labels(np.array(["2025-01-01", "2025-01-02"], dtype="datetime64[D]"))
""")


def run_in_a_fresh_process(code):
    code = f"import sys\nimport numpy as np\n{code}"
    subprocess.run([sys.executable, "-c", code], check=True)


# Images that are not square, and small images


def test_features_that_do_not_form_a_square_warn_once(
    estimator_class, make_quick, sixty_digits
):
    X, y = sixty_digits
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = make_quick().fit(X[:, :50], y)
        clf.predict(X[:, :50])

    messages = [str(warning.message) for warning in caught]
    assert sum("square image" in message for message in messages) == (
        estimator_class is CNNDigitClassifier
    )
    assert clf.n_features_in_ == 50


def test_the_warning_about_features_says_how_they_are_padded(sixty_digits):
    X, y = sixty_digits
    clf = CNNDigitClassifier(epochs=1, random_state=0, validation_split=0)

    with pytest.warns(UserWarning, match=r"50 features .* 14 zeros to 8 x 8"):
        clf.fit(X[:, :50], y)

    assert clf.image_shape_ == (8, 8)


@pytest.mark.filterwarnings("ignore:60 features do not form a square image")
def test_features_that_do_not_form_a_square_train_well(make_accurate, few_digits):
    clf = make_accurate().fit(few_digits.X_train[:, :60], few_digits.y_train)

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
