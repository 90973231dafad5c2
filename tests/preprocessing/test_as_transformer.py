"""DigitNormalizer as a transformer of scikit-learn."""

import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import parametrize_with_checks

from digitclf import CNNDigitClassifier
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer


@parametrize_with_checks([DigitNormalizer()])
def test_every_check_of_scikit_learn_passes(estimator, check):
    check(estimator)


def test_tags():
    tags = get_tags(DigitNormalizer())

    assert not tags.requires_fit
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert not tags.target_tags.required


def test_fit_does_not_read_pictures(tmp_path):
    normalizer = DigitNormalizer().fit([tmp_path / "missing.png"])

    assert not hasattr(normalizer, "n_features_in_")


def test_fit_learns_the_number_of_features_of_rows():
    assert DigitNormalizer().fit(np.ones((3, 784))).n_features_in_ == 784


def test_clones_and_pickles_keep_parameters(draw_seven):
    normalizer = DigitNormalizer(ink="dark", size=32, on_error="warn")

    for copy in (clone(normalizer), pickle.loads(pickle.dumps(normalizer))):
        assert copy.get_params() == normalizer.get_params()


def test_output_as_dataframe_has_the_columns_of_mnist(draw_seven):
    normalizer = DigitNormalizer().set_output(transform="pandas")

    frame = normalizer.fit_transform([draw_seven()])

    columns = load_mnist(as_frame=True).data.columns
    assert frame.columns.tolist() == columns.tolist()
    assert (frame.dtypes == np.uint8).all()


@pytest.mark.parametrize("as_images", [False, True])
def test_rows_and_images_of_an_array_are_the_same(as_images):
    X = np.pad(load_mnist().images[:5], ((0, 0), (3, 9), (8, 4)))

    listed = DigitNormalizer().transform(list(X))

    as_array = X if as_images else X.reshape(5, -1)
    np.testing.assert_array_equal(DigitNormalizer().transform(as_array), listed)


def test_column_and_series_of_paths(draw_seven, tmp_path):
    draw_seven().save(tmp_path / "seven.png")
    paths = pd.Series([str(tmp_path / "seven.png")] * 2)

    expected = DigitNormalizer().transform(paths.tolist())

    for X in (paths, paths.to_numpy(dtype=object)):
        np.testing.assert_array_equal(DigitNormalizer().transform(X), expected)


@pytest.fixture(scope="module")
def pictures():
    """Return 60 images of MNIST as dark digits on light sheets of different sizes."""
    images, y = load_mnist().images[:60], load_mnist().target[:60]
    rng = np.random.default_rng(0)
    margins = rng.integers(2, 20, size=(60, 2, 2))
    return [255 - np.pad(x, m) for x, m in zip(images, margins, strict=True)], y


@pytest.mark.parametrize("as_array", [False, True])
def test_cross_validation_of_a_pipeline_over_pictures(pictures, as_array):
    X, y = pictures
    if as_array:
        X = np.fromiter(X, dtype=object, count=len(X))
    pipeline = make_pipeline(DigitNormalizer(), LogisticRegression(max_iter=50))

    scores = cross_val_score(pipeline, X, y, cv=2, error_score="raise")

    assert scores.mean() > 0.4


def test_pipeline_with_a_digit_classifier(pictures):
    X, y = pictures
    network = CNNDigitClassifier(
        filters=(2,), hidden_layer_sizes=(4,), epochs=1, validation_split=0
    )

    pipeline = make_pipeline(DigitNormalizer(), network).fit(X, y)

    assert pipeline.predict(X).shape == y.shape


def test_importing_needs_no_tensorflow():
    code = "import sys, digitclf.preprocessing; print('tensorflow' in sys.modules)"

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "False"
