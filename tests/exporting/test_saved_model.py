"""Classifiers exported to SavedModels, loaded by TensorFlow without Keras."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from support.exported import MAKERS, exported_case, own_layers_case

import digitclf
from digitclf import export_model

CASES = [
    "mlp",
    "cnn",
    "mlp for images that are not square",
    "cnn for rows that form no square",
    "cnn for range 0 to 16",
    "cnn for centred values",
    "mlp for one class",
    "layers built by a function",
]

LOAD_AND_RUN = """
import sys
from pathlib import Path

sys.modules["keras"] = None  # TensorFlow imports Keras if it can

import numpy as np
import tensorflow as tf

for folder in Path(sys.argv[1]).iterdir():
    images = np.load(folder / "images.npy")
    loaded = tf.saved_model.load(folder / "model")
    answers = {
        "called": loaded.serve(images),
        "served": loaded.signatures["serving_default"](images=images),
        "named": loaded.signatures["serve"](images=images),
        "none": loaded.serve(images[:0]),
    }
    for name, answer in answers.items():
        np.save(folder / f"{name}.npy", answer["probabilities"])
assert "digitclf" not in sys.modules
"""


def case(name):
    return exported_case(name) if name in MAKERS else own_layers_case()


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return a folder of answers of plain TensorFlow for each case."""
    root = tmp_path_factory.mktemp("saved_models")
    for number, name in enumerate(CASES):
        folder = root / str(number)
        folder.mkdir()
        export_model(case(name).clf, folder / "model")
        np.save(folder / "images.npy", case(name).images)
    subprocess.run([sys.executable, "-c", LOAD_AND_RUN, root], check=True)
    return {name: root / str(number) for number, name in enumerate(CASES)}


@pytest.mark.parametrize("name", CASES)
def test_probabilities_are_those_of_the_classifier(name, answers):
    expected = case(name).probabilities

    for answer in ("called", "served", "named"):
        probabilities = np.load(answers[name] / f"{answer}.npy")
        assert probabilities.dtype == np.float32
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["mlp", "cnn", "mlp for one class"])
def test_no_images_have_no_probabilities(name, answers):
    n_classes = len(case(name).clf.classes_)

    assert np.load(answers[name] / "none.npy").shape == (0, n_classes)


@pytest.mark.parametrize(
    ("name", "dtype", "shape"),
    [
        ("cnn", tf.uint8, [None, 8, 8]),
        ("mlp for images that are not square", tf.uint8, [None, 10, 6]),
        ("cnn for rows that form no square", tf.uint8, [None, 50]),
        ("cnn for range 0 to 16", tf.float32, [None, 8, 8]),
    ],
)
def test_signature_names_the_shape_and_the_dtype_of_images(name, dtype, shape, answers):
    loaded = tf.saved_model.load(answers[name] / "model")

    _, arguments = loaded.signatures["serving_default"].structured_input_signature
    assert arguments == {"images": tf.TensorSpec(shape, dtype, name="images")}


def test_folder_describes_the_classifier(answers):
    extra = answers["cnn"] / "model" / "assets.extra" / "digitclf.json"

    assert json.loads(extra.read_text(encoding="utf-8")) == {
        "classes": list(range(10)),
        "image_shape": [8, 8],
        "pixel_range": [0, 255],
        "digitclf_version": digitclf.__version__,
    }


def test_weights_are_stored_once(answers):
    variables = answers["mlp"] / "model/variables/variables.data-00000-of-00001"

    n_bytes = 4 * case("mlp").clf.model_.count_params()
    assert n_bytes < variables.stat().st_size < n_bytes + 2000


def test_changed_network_is_exported_as_it_is(fitted_mlp, handful, tmp_path):
    clf = digitclf.MLPDigitClassifier(**fitted_mlp.get_params()).fit(*handful)
    clf.set_params(activation="tanh")
    X = handful[0].astype(np.float32)

    export_model(clf, tmp_path / "model")

    loaded = tf.saved_model.load(tmp_path / "model")
    probabilities = loaded.serve(X.reshape(-1, 8, 8))["probabilities"]
    np.testing.assert_allclose(probabilities, clf.predict_proba(X), rtol=0, atol=1e-5)


def test_keras_exports_a_network_right_after_the_fit(make_quick, handful, tmp_path):
    X, y = handful
    clf = make_quick(epochs=1).fit(X, y)

    clf.model_.export(tmp_path / "model", verbose=False)

    pixels = X.reshape(-1, *clf.model_.input_shape[1:]).astype(np.float32)
    loaded = tf.saved_model.load(tmp_path / "model")
    probabilities = loaded.serve(pixels)
    np.testing.assert_allclose(probabilities, clf.predict_proba(X), atol=1e-5)
