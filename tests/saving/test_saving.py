"""Fitted classifiers saved and loaded: what is in a file, and what comes back."""

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
import warnings
import zipfile
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from support.comparing import assert_same_fit
from support.small_classifiers import make_dense
from support.tampering import (
    DESCRIPTION,
    change_description,
    change_member,
    file_that_runs_code,
)

from digitclf import MLPDigitClassifier, load_model, save_model


@pytest.fixture
def saved(fitted, tmp_path):
    """Return the path of a file with the fitted classifier."""
    path = tmp_path / "digits.keras"
    save_model(fitted, path)
    return path


@pytest.fixture
def dense_saved(fitted_dense, tmp_path):
    """Return the path of a file with the dense network."""
    path = tmp_path / "digits.keras"
    save_model(fitted_dense, path)
    return path


# What comes back


def test_a_saved_classifier_comes_back_as_it_was(fitted, saved, handful):
    loaded = load_model(saved)

    assert_same_fit(loaded, fitted, handful[0])
    assert loaded.get_params() == fitted.get_params()
    assert isinstance(loaded.image_shape_, tuple)
    assert isinstance(loaded.pixel_range_, tuple)


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_path_is_a_string_or_a_path(as_path, fitted_dense, tmp_path, handful):
    save_model(fitted_dense, as_path(tmp_path / "digits.keras"))

    assert_same_fit(
        load_model(as_path(tmp_path / "digits.keras")), fitted_dense, handful[0]
    )


TYPES = {
    "tuple": {"hidden_layer_sizes": (8, 4)},
    "empty tuple": {"hidden_layer_sizes": ()},
    "list": {"hidden_layer_sizes": [8]},
    "dict by int": {"class_weight": {0: 2.0, 9: 0.5}},
    "dict by numpy int": {"class_weight": {np.int64(0): 2.0}},
    "name": {"class_weight": "balanced"},
    "None": {"patience": None, "ema_momentum": None, "random_state": None},
    "True": {"warm_start": True},
    "numpy float": {"learning_rate": np.float64(0.01), "dropout": np.float32(0.1)},
    "numpy int": {"epochs": np.int64(1), "batch_size": np.int32(70)},
    "routed": {"optimizer__momentum": 0.8, "predict__batch_size": 70},
}


@pytest.mark.parametrize("case", TYPES)
def test_parameters_come_back_with_their_types(case, handful, tmp_path):
    params = TYPES[case]
    clf = make_dense(**({"epochs": 1} | params)).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras").get_params()

    assert loaded == clf.get_params()
    for name, value in params.items():
        if not isinstance(value, np.generic):
            assert type(loaded[name]) is type(value)


@pytest.mark.parametrize("unit", ["datetime64[D]", "timedelta64[s]"])
def test_dates_and_durations_come_back_as_labels(unit, handful, tmp_path):
    X, y = handful
    labels = y.astype(unit)
    clf = make_dense(checkpoint=tmp_path / "checkpoints").fit(X, labels)
    save_model(clf, tmp_path / "digits.keras")

    for path in (tmp_path / "digits.keras", clf.checkpoint_path_):
        loaded = load_model(path)
        assert loaded.classes_.dtype == labels.dtype
        np.testing.assert_array_equal(loaded.classes_, clf.classes_)
        assert loaded.score(X, labels) == clf.score(X, labels)


def test_class_weights_of_dates_come_back(handful, tmp_path):
    X, y = handful
    labels = y.astype("datetime64[D]")
    weights = {label: 2.0 for label in np.unique(labels)}
    clf = make_dense(class_weight=weights).fit(X, labels)

    save_model(clf, tmp_path / "digits.keras")

    assert load_model(tmp_path / "digits.keras").class_weight == weights


def test_long_floats_are_labels(handful, tmp_path):
    X, y = handful
    clf = make_dense().fit(X, y.astype(np.longdouble))

    save_model(clf, tmp_path / "digits.keras")

    assert load_model(tmp_path / "digits.keras").classes_.dtype == np.longdouble


def test_a_link_is_followed_and_not_replaced(fitted_dense, tmp_path):
    (tmp_path / "link.keras").symlink_to(tmp_path / "digits.keras")

    save_model(fitted_dense, tmp_path / "link.keras")

    assert (tmp_path / "link.keras").is_symlink()
    assert (tmp_path / "digits.keras").is_file()


def test_a_path_comes_back_as_a_path(handful, tmp_path):
    clf = make_dense(epochs=1, checkpoint=tmp_path / "checkpoints").fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert loaded.checkpoint == tmp_path / "checkpoints"


def test_an_optimizer_comes_back_with_its_settings(handful, tmp_path):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.7)
    clf = make_dense(epochs=1, optimizer=optimizer).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert loaded.optimizer.get_config() == optimizer.get_config()
    assert loaded.fit(*handful).score(*handful) == clf.score(*handful)


def test_an_optimizer_with_a_schedule_comes_back(handful, tmp_path):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    clf = make_dense(epochs=1, optimizer=keras.optimizers.SGD(decay)).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert loaded.optimizer.get_config() == clf.optimizer.get_config()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("callbacks", [keras.callbacks.TerminateOnNaN()]),
        ("random_state", np.random.RandomState(0)),
        ("optimizer", keras.optimizers.SGD),
    ],
)
def test_a_parameter_without_a_form_in_json_is_left_out_with_a_warning(
    name, value, handful, tmp_path
):
    clf = make_dense(**{"epochs": 1, name: value}).fit(*handful)

    with pytest.warns(UserWarning, match=rf"{name}.*JSON"):
        save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")
    assert getattr(loaded, name) == getattr(MLPDigitClassifier(), name)


LABELS = {
    "str": lambda y: y.astype(str),
    "str objects": lambda y: y.astype(str).astype(object),
    "bool": lambda y: y > 4,
    "float": lambda y: y.astype(np.float32),
    "uint8": lambda y: y.astype(np.uint8),
    "pandas strings": lambda y: pd.Series(y.astype(str), dtype="string"),
    "pandas Int64": lambda y: pd.Series(y, dtype="Int64"),
    "one class": lambda y: np.zeros_like(y),
}


@pytest.mark.parametrize("form", LABELS)
def test_classes_come_back_with_their_dtype(form, handful, tmp_path):
    X, y = handful
    clf = make_dense(epochs=1, validation_split=0).fit(X, LABELS[form](y))
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert_same_fit(loaded, clf, X)
    assert loaded.predict(X).dtype == clf.predict(X).dtype


def test_names_of_features_come_back(make, handful, tmp_path):
    X, y = handful
    frame = pd.DataFrame(X).rename(columns="pixel_{}".format)
    clf = make(epochs=1).fit(frame, y)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert_same_fit(loaded, clf, frame)
    assert loaded.feature_names_in_.dtype == object


@pytest.mark.filterwarnings("ignore:50 features do not form a square image")
def test_features_that_make_no_square_come_back(make, handful, tmp_path):
    X, y = handful
    clf = make(epochs=1).fit(X[:, :50], y)
    save_model(clf, tmp_path / "digits.keras")

    assert_same_fit(load_model(tmp_path / "digits.keras"), clf, X[:, :50])


def test_a_loaded_classifier_can_be_fitted_again(fitted, saved, handful):
    loaded = load_model(saved).fit(*handful)

    assert_same_fit(loaded, fitted, handful[0])


def test_a_loaded_classifier_can_learn_on(saved, handful):
    loaded = load_model(saved)

    loaded.partial_fit(*handful)

    assert loaded.n_iter_ == 3


def test_a_loaded_classifier_can_be_saved_again(fitted, saved, handful, tmp_path):
    save_model(load_model(saved), tmp_path / "again.keras")

    assert_same_fit(load_model(tmp_path / "again.keras"), fitted, handful[0])


def test_saving_leaves_the_classifier_as_it_was(make, handful, tmp_path):
    clf, expected = (make(epochs=1).fit(*handful) for _ in range(2))

    save_model(clf, tmp_path / "digits.keras")

    assert vars(clf).keys() == vars(expected).keys()
    clf.partial_fit(*handful)
    assert_same_fit(clf, expected.partial_fit(*handful), handful[0])


# What is in the file


def test_keras_opens_the_file_too(fitted, saved, handful):
    network = keras.saving.load_model(saved)

    pixels = handful[0].reshape(-1, *network.input_shape[1:])
    np.testing.assert_allclose(
        network.predict(pixels, verbose=0), fitted.predict_proba(handful[0]), atol=1e-6
    )


def test_keras_calls_the_network_of_a_file_without_a_warning(fitted, saved, handful):
    network = keras.saving.load_model(saved)
    pixels = handful[0].reshape(-1, *network.input_shape[1:])

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        probabilities = network(pixels)

    np.testing.assert_allclose(
        probabilities, fitted.predict_proba(handful[0]), atol=1e-6
    )


@pytest.mark.slow
def test_a_file_of_a_new_process_is_opened_by_keras_alone(
    fitted_dense, dense_saved, handful
):
    script = """
        import sys
        import keras
        import numpy as np

        network = keras.saving.load_model(sys.argv[1])
        pixels = np.load(sys.argv[2]).reshape(-1, *network.input_shape[1:])
        assert "digitclf" not in sys.modules
        print(network.predict(pixels, verbose=0).argmax(axis=1).tolist())
    """
    images = dense_saved.with_name("images.npy")
    np.save(images, handful[0])

    printed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), dense_saved, images],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert json.loads(printed) == fitted_dense.predict(handful[0]).tolist()


def test_what_was_learnt_is_in_the_file_as_json(fitted, saved):
    with zipfile.ZipFile(saved) as archive:
        description = json.loads(archive.read(DESCRIPTION))

    text = json.dumps(description)
    assert description["class"] == type(fitted).__name__
    assert description["params"]["batch_size"] == 50
    assert description["fitted"]["history_"]["items"]
    assert all(str(loss) in text for loss in fitted.history_["val_loss"])
    assert str(fitted.classes_.tolist()) in text


def test_there_is_no_pickle_in_the_file(dense_saved):
    with zipfile.ZipFile(dense_saved) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    assert {Path(name).suffix for name in members} == {".json", ".h5"}
    assert not any(content.startswith(b"\x80") for content in members.values())


# Files that are refused


def test_a_file_with_code_in_it_is_refused(dense_saved, tmp_path):
    with zipfile.ZipFile(dense_saved) as archive:
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
def test_code_in_the_description_is_refused(hide, dense_saved, tmp_path):
    path, marker = tmp_path / "hostile.keras", tmp_path / "marker"
    file_that_runs_code(path, marker)
    with zipfile.ZipFile(path) as archive:
        layers = json.loads(archive.read("config.json"))["config"]["layers"]
    code = next(each for each in layers if each["class_name"] == "Lambda")
    hidden = {"kind": "optimizer", "config": hide(code)}
    change_description(
        dense_saved, lambda each: each["params"].update(optimizer=hidden)
    )

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(dense_saved)

    assert not marker.exists()


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.keras"):
        load_model(tmp_path / "missing.keras")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 but no more"])
def test_a_file_that_is_no_archive_is_refused(content, tmp_path):
    path = tmp_path / "digits.keras"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"digits\.keras.* no model file"):
        load_model(path)


def test_half_a_file_is_refused(dense_saved):
    dense_saved.write_bytes(dense_saved.read_bytes()[: dense_saved.stat().st_size // 2])

    with pytest.raises(ValueError, match=r"digits\.keras.* no model file"):
        load_model(dense_saved)


def test_a_keras_file_of_another_origin_is_refused(tmp_path):
    path = tmp_path / "other.keras"
    keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)]).save(path)

    with pytest.raises(ValueError, match=r"other\.keras.* keras\.saving\.load_model"):
        load_model(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.clear(),
        lambda each: each.update({"class": "NoSuchClassifier"}),
        lambda each: each.update({"class": ["MLPDigitClassifier"]}),
        lambda each: each.update(params=[]),
        lambda each: each.update(fitted=None),
        lambda each: each["params"].update(no_such_parameter=3),
        lambda each: each["params"].update(dropout={"kind": "no_such_kind"}),
        lambda each: each["fitted"].update(classes_={"kind": "array"}),
        lambda each: each["fitted"].pop("classes_"),
        lambda each: each["fitted"].pop("pixel_range_"),
        lambda each: each["fitted"].update(pixel_range_=[0.0]),
        lambda each: each["fitted"].update(image_shape_=["8", "8"]),
        lambda each: each["fitted"].update(image_shape_=[-8, -8]),
        lambda each: each["fitted"].update(pixel_range_=[0.0, 255.0]),
        lambda each: each["fitted"].update(n_features_in_=32),
        lambda each: each["fitted"].update(n_features_in_=64.0),
        lambda each: each["fitted"]["classes_"]["items"].reverse(),
        lambda each: each["fitted"]["classes_"].update(
            dtype="|u1", items=list(range(300, 310))
        ),
        lambda each: each.update({"class": "CNNDigitClassifier"}),
        lambda each: each["fitted"].update(
            classes_={"kind": "array", "dtype": "<i8", "items": [0, 1, 2]}
        ),
    ],
)
def test_a_file_with_another_description_is_refused(change, dense_saved):
    change_description(dense_saved, change)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(dense_saved)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_a_file_whose_description_is_no_json_object_is_refused(text, dense_saved):
    change_member(dense_saved, DESCRIPTION, lambda _: text)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(dense_saved)


@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
@pytest.mark.parametrize("change", [lambda _: None, lambda each: each[:100]])
def test_a_file_with_a_broken_network_is_refused(change, member, dense_saved):
    change_member(dense_saved, member, change)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(dense_saved)


def test_a_file_with_a_changed_byte_is_refused(dense_saved):
    with zipfile.ZipFile(dense_saved) as archive:
        weights = archive.getinfo("model.weights.h5")
    content = bytearray(dense_saved.read_bytes())
    content[weights.header_offset + weights.compress_size // 2] ^= 0xFF
    dense_saved.write_bytes(content)

    with pytest.raises(ValueError, match=r"digits\.keras"):
        load_model(dense_saved)


# Saving that fails


def test_only_fitted_classifiers_can_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        save_model(make_dense(), tmp_path / "digits.keras")

    assert list(tmp_path.iterdir()) == []


def test_other_estimators_cannot_be_saved(tmp_path):
    with pytest.raises(TypeError, match="LogisticRegression"):
        save_model(LogisticRegression(), tmp_path / "digits.keras")


@pytest.mark.parametrize("name", ["digits.h5", "digits", "digits.pkl"])
def test_a_model_file_ends_in_keras(name, fitted_dense, tmp_path):
    with pytest.raises(ValueError, match=r"\.keras.*digits"):
        save_model(fitted_dense, tmp_path / name)


def test_a_folder_to_save_in_must_be_there(fitted_dense, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        save_model(fitted_dense, tmp_path / "missing" / "digits.keras")


def test_saving_replaces_an_earlier_file(fitted_dense, tmp_path, handful):
    path = tmp_path / "digits.keras"
    path.write_text("something else, that was there before")

    save_model(fitted_dense, path)

    assert_same_fit(load_model(path), fitted_dense, handful[0])
    assert list(tmp_path.iterdir()) == [path]


@contextmanager
def largest_file(size):
    """Let this process write no file beyond a size, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [0, 3000])
def test_a_save_that_fails_leaves_the_earlier_file_and_no_other(
    size, fitted_dense, dense_saved
):
    before = dense_saved.read_bytes()

    with pytest.raises(OSError, match="large"), largest_file(size):
        save_model(fitted_dense, dense_saved)

    assert dense_saved.read_bytes() == before
    assert [each.name for each in dense_saved.parent.iterdir()] == ["digits.keras"]


SAVES = """
    import sys
    from digitclf import MLPDigitClassifier, save_model
    from digitclf.datasets import load_mnist

    X, y = load_mnist(return_X_y=True)
    clf = MLPDigitClassifier(epochs=1, random_state=0).fit(X[:500], y[:500])
    print("ready", flush=True)
    while True:
        save_model(clf, sys.argv[1])
"""


def test_a_killed_process_leaves_a_whole_file(tmp_path, mnist):
    path = tmp_path / "digits.keras"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SAVES), path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        deadline = time.monotonic() + 60
        while not path.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        versions = set()
        for _ in range(40):
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                assert DESCRIPTION in archive.namelist()
            versions.add(path.stat().st_ino)
            time.sleep(0.01)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()

    assert len(versions) > 1
    assert load_model(path).predict(mnist.X_test).shape == (500,)
    visible = [each for each in tmp_path.iterdir() if not each.name.startswith(".")]
    assert visible == [path]
