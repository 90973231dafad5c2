"""Training on distorted images."""

import numpy as np
import pytest
from support.classifiers import ADAM, quick_cnn
from support.comparing import assert_same_fit

from digitclf import CNNDigitClassifier
from digitclf._compiled.program_cache import PROGRAMS


def test_same_seed_gives_the_same_bits(make_quick, handful):
    one, another = (make_quick(augment="strong").fit(*handful) for _ in range(2))

    assert_same_fit(one, another, handful[0])


def test_distortions_differ_with_the_seed_and_the_epoch(handful):
    X, y = handful
    # The images, their order and the weights are the same in each epoch.
    still = {"batch_size": len(X), "learning_rate": 1e-9, "dropout": 0, "epochs": 3}
    plain, one, another = (
        quick_cnn(**still, augment=augment, random_state=seed).fit(X, y)
        for augment, seed in [(None, 0), ("strong", 0), ("strong", 1)]
    )

    assert np.ptp(plain.history_["loss"]) < 1e-5
    assert np.ptp(one.history_["loss"]) > 1e-4
    assert one.history_["loss"] != another.history_["loss"]


def test_validation_images_are_not_distorted(handful, validation):
    X_val, y_val = validation["X_val"], validation["y_val"]
    clf = quick_cnn(augment="strong", epochs=1)

    clf.fit(*handful, **validation)

    loss = -np.log(clf.predict_proba(X_val)[np.arange(len(y_val)), y_val]).mean()
    assert clf.history_["val_loss"][0] == pytest.approx(loss, rel=1e-5)


def test_shifted_digits_are_read_better(digits):
    X, y = digits.X_train, digits.y_train
    shifted = np.roll(X.reshape(-1, 8, 8), 1, axis=2)
    shifted[:, :, 0] = 0
    plain, augmented = (
        quick_cnn(**ADAM, filters=(16,), epochs=10, augment=augment).fit(X, y)
        for augment in (None, {"translation": 0.15})
    )

    assert augmented.score(shifted, y) > plain.score(shifted, y) + 0.05


def test_pixel_ranges_give_equal_predictions(digits):
    X, y = digits.X_train, digits.y_train
    grey = (X * 15).astype(np.uint8)
    of_grey, of_fractions = (
        quick_cnn(augment={"rotation": 10, "noise": 0.1}).fit(pixels, y)
        for pixels in (grey, grey / np.float32(grey.max()))
    )

    np.testing.assert_allclose(
        of_grey.predict_proba(grey),
        of_fractions.predict_proba(grey / np.float32(grey.max())),
        atol=1e-3,
    )


def test_partial_fit_distorts_its_images(make_quick, handful):
    X, y = handful
    plain, augmented = (
        make_quick(augment=augment).partial_fit(X, y, classes=range(10))
        for augment in (None, "strong")
    )

    assert plain.history_ != augmented.history_


def test_values_of_a_pixel_range_share_a_program(handful):
    X, y = handful
    quick_cnn(augment="light").fit(X, y)
    n_programs = len(PROGRAMS)

    quick_cnn(augment="light", dropout=0.4).fit(X / np.float32(3), y)

    assert len(PROGRAMS) == n_programs


@pytest.mark.filterwarnings("ignore:60 features do not form a square")
def test_rows_that_are_padded_to_images_are_distorted(handful):
    X, y = handful
    clf = CNNDigitClassifier(epochs=1, augment="strong", random_state=0)

    assert clf.fit(X[:, :60], y).model_.input_shape == (None, 60)


def test_features_that_are_no_image_are_refused(handful):
    from digitclf import MLPDigitClassifier

    X, y = handful
    with pytest.raises(ValueError, match="60 features do not form a square image"):
        MLPDigitClassifier(augment="light").fit(X[:, :60], y)


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        ("medium", "'augment' parameter"),
        ({"rotate": 10}, "unknown distortion 'rotate'.*Did you mean 'rotation'"),
        ({"rotation": -1}, "range"),
        (0.1, "'augment' parameter"),
    ],
)
def test_invalid_distortions_raise_an_error(make_quick, handful, augment, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make_quick(augment=augment).fit(*handful)
