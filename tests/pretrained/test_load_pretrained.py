"""load_pretrained: the classifier that is part of the package."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from support.phone_photos import phone_photo

from digitclf import CNNDigitClassifier, load_pretrained
from digitclf.preprocessing import DigitNormalizer
from digitclf.pretrained import _file


@pytest.fixture(scope="module")
def pretrained():
    return load_pretrained()


def test_it_is_a_fitted_classifier_of_digits(pretrained):
    assert isinstance(pretrained, CNNDigitClassifier)
    assert pretrained.classes_.tolist() == list(range(10))
    assert pretrained.image_shape_ == (28, 28)
    assert pretrained.pixel_range_ == (0, 255)


def test_it_reads_test_images_of_mnist(pretrained, mnist):
    assert pretrained.score(mnist.X_test, mnist.y_test) > 0.98


def test_it_reads_photos_through_the_normalizer(pretrained, mnist, tmp_path):
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{position}.jpg" for position in range(50)]
    for path, digit in zip(paths, mnist.X_test, strict=False):
        path.write_bytes(phone_photo(digit.reshape(28, 28), rng))

    reader = make_pipeline(DigitNormalizer(), pretrained)

    assert reader.score(paths, mnist.y_test[:50]) >= 0.94


def test_it_reads_the_digits_of_scikit_learn(pretrained):
    digits = load_digits()
    pictures = [
        cv2.resize(image, (64, 64), interpolation=cv2.INTER_CUBIC)
        for image in digits.images
    ]

    reader = make_pipeline(DigitNormalizer(), pretrained)

    assert reader.score(pictures, digits.target) >= 0.95


# Points on a square of 100 pixels, of a stroke each.
STEM_OF_FOUR = [(62, 45), (60, 85)]
FOURS = [
    [[(58, 12), (42, 35), (30, 62), (78, 60)], STEM_OF_FOUR],
    [[(66, 12), (40, 40), (28, 66), (76, 64)], [(60, 50), (54, 92)]],
    [[(54, 10), (36, 34), (33, 64), (74, 58)], [(60, 40), (56, 80)]],
]
LOOP_OF_NINE = [(66, 28), (52, 14), (38, 24), (40, 42), (56, 44), (66, 28)]
NINES = [
    [[*LOOP_OF_NINE, (66, 70), (60, 84), (28, 86)]],
    [[*LOOP_OF_NINE, (68, 76), (54, 90), (22, 84)]],
    [[*LOOP_OF_NINE, (64, 74), (44, 88), (24, 88)]],
]
CROSSED_SEVENS = [
    [[(28, 18), (72, 18), (46, 88)], [(40, 52), (72, 50)]],
    [[(26, 22), (74, 16), (50, 88)], [(38, 56), (76, 48)]],
]


@pytest.mark.parametrize(
    ("digit", "drawings"),
    [(4, FOURS), (9, NINES), (7, CROSSED_SEVENS)],
    ids=["fours that begin like a six", "nines with a hook", "crossed sevens"],
)
@pytest.mark.parametrize("width", [4, 9])
def test_it_reads_forms_that_are_rare_in_mnist(pretrained, digit, drawings, width):
    pictures = []
    for strokes in drawings:
        picture = Image.new("L", (100, 100), "white")
        for points in strokes:
            ImageDraw.Draw(picture).line(points, "black", width, joint="curve")
        pictures.append(picture)

    digits = make_pipeline(DigitNormalizer(), pretrained).predict(pictures)

    assert digits.tolist() == [digit] * len(drawings)


def test_training_it_further_changes_no_other_copy(pretrained, mnist):
    before = pretrained.predict_proba(mnist.X_test[:5])
    copy = load_pretrained()

    copy.partial_fit(mnist.X_train[:200], mnist.y_train[:200])

    assert not np.allclose(copy.predict_proba(mnist.X_test[:5]), before)
    np.testing.assert_array_equal(pretrained.predict_proba(mnist.X_test[:5]), before)
    np.testing.assert_array_equal(
        load_pretrained().predict_proba(mnist.X_test[:5]), before
    )


def test_the_file_is_small(pretrained):
    assert _size(_file.MODEL) < 5_000_000


def test_the_file_for_other_ink_is_small():
    assert _size(_file.DIGIT_OR_OTHER) < 400_000


def test_a_missing_file_is_an_incomplete_installation(monkeypatch, tmp_path):
    monkeypatch.setattr(_file, "FOLDER", tmp_path)

    with pytest.raises(FileNotFoundError, match=r"installation is incomplete.*pip"):
        load_pretrained()


def _size(name):
    with _file.pretrained_file(name) as path:
        return path.stat().st_size
