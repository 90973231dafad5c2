"""Content of a model file: a network that Keras loads, and JSON."""

import json
import subprocess
import sys
import textwrap
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from support.tampering import (
    DESCRIPTION,
)

from digitclf import save_model


@pytest.fixture
def saved(fitted, tmp_path):
    """Return the path of a model file with a classifier of either class."""
    path = tmp_path / "digits.keras"
    save_model(fitted, path)
    return path


def test_keras_loads_the_network(fitted, saved, handful):
    network = keras.saving.load_model(saved)

    pixels = handful[0].reshape(-1, *network.input_shape[1:])
    np.testing.assert_allclose(
        network.predict(pixels, verbose=0), fitted.predict_proba(handful[0]), atol=1e-6
    )


def test_keras_calls_the_network_without_a_warning(fitted, saved, handful):
    network = keras.saving.load_model(saved)
    pixels = handful[0].reshape(-1, *network.input_shape[1:])

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        probabilities = network(pixels)

    np.testing.assert_allclose(
        probabilities, fitted.predict_proba(handful[0]), atol=1e-6
    )


@pytest.mark.slow
def test_keras_alone_loads_the_network_in_a_new_process(fitted, saved, handful):
    script = """
        import sys
        import keras
        import numpy as np

        network = keras.saving.load_model(sys.argv[1])
        pixels = np.load(sys.argv[2]).reshape(-1, *network.input_shape[1:])
        assert "digitclf" not in sys.modules
        print(network.predict(pixels, verbose=0).argmax(axis=1).tolist())
    """
    images = saved.with_name("images.npy")
    np.save(images, handful[0])

    printed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), saved, images],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert json.loads(printed) == fitted.predict(handful[0]).tolist()


def test_description_is_json(validated_mlp, tmp_path):
    save_model(validated_mlp, tmp_path / "digits.keras")

    with zipfile.ZipFile(tmp_path / "digits.keras") as archive:
        description = json.loads(archive.read(DESCRIPTION))

    text = json.dumps(description)
    assert description["class"] == "MLPDigitClassifier"
    assert description["params"]["batch_size"] == 50
    assert description["fitted"]["history_"]["items"]
    assert all(str(loss) in text for loss in validated_mlp.history_["val_loss"])
    assert str(validated_mlp.classes_.tolist()) in text


def test_file_contains_no_pickle(saved):
    with zipfile.ZipFile(saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    assert {Path(name).suffix for name in members} == {".json", ".h5"}
    assert not any(content.startswith(b"\x80") for content in members.values())
