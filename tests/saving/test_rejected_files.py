"""Files that load_model rejects: damaged, foreign or hostile."""

import json
import zipfile

import keras
import pytest
from support.tampering import (
    DESCRIPTION,
    change_description,
    change_member,
    file_that_runs_code,
)

from digitclf import load_model, save_model


@pytest.fixture
def saved_mlp(fitted_mlp, tmp_path):
    """Return the path of a model file with a dense network."""
    path = tmp_path / "digits.keras"
    save_model(fitted_mlp, path)
    return path


# Hostile files


def test_file_with_code_is_rejected(saved_mlp, tmp_path):
    with zipfile.ZipFile(saved_mlp) as archive:
        description = archive.read(DESCRIPTION)
    path, marker = tmp_path / "hostile.keras", tmp_path / "marker"
    file_that_runs_code(path, marker)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(DESCRIPTION, description)

    with pytest.raises(ValueError, match=r"(?i)lambda"):
        load_model(path)

    assert not marker.exists()


@pytest.mark.parametrize(
    "hide",
    [
        lambda code: code,
        lambda code: {
            "module": "keras.optimizers",
            "class_name": "SGD",
            "config": {"learning_rate": code},
        },
    ],
)
def test_code_in_the_description_is_rejected(hide, saved_mlp, tmp_path):
    path, marker = tmp_path / "hostile.keras", tmp_path / "marker"
    file_that_runs_code(path, marker)
    with zipfile.ZipFile(path) as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    code = next(layer for layer in layers if layer["class_name"] == "Lambda")
    hidden = {"kind": "optimizer", "config": hide(code)}
    change_description(
        saved_mlp, lambda description: description["params"].update(optimizer=hidden)
    )

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(saved_mlp)

    assert not marker.exists()


# Other files


def test_missing_file_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.keras"):
        load_model(tmp_path / "missing.keras")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 but no more"])
def test_file_that_is_not_an_archive_is_rejected(content, tmp_path):
    path = tmp_path / "digits.keras"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"digits\.keras.* is not a model file"):
        load_model(path)


def test_keras_file_of_another_origin_is_rejected(tmp_path):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)]).save(path)

    with pytest.raises(ValueError, match=r"other\.keras.* keras\.saving\.load_model"):
        load_model(path)


# Damaged files


def test_truncated_file_is_rejected(saved_mlp):
    saved_mlp.write_bytes(saved_mlp.read_bytes()[: saved_mlp.stat().st_size // 2])

    with pytest.raises(ValueError, match=r"digits\.keras.* is not a model file"):
        load_model(saved_mlp)


def test_file_with_a_changed_byte_is_rejected(saved_mlp):
    with zipfile.ZipFile(saved_mlp) as archive:
        weights = archive.getinfo("model.weights.h5")
    content = bytearray(saved_mlp.read_bytes())
    content[weights.header_offset + weights.compress_size // 2] ^= 0xFF
    saved_mlp.write_bytes(content)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(saved_mlp)


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("change", [lambda _: None, lambda content: content[:100]])
def test_file_with_a_damaged_network_is_rejected(change, member, saved_mlp):
    change_member(saved_mlp, member, change)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(saved_mlp)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_description_that_is_not_a_json_object_is_rejected(text, saved_mlp):
    change_member(saved_mlp, DESCRIPTION, lambda _: text)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(saved_mlp)


@pytest.mark.parametrize(
    "change",
    [
        lambda description: description.clear(),
        lambda description: description.update({"class": "NoSuchClassifier"}),
        lambda description: description.update({"class": ["MLPDigitClassifier"]}),
        lambda description: description.update(params=[]),
        lambda description: description.update(fitted=None),
        lambda description: description["params"].update(no_such_parameter=3),
        lambda description: description["params"].update(
            dropout={"kind": "no_such_kind"}
        ),
        lambda description: description["fitted"].update(classes_={"kind": "array"}),
        lambda description: description["fitted"].pop("classes_"),
        lambda description: description["fitted"].pop("pixel_range_"),
        lambda description: description["fitted"].update(pixel_range_=[0.0]),
        lambda description: description["fitted"].update(image_shape_=["8", "8"]),
        lambda description: description["fitted"].update(image_shape_=[-8, -8]),
        lambda description: description["fitted"].update(pixel_range_=[0.0, 255.0]),
        lambda description: description["fitted"].update(n_features_in_=32),
        lambda description: description["fitted"].update(n_features_in_=64.0),
        lambda description: description["fitted"]["classes_"]["items"].reverse(),
        lambda description: description["fitted"]["classes_"].update(
            dtype="|u1", items=list(range(300, 310))
        ),
        lambda description: description.update({"class": "CNNDigitClassifier"}),
        lambda description: description["fitted"].update(
            classes_={"kind": "array", "dtype": "<i8", "items": [0, 1, 2]}
        ),
    ],
)
def test_description_that_does_not_fit_the_network_is_rejected(change, saved_mlp):
    change_description(saved_mlp, change)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(saved_mlp)
