"""Exports that fail: what is wrong is said, and nothing is lost or left over."""

import os
from pathlib import Path

import pytest
import tensorflow as tf
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from support.classifiers import quick_mlp
from support.exported import exported_case

from digitclf import export_model


@pytest.fixture
def clf():
    return exported_case("mlp").clf


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["digits.onnx", "digits"])
def test_unfitted_classifier_cannot_be_exported(name, tmp_path):
    with pytest.raises(NotFittedError):
        export_model(quick_mlp(), tmp_path / name)

    assert list(tmp_path.iterdir()) == []


def test_other_estimators_cannot_be_exported(clf, tmp_path):
    pipeline = make_pipeline(MinMaxScaler(), clf)

    with pytest.raises(TypeError, match="got Pipeline"):
        export_model(pipeline, tmp_path / "digits.onnx")


@pytest.mark.parametrize("name", ["digits.keras", "digits.pb", "digits-1.0"])
def test_name_with_another_suffix_is_an_error(name, clf, tmp_path):
    with pytest.raises(ValueError, match=rf"path: .*{name}.*'\.onnx'.*tf_saved_model"):
        export_model(clf, tmp_path / name)


def test_format_selects_a_folder_whatever_its_name(clf, tmp_path):
    export_model(clf, tmp_path / "digits-1.0", format="tf_saved_model")

    assert (tmp_path / "digits-1.0" / "saved_model.pb").exists()


@pytest.mark.parametrize(
    ("name", "format", "told"),
    [
        ("digits", "onnx", r"must end in '\.onnx'"),
        ("digits.onnx", "tf_saved_model", "is the name of an ONNX file"),
        ("digits.onnx", "h5", "format should be 'onnx', 'tf_saved_model' or None"),
    ],
)
def test_name_that_does_not_match_the_format_is_an_error(
    name, format, told, clf, tmp_path
):
    with pytest.raises(ValueError, match=told):
        export_model(clf, tmp_path / name, format=format)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["digits.onnx", "digits"])
def test_missing_folder_is_an_error(name, clf, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        export_model(clf, tmp_path / "missing" / name)


def test_onnx_file_is_replaced(clf, tmp_path):
    path = tmp_path / "digits.onnx"
    path.write_text("an earlier file")

    export_model(clf, path)

    assert path.stat().st_size > 1000
    assert list(tmp_path.iterdir()) == [path]


def test_saved_model_and_empty_folder_are_replaced(clf, tmp_path):
    path = tmp_path / "digits"
    path.mkdir()
    export_model(exported_case("cnn").clf, path)
    before = contents(path)

    export_model(clf, path)

    assert contents(path).keys() == before.keys()
    assert contents(path)["saved_model.pb"] != before["saved_model.pb"]
    assert list(tmp_path.iterdir()) == [path]


def test_link_to_a_folder_stays_a_link(clf, tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")

    export_model(clf, link)

    assert link.is_symlink()
    assert (tmp_path / "real" / "saved_model.pb").exists()


@pytest.mark.parametrize("name", ["notes.txt", "variables/notes.txt"])
def test_folder_with_other_files_is_left_alone(name, clf, tmp_path):
    path = tmp_path / "digits"
    export_model(clf, path)
    (path / name).write_text("notes")
    before = contents(path)

    with pytest.raises(FileExistsError, match=f"contains other files \\({name}\\)"):
        export_model(clf, path)

    assert contents(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_file_in_the_place_of_a_folder_is_left_alone(clf, tmp_path):
    path = tmp_path / "digits"
    path.write_text("notes")

    with pytest.raises(FileExistsError, match="There is a file of this name"):
        export_model(clf, path)

    assert path.read_text() == "notes"


def full_disk(*args, **kwargs):
    raise OSError(28, "No space left on device")


def fill_the_disk_after_the_first_file(module, folder, **kwargs):
    Path(folder, "saved_model.pb").write_text("the first file")
    full_disk()


def test_failed_export_leaves_the_earlier_folder_and_no_other(
    clf, tmp_path, monkeypatch
):
    path = tmp_path / "digits"
    export_model(clf, path)
    before = contents(path)
    monkeypatch.setattr(tf.saved_model, "save", fill_the_disk_after_the_first_file)

    with pytest.raises(OSError, match="No space left"):
        export_model(clf, path)

    assert contents(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_folder_that_cannot_be_replaced_is_restored(clf, tmp_path, monkeypatch):
    path = tmp_path / "digits"
    export_model(clf, path)
    before = contents(path)
    rename = os.rename

    def fail_once(source, target):
        if Path(target) == path:
            monkeypatch.setattr(os, "rename", rename)
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail_once)

    with pytest.raises(PermissionError):
        export_model(clf, path)

    assert contents(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_failed_export_leaves_the_earlier_onnx_file(clf, tmp_path, monkeypatch):
    path = tmp_path / "digits.onnx"
    export_model(clf, path)
    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_bytes", full_disk)

    with pytest.raises(OSError, match="No space left"):
        export_model(exported_case("cnn").clf, path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
