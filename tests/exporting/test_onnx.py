"""Classifiers exported to ONNX, run by ONNX Runtime."""

import json

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from support.classifiers import quick_mlp
from support.exported import MAKERS, exported_case, grey, own_layers_case

import digitclf
from digitclf import export_model
from digitclf._layers import ACTIVATIONS, Convolution, Dense, Flatten
from digitclf._onnx import onnx_model

NOT_IN_KERAS = {"threshold"}
"""Activations that Keras only computes with further arguments."""


def run(model, images):
    """Return the probabilities that ONNX Runtime computes from a path or from bytes."""
    session = onnxruntime.InferenceSession(model)
    (probabilities,) = session.run(["probabilities"], {"images": images})
    return probabilities


def exported(clf, folder):
    path = folder / "digits.onnx"
    export_model(clf, path)
    return path


def properties(path):
    return {
        entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props
    }


@pytest.mark.parametrize("name", MAKERS)
def test_probabilities_are_those_of_the_classifier(name, tmp_path):
    clf, images, expected = exported_case(name)

    path = exported(clf, tmp_path)

    onnx.checker.check_model(path, full_check=True)
    probabilities = run(path, images)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


def test_trained_classifier_answers_alike(fitted, handful, tmp_path):
    X, _ = handful

    probabilities = run(exported(fitted, tmp_path), X.reshape(-1, 8, 8).astype("f"))

    np.testing.assert_allclose(
        probabilities, fitted.predict_proba(X), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("n_images", [0, 1, 7])
@pytest.mark.parametrize("name", ["mlp", "cnn", "mlp for one class"])
def test_any_number_of_images_is_accepted(name, n_images, tmp_path):
    clf, images, expected = exported_case(name)

    probabilities = run(exported(clf, tmp_path), images[:n_images])

    np.testing.assert_allclose(probabilities, expected[:n_images], rtol=0, atol=1e-5)


def input_of(path):
    (images,) = onnxruntime.InferenceSession(path).get_inputs()
    return images.name, images.type, images.shape


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("cnn", ["n_images", 8, 8]),
        ("mlp for images that are not square", ["n_images", 10, 6]),
        ("cnn for rows that form no square", ["n_images", 50]),
        ("mlp for light paper", ["n_images", 8, 8]),
    ],
)
def test_input_takes_grey_levels_as_uint8(name, shape, tmp_path):
    path = exported(exported_case(name).clf, tmp_path)

    assert input_of(path) == ("images", "tensor(uint8)", shape)


@pytest.mark.parametrize(
    "name",
    [
        "cnn for range 0 to 16",
        "mlp for range 0 to 1",
        "mlp for negative values",
        "cnn for centred values",
    ],
)
def test_input_takes_other_values_as_float32(name, tmp_path):
    path = exported(exported_case(name).clf, tmp_path)

    assert input_of(path) == ("images", "tensor(float)", ["n_images", 8, 8])


def test_file_describes_the_classifier(tmp_path):
    clf = quick_mlp().initialize(grey(8, 6, high=200), ["b", "a", "ä"] * 4)

    described = properties(exported(clf, tmp_path))

    assert described.pop("classifier")["class"] == "MLPDigitClassifier"
    assert described == {
        "classes": ["a", "b", "ä"],
        "image_shape": [8, 6],
        "pixel_range": [0, 200],
        "digitclf_version": digitclf.__version__,
    }


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([True, False], [False, True]),
        (np.array([3, 7], dtype=np.int8), [3, 7]),
        ([1.0, 2.0], [1.0, 2.0]),
        (np.array(["2024-01-02", "2024-01-01"], "M8[D]"), ["2024-01-01", "2024-01-02"]),
        (np.array(["x", "y"], dtype=object), ["x", "y"]),
    ],
)
def test_labels_are_numbers_or_text_in_the_file(labels, classes, tmp_path):
    clf = quick_mlp().initialize(grey(8, 8), np.resize(labels, 12))

    assert properties(exported(clf, tmp_path))["classes"] == classes


def test_old_releases_of_onnx_runtime_can_read_the_file(tmp_path):
    model = onnx.load(exported(exported_case("cnn").clf, tmp_path))

    assert [opset.version for opset in model.opset_import] == [13]
    assert model.ir_version == 7


def test_equal_classifiers_have_equal_files(tmp_path):
    clf = exported_case("cnn").clf

    first = exported(clf, tmp_path).read_bytes()

    assert exported(clf, tmp_path).read_bytes() == first


VALUES = np.resize(
    np.concatenate([np.linspace(-12, 12, 385), [-80, -40, 40, 60]]), (100, 5)
).astype(np.float32)

EXPORTABLE = sorted(set(ACTIVATIONS) - NOT_IN_KERAS)


def run_layers(layers, input_shape, weights, values):
    model = onnx_model(
        layers,
        input_shape,
        [np.asarray(array, dtype=np.float32) for array in weights],
        n_classes=layers[-1].units,
        image_shape=values.shape[1:],
    )
    return run(model.SerializeToString(), values)


def activated(activation, values):
    return np.asarray(keras.activations.get(activation)(values))


@pytest.mark.parametrize("activation", EXPORTABLE)
def test_activations_of_dense_layers_are_those_of_keras(activation):
    weights = np.eye(5), np.zeros(5)

    activations = run_layers([Dense("dense", 5, activation)], (5,), weights, VALUES)

    np.testing.assert_allclose(
        activations, activated(activation, VALUES), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize("activation", EXPORTABLE)
def test_activations_of_convolutions_are_those_of_keras(activation):
    factors = np.linspace(-1, 1, 3, dtype=np.float32)
    layers = [
        Convolution("convolution", 3, 1, activation),
        Flatten("flatten"),
        Dense("as_it_is", 12, "linear"),
    ]
    weights = factors.reshape(1, 1, 1, 3), np.zeros(3), np.eye(12), np.zeros(12)
    images = VALUES.reshape(-1, 2, 2)

    maps = run_layers(layers, (2, 2, 1), weights, images)

    expected = activated(activation, images[..., np.newaxis] * factors)
    np.testing.assert_allclose(maps, expected.reshape(-1, 12), rtol=1e-5, atol=1e-5)


def test_layers_built_by_a_function_are_an_error(tmp_path):
    with pytest.raises(TypeError, match=r"'own'.*SavedModel"):
        exported(own_layers_case().clf, tmp_path)


def test_changed_network_is_an_error(tmp_path):
    clf = quick_mlp().initialize(grey(8, 8), np.arange(12) % 3)
    clf.set_params(activation="tanh")

    with pytest.raises(ValueError, match="parameters were changed after the fit"):
        exported(clf, tmp_path)


def test_arrays_that_do_not_match_the_layers_are_an_error():
    layers = [Dense("dense", 5, "softmax")]

    for weights in ([np.eye(5)], [np.eye(4), np.zeros(5)], [np.eye(5)] * 3):
        with pytest.raises(ValueError, match=r"dense|more arrays"):
            run_layers(layers, (5,), weights, VALUES)


def test_network_that_is_too_large_for_the_format_is_an_error():
    # Views of a single number, which takes no memory.
    weights = [np.broadcast_to(np.float32(0), shape) for shape in [(5, 2**27), 2**27]]

    with pytest.raises(ValueError, match="2 GB"):
        onnx_model(
            [Dense("dense", 2**27, "softmax")],
            (5,),
            weights,
            n_classes=2**27,
            image_shape=(5,),
        )
