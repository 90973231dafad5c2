"""Files from an attacker: load_predictor raises a ValueError, or they are harmless."""

import contextlib
import json
import os

import numpy as np
import onnx
import pytest
from support.classifiers import quick_cnn, quick_mlp
from support.exported import grey
from support.hostile_files import byte_flips, hostile_files, truncations
from support.posix import NEEDS_FORK

from digitclf import export_model, load_predictor, save_model

IMAGES = grey(8, 8)
LABELS = np.arange(len(IMAGES)) % 3

MAY_LOAD = ("code: optimizer ", "params: ")
"""Hostile parameters of the training, which are not read for predictions."""


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("valid") / "valid.keras"
    save_model(quick_mlp(hidden_layer_sizes=(16, 8)).initialize(IMAGES, LABELS), path)
    return path


@pytest.fixture(scope="module")
def onnx_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("valid") / "valid.onnx"
    export_model(quick_cnn(hidden_layer_sizes=(4,)).initialize(IMAGES, LABELS), path)
    return path


def test_hostile_model_files_are_refused(model_file, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    path = tmp_path / "hostile.keras"
    loaded, messages = [], []

    for name, content in hostile_files(model_file, outside):
        path.write_bytes(content)
        try:
            load_predictor(path).predict(IMAGES)
            loaded.append(name)
        except ValueError as error:
            messages.append(str(error))

    assert [name for name in loaded if not name.startswith(MAY_LOAD)] == []
    assert [text for text in messages if "hostile.keras" not in text] == []
    assert len(messages) > 150
    assert sorted(outside.iterdir()) == []


@pytest.mark.parametrize("damaged", [truncations, byte_flips])
@pytest.mark.parametrize("kind", ["model_file", "onnx_file"])
def test_damaged_files_are_refused_or_harmless(damaged, kind, request, tmp_path):
    valid = request.getfixturevalue(kind)
    path = tmp_path / f"damaged{valid.suffix}"
    expected = load_predictor(valid).predict_proba(IMAGES)

    for content in damaged(valid, 150):
        path.write_bytes(content)
        with contextlib.suppress(ValueError):
            probabilities = load_predictor(path).predict_proba(IMAGES)
            # ONNX files have no checksum: a flipped bit may be one of a weight.
            assert probabilities.shape == expected.shape
            if kind == "model_file":
                np.testing.assert_array_equal(probabilities, expected)


def described(model):
    return next(item for item in model.metadata_props if item.key == "classifier")


def change_description(model, change):
    item = described(model)
    content = json.loads(item.value)
    change(content)
    item.value = json.dumps(content)


def weight(model, name):
    return next(item for item in model.graph.initializer if item.name == name)


def store_outside(model):
    tensor = weight(model, "hidden_1/bias")
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def put(model, name, value):
    weight(model, name).raw_data = np.full(
        weight(model, name).dims, value, np.float32
    ).tobytes()


HOSTILE = {
    "no description": lambda model: model.metadata_props.remove(described(model)),
    "a long description": lambda model: setattr(described(model), "value", "[" * 2**21),
    "nested JSON": lambda model: setattr(described(model), "value", "[" * 10_000),
    "another class": lambda model: change_description(
        model, lambda content: content.update({"class": "os.system"})
    ),
    "more filters": lambda model: change_description(
        model, lambda content: content["params"].update(filters=[2**40])
    ),
    "many blocks": lambda model: change_description(
        model, lambda content: content["params"].update(filters=[[1]] * 1001)
    ),
    "large kernels": lambda model: change_description(
        model, lambda content: content["params"].update(kernel_size=10**90)
    ),
    "no activation": lambda model: change_description(
        model, lambda content: content["params"].pop("activation")
    ),
    "unknown activation": lambda model: change_description(
        model, lambda content: content["params"].update(activation="os.system")
    ),
    "another prefix": lambda model: change_description(
        model, lambda content: content["params"].update(model__kernel_size="3")
    ),
    "large images": lambda model: change_description(
        model, lambda content: content["fitted"].update(n_features_in_=10**12)
    ),
    "weights outside": store_outside,
    "weights missing": lambda model: model.graph.initializer.remove(
        weight(model, "hidden_1/kernel")
    ),
    "weights cut": lambda model: setattr(
        weight(model, "hidden_1/bias"), "raw_data", b"1234"
    ),
    "other dtype": lambda model: setattr(
        weight(model, "hidden_1/bias"), "data_type", 6
    ),
    "NaN": lambda model: put(model, "hidden_1/bias", np.nan),
    "infinity": lambda model: put(model, "hidden_1/kernel", np.inf),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_onnx_files_are_refused(case, onnx_file, tmp_path):
    model = onnx.load(onnx_file)
    HOSTILE[case](model)
    path = tmp_path / "hostile.onnx"
    path.write_bytes(model.SerializeToString())

    with pytest.raises(ValueError, match=r"hostile\.onnx.*not a valid ONNX file"):
        load_predictor(path)


def test_the_graph_of_an_onnx_file_is_not_used(onnx_file, tmp_path):
    expected = load_predictor(onnx_file).predict_proba(IMAGES)
    model = onnx.load(onnx_file)
    del model.graph.node[:]
    path = tmp_path / "other.onnx"
    path.write_bytes(model.SerializeToString())

    np.testing.assert_array_equal(load_predictor(path).predict_proba(IMAGES), expected)


@pytest.mark.parametrize("content", [b"", b"digits", os.urandom(5000)])
def test_file_that_is_no_onnx_file(content, tmp_path):
    path = tmp_path / "other.onnx"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"other\.onnx.*not a valid ONNX file"):
        load_predictor(path)


@NEEDS_FORK
@pytest.mark.parametrize("suffix", [".keras", ".onnx"])
def test_pipe_is_refused_without_waiting(suffix, tmp_path):
    os.mkfifo(tmp_path / f"pipe{suffix}")

    with pytest.raises(ValueError, match="not a regular file"):
        load_predictor(tmp_path / f"pipe{suffix}")


def test_folder_is_an_error_of_the_file_system(tmp_path):
    (tmp_path / "folder.onnx").mkdir()

    with pytest.raises(IsADirectoryError):
        load_predictor(tmp_path / "folder.onnx")
