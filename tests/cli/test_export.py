"""`digitclf export`: a model as an ONNX file or a SavedModel."""

import numpy as np
import onnxruntime
import pytest
from support.command_line import run_without, single_line
from support.exported import exported_case

from digitclf import save_model


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Return the path of a model file with a dense network for 8 x 8 grey levels."""
    path = tmp_path_factory.mktemp("model") / "digits.keras"
    save_model(exported_case("mlp").clf, path)
    return path


def test_export_writes_an_onnx_file(invoke, model, tmp_path):
    path = tmp_path / "digits.onnx"

    code, stdout, stderr = invoke("export", model, path)

    assert (code, stderr) == (0, "")
    assert stdout.splitlines() == [
        f"ONNX file saved to {path}",
        "Input: images (n_images, 8, 8), uint8",
        "Output: probabilities (n_images, 10), float32",
    ]
    _, images, expected = exported_case("mlp")
    session = onnxruntime.InferenceSession(path)
    (probabilities,) = session.run(["probabilities"], {"images": images})
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options"),
    [("digits", []), ("digits-1.0", ["--format", "tf_saved_model"])],
)
def test_export_writes_a_saved_model(invoke, model, tmp_path, name, options):
    import tensorflow as tf

    path = tmp_path / name

    code, stdout, stderr = invoke("export", model, path, *options)

    assert (code, stderr) == (0, "")
    assert stdout.startswith(f"TensorFlow SavedModel saved to {path}\n")
    _, images, expected = exported_case("mlp")
    loaded = tf.saved_model.load(path)
    probabilities = loaded.serve(images)["probabilities"]
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


def test_models_of_any_range_of_values_are_exported(invoke, tmp_path):
    save_model(exported_case("cnn for centred values").clf, tmp_path / "m.keras")

    code, stdout, _ = invoke("export", tmp_path / "m.keras", tmp_path / "m.onnx")

    assert code == 0
    assert "(n_images, 8, 8), float32" in stdout


def test_replacing_a_file_is_announced(invoke, model, tmp_path):
    path = tmp_path / "digits.onnx"
    path.write_text("an earlier file")

    code, _, stderr = invoke("export", model, path)

    assert code == 0
    assert stderr == f"{path} exists and will be replaced.\n"


def test_folder_with_other_files_is_an_error_before_tensorflow_is_imported(
    model, tmp_path
):
    (tmp_path / "notes.txt").write_text("notes")

    done = run_without(["tensorflow", "numpy"], "export", model, tmp_path, code=1)

    assert (done.returncode, done.stdout) == (0, "")
    assert "contains other files (notes.txt)" in single_line(done.stderr)


def test_folder_that_is_named_like_a_file_is_wrong_usage(invoke, model, tmp_path):
    path = tmp_path / "digits.onnx"
    path.mkdir()

    code, stdout, stderr = invoke("export", model, path)

    assert (code, stdout) == (2, "")
    assert f"{path} is a folder" in single_line(stderr)


def test_folder_that_does_not_exist_is_wrong_usage(invoke, model, tmp_path):
    code, stdout, stderr = invoke("export", model, tmp_path / "new" / "digits.onnx")

    assert (code, stdout) == (2, "")
    assert f"the folder {tmp_path / 'new'} does not exist." in single_line(stderr)


def test_missing_model_is_an_error(invoke, tmp_path):
    code, stdout, stderr = invoke("export", tmp_path / "m.keras", tmp_path / "m.onnx")

    assert (code, stdout) == (1, "")
    assert stderr == f"Error: There is no model file {tmp_path / 'm.keras'}\n"
