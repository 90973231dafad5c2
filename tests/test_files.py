"""Files: fitted classifiers saved and loaded, and the checkpoints of training."""

import functools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from small_classifiers import make_dense, make_small

from digitclf import MLPDigitClassifier, load_model, save_model
from digitclf._files import write_model_file
from digitclf.training.checkpoint import Checkpoint

DESCRIPTION = "digitclf.json"


@pytest.fixture(scope="session")
def handful(few_digits):
    """Return 200 of the 8 x 8 digits and their labels."""
    return few_digits.X_train[:200], few_digits.y_train[:200]


@pytest.fixture(scope="session")
def make(estimator_class):
    """Return a function that makes classifiers which train for a moment."""
    return functools.partial(make_small, estimator_class)


@pytest.fixture(scope="session")
def fitted(make, handful):
    """Return a fitted classifier."""
    return make().fit(*handful)


@pytest.fixture
def saved(fitted, tmp_path):
    """Return the path of a file with the fitted classifier."""
    path = tmp_path / "digits.keras"
    save_model(fitted, path)
    return path


@pytest.fixture(scope="session")
def dense(handful):
    """Return a fitted classifier with a dense network."""
    return make_dense().fit(*handful)


@pytest.fixture
def dense_saved(dense, tmp_path):
    """Return the path of a file with the dense network."""
    path = tmp_path / "digits.keras"
    save_model(dense, path)
    return path


def fitted_attributes(clf):
    return {
        name: value
        for name, value in vars(clf).items()
        if name.endswith("_") and name not in ("model_", "checkpoint_path_")
    }


def assert_same_fit(loaded, clf, X):
    assert type(loaded) is type(clf)
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    np.testing.assert_equal(fitted_attributes(loaded), fitted_attributes(clf))
    assert loaded.classes_.dtype == clf.classes_.dtype


def change_member(path, name, change):
    """Replace a member of an archive by what `change` makes of it, None for nothing."""
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in members.items():
            if content is not None:
                archive.writestr(each, content)


def change_description(path, change):
    def rewrite(text):
        description = json.loads(text)
        change(description)
        return json.dumps(description)

    change_member(path, DESCRIPTION, rewrite)


# What comes back


def test_a_saved_classifier_comes_back_as_it_was(fitted, saved, handful):
    loaded = load_model(saved)

    assert_same_fit(loaded, fitted, handful[0])
    assert loaded.get_params() == fitted.get_params()
    assert isinstance(loaded.image_shape_, tuple)
    assert isinstance(loaded.pixel_range_, tuple)


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_path_is_a_string_or_a_path(as_path, dense, tmp_path, handful):
    save_model(dense, as_path(tmp_path / "digits.keras"))

    assert_same_fit(load_model(as_path(tmp_path / "digits.keras")), dense, handful[0])


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


def test_a_link_is_followed_and_not_replaced(dense, tmp_path):
    (tmp_path / "link.keras").symlink_to(tmp_path / "digits.keras")

    save_model(dense, tmp_path / "link.keras")

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


@pytest.mark.filterwarnings("ignore:50 features make no square image")
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


@pytest.mark.slow
def test_a_file_of_a_new_process_is_opened_by_keras_alone(dense, dense_saved, handful):
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

    assert json.loads(printed) == dense.predict(handful[0]).tolist()


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


def file_that_runs_code(path, marker):
    """Save a network that makes a file when it is called or built."""
    inputs = keras.Input((64,))
    outputs = keras.layers.Lambda(
        lambda x, path=str(marker): (open(path, "w").close(), x)[1],
        output_shape=(64,),
    )(inputs)
    keras.Model(inputs, keras.layers.Dense(10)(outputs)).save(path)
    marker.unlink(missing_ok=True)


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
def test_a_model_file_ends_in_keras(name, dense, tmp_path):
    with pytest.raises(ValueError, match=r"\.keras.*digits"):
        save_model(dense, tmp_path / name)


def test_a_folder_to_save_in_must_be_there(dense, tmp_path):
    with pytest.raises(FileNotFoundError, match="missing"):
        save_model(dense, tmp_path / "missing" / "digits.keras")


def test_saving_replaces_an_earlier_file(dense, tmp_path, handful):
    path = tmp_path / "digits.keras"
    path.write_text("something else, that was there before")

    save_model(dense, path)

    assert_same_fit(load_model(path), dense, handful[0])
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
    size, dense, dense_saved
):
    before = dense_saved.read_bytes()

    with pytest.raises(OSError, match="large"), largest_file(size):
        save_model(dense, dense_saved)

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


# Checkpoints


def improvements(losses):
    """Return the epochs, counted from 1, whose loss is the smallest so far."""
    return [
        epoch
        for epoch, loss in enumerate(losses, start=1)
        if loss < min(losses[: epoch - 1], default=np.inf)
    ]


def test_a_folder_gets_a_checkpoint_for_each_best_epoch(make, handful, tmp_path):
    folder = tmp_path / "models" / "digits"

    clf = make(checkpoint=folder, epochs=4).fit(*handful)

    losses = clf.history_["val_loss"]
    assert sorted(each.name for each in folder.iterdir()) == [
        f"{epoch:02d}-{losses[epoch - 1]:.4f}.keras" for epoch in improvements(losses)
    ]
    assert clf.checkpoint_path_.parent == folder
    assert clf.checkpoint_path_.name == (
        f"{clf.best_epoch_:02d}-{clf.best_validation_loss_:.4f}.keras"
    )


def test_without_validation_a_checkpoint_is_named_by_the_loss(handful, tmp_path):
    clf = make_dense(checkpoint=str(tmp_path), validation_split=0).fit(*handful)

    losses = clf.history_["loss"]
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        f"{epoch:02d}-{losses[epoch - 1]:.4f}.keras" for epoch in (1, 2)
    ]


def test_a_template_names_the_checkpoints(handful, tmp_path):
    template = tmp_path / "{epoch}" / "at_{val_accuracy:.2f}_{loss:.1f}.keras"

    clf = make_dense(checkpoint=template, epochs=1).fit(*handful)

    history = {name: values[0] for name, values in clf.history_.items()}
    expected = "1/at_{val_accuracy:.2f}_{loss:.1f}.keras".format(**history)
    assert clf.checkpoint_path_ == tmp_path / expected
    assert clf.checkpoint_path_.exists()


def test_a_template_without_fields_is_one_file(handful, tmp_path):
    path = tmp_path / "best.keras"

    clf = make_dense(checkpoint=path, epochs=3, validation_split=0).fit(*handful)

    assert list(tmp_path.iterdir()) == [path]
    assert clf.checkpoint_path_ == path
    assert_same_fit(load_model(path), clf, handful[0])


def test_a_folder_may_be_in_one_with_braces_in_its_name(handful, tmp_path):
    folder = tmp_path / "{epoch}" / "models"

    clf = make_dense(checkpoint=folder, epochs=1).fit(*handful)

    assert clf.checkpoint_path_.parent == folder


def test_the_checkpoint_is_the_classifier_at_its_best_epoch(make, handful, tmp_path):
    X, y = handful
    wrong = (y + 1) % 10
    clf = make(checkpoint=str(tmp_path), epochs=6, patience=3, ema_momentum=0.9)

    clf.fit(X, y, X_val=X, y_val=wrong)

    best = clf.best_epoch_
    loaded = load_model(clf.checkpoint_path_)
    assert best < clf.n_iter_
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.get_params() == clf.get_params()
    assert loaded.best_epoch_ == loaded.n_iter_ == best
    assert loaded.best_validation_loss_ == clf.best_validation_loss_
    assert loaded.history_ == {
        name: values[:best] for name, values in clf.history_.items()
    }


def test_checkpoints_of_a_warm_start_count_all_epochs(make, handful, tmp_path):
    X, y = handful
    clf = make(warm_start=True, checkpoint=tmp_path).fit(X, y, X_val=X, y_val=y)

    clf.fit(X, y, X_val=X, y_val=y)

    loaded = load_model(clf.checkpoint_path_)
    assert clf.checkpoint_path_.name.startswith("04-")
    assert_same_fit(loaded, clf, X)
    assert loaded.n_iter_ == 4


def test_keras_opens_a_checkpoint_too(make, handful, tmp_path):
    clf = make(checkpoint=tmp_path, epochs=1).fit(*handful)

    network = keras.saving.load_model(clf.checkpoint_path_)

    pixels = handful[0].reshape(-1, *network.input_shape[1:])
    np.testing.assert_allclose(
        network.predict(pixels, verbose=0), clf.predict_proba(handful[0]), atol=1e-6
    )


def test_writing_checkpoints_does_not_change_the_fit(make, fitted, handful, tmp_path):
    clf = make(checkpoint=tmp_path).fit(*handful)

    assert_same_fit(clf, fitted, handful[0])


@pytest.mark.parametrize("name", ["", "best.keras"])
def test_fits_into_one_folder_never_overwrite_each_other(name, handful, tmp_path):
    first = make_dense(checkpoint=tmp_path / name).fit(*handful).checkpoint_path_
    files = {each: each.read_bytes() for each in tmp_path.iterdir()}

    second = make_dense(checkpoint=tmp_path / name).fit(*handful)

    assert second.checkpoint_path_ != first
    assert second.checkpoint_path_.stem == f"{first.stem}-2"
    assert {each: each.read_bytes() for each in files} == files
    assert len(list(tmp_path.iterdir())) == 2 * len(files)


def test_the_path_of_a_checkpoint_is_forgotten_by_a_fit_without(handful, tmp_path):
    clf = make_dense(checkpoint=tmp_path, epochs=1).fit(*handful)

    clf.set_params(checkpoint=None).fit(*handful)

    assert clf.checkpoint_path_ is None


def test_runs_at_the_same_time_never_overwrite_each_other(dense, tmp_path):
    start = threading.Barrier(6)
    paths = {}

    def run(number):
        checkpoint = Checkpoint(tmp_path / "models", ["val_loss"])
        start.wait()
        for epoch in (1, 2):
            checkpoint.save(
                {"epoch": epoch, "val_loss": 0.5},
                lambda path, overwrite: write_model_file(
                    path, dense.model_, {"run": number}, overwrite=overwrite
                ),
            )
            paths[number, epoch] = checkpoint.path

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(paths.values())) == len(paths) == 12
    assert set((tmp_path / "models").iterdir()) == set(paths.values())
    for (number, _), path in paths.items():
        with zipfile.ZipFile(path) as archive:
            assert json.loads(archive.read(DESCRIPTION)) == {"run": number}


class CountEpochs(keras.callbacks.Callback):
    """Counts the epochs that begin."""

    begun = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.begun += 1


class Interrupt(keras.callbacks.Callback):
    """Raises what Ctrl-C raises, at the end of the second epoch."""

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["folder", "folder/{epoch}.keras", "best.keras"])
def test_a_folder_that_cannot_be_written_fails_before_training(name, handful, tmp_path):
    (tmp_path / "file").write_text("no folder")
    epochs = CountEpochs()
    clf = make_dense(checkpoint=tmp_path / "file" / name, callbacks=[epochs])

    with pytest.raises(OSError, match=r"checkpoint.*cannot be written.*file"):
        clf.fit(*handful)

    assert epochs.begun == 0
    assert not hasattr(clf, "model_")


@pytest.mark.parametrize(
    "field",
    [
        "{no_such_field}",
        "{}",
        "{0}",
        "{val_loss:02d}",
        "{epoch.no_such_attribute}",
        "{epoch[0]}",
        "{epoch",
    ],
)
def test_a_field_that_cannot_be_filled_in_fails_before_training(
    field, handful, tmp_path
):
    epochs = CountEpochs()
    clf = make_dense(checkpoint=tmp_path / f"{field}.keras", callbacks=[epochs])

    with pytest.raises(ValueError, match=rf"checkpoint.*{re.escape(field)}"):
        clf.fit(*handful)

    assert epochs.begun == 0


@pytest.mark.parametrize(
    "target", ["", "{epoch:02d}-{val_loss:.4f}.hdf5", "best.h5", "{epoch}"]
)
def test_a_name_that_is_neither_folder_nor_keras_file_is_refused(
    target, handful, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ValueError, match=r"checkpoint=.*folder.*\.keras"):
        make_dense(checkpoint=target).fit(*handful)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["best.keras", "models"])
def test_braces_of_the_working_folder_are_no_fields(
    name, handful, tmp_path, monkeypatch
):
    folder = tmp_path / "a{b}"
    folder.mkdir()
    monkeypatch.chdir(folder)

    clf = make_dense(checkpoint=name).fit(*handful)

    assert clf.checkpoint_path_.is_relative_to(folder / name)


def test_a_checkpoint_of_another_class_is_told_from_a_damaged_one(handful, tmp_path):
    class Own(MLPDigitClassifier):
        pass

    clf = Own(checkpoint=tmp_path, epochs=1).fit(*handful)

    with pytest.raises(ValueError, match=r"class Own.*keras\.saving\.load_model"):
        load_model(clf.checkpoint_path_)


def test_only_folders_with_checkpoints_are_made(handful, tmp_path):
    template = str(tmp_path / "{val_loss:.3f}" / "{epoch}.keras")

    clf = make_dense(checkpoint=template, epochs=1).fit(*handful)

    assert list(tmp_path.rglob("*.keras")) == [clf.checkpoint_path_]
    assert list(tmp_path.iterdir()) == [clf.checkpoint_path_.parent]


def test_a_field_of_validation_needs_validation(handful, tmp_path):
    clf = make_dense(checkpoint=tmp_path / "{val_loss:.4f}.keras", validation_split=0)

    with pytest.raises(ValueError, match=r"checkpoint.*val_loss"):
        clf.fit(*handful)


def test_an_interrupted_fit_leaves_its_checkpoint(make, handful, tmp_path):
    clf = make(checkpoint=tmp_path, callbacks=[Interrupt()])

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    (path,) = tmp_path.iterdir()
    loaded = load_model(path)
    assert path.name.startswith("01-")
    assert loaded.n_iter_ == 1
    assert_same_fit(loaded, make(epochs=1).fit(*handful), handful[0])
