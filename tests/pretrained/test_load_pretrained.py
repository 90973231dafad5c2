"""load_pretrained: the classifier that is part of the package."""

import numpy as np
import pytest
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
