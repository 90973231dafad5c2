"""Saved and loaded classifiers: everything is as it was."""

from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from support.classifiers import quick_mlp
from support.comparing import assert_same_fit

from digitclf import MLPDigitClassifier, load_model, save_model


@pytest.fixture
def saved(fitted, tmp_path):
    """Return the path of a model file with a classifier of either class."""
    path = tmp_path / "digits.keras"
    save_model(fitted, path)
    return path


# The whole classifier


def test_loaded_classifier_is_the_saved_one(fitted, saved, handful):
    loaded = load_model(saved)

    assert_same_fit(loaded, fitted, handful[0])
    assert loaded.get_params() == fitted.get_params()
    assert isinstance(loaded.image_shape_, tuple)
    assert isinstance(loaded.pixel_range_, tuple)


def test_loaded_classifier_fits_the_same_weights_again(fitted, saved, handful):
    loaded = load_model(saved).fit(*handful)

    assert_same_fit(loaded, fitted, handful[0])


def test_loaded_classifier_continues_training(saved, handful):
    loaded = load_model(saved)

    loaded.partial_fit(*handful)

    assert loaded.n_iter_ == 3


def test_loaded_classifier_can_be_saved_again(fitted, saved, handful, tmp_path):
    save_model(load_model(saved), tmp_path / "again.keras")

    assert_same_fit(load_model(tmp_path / "again.keras"), fitted, handful[0])


def test_saving_leaves_the_classifier_as_it_was(handful, tmp_path):
    clf, expected = (quick_mlp(epochs=1).fit(*handful) for _ in range(2))

    save_model(clf, tmp_path / "digits.keras")

    assert vars(clf).keys() == vars(expected).keys()
    clf.partial_fit(*handful)
    assert_same_fit(clf, expected.partial_fit(*handful), handful[0])


@pytest.mark.parametrize("as_path", [str, Path])
def test_path_may_be_a_string_or_a_path(as_path, validated_mlp, tmp_path, handful):
    save_model(validated_mlp, as_path(tmp_path / "digits.keras"))

    assert_same_fit(
        load_model(as_path(tmp_path / "digits.keras")), validated_mlp, handful[0]
    )


def test_symbolic_link_is_followed_and_not_replaced(fitted_mlp, tmp_path):
    (tmp_path / "link.keras").symlink_to(tmp_path / "digits.keras")

    save_model(fitted_mlp, tmp_path / "link.keras")

    assert (tmp_path / "link.keras").is_symlink()
    assert (tmp_path / "digits.keras").is_file()


# Parameters


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
def test_parameters_keep_their_types(case, handful, tmp_path):
    params = TYPES[case]
    clf = quick_mlp(**({"epochs": 1} | params)).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras").get_params()

    assert loaded == clf.get_params()
    for name, value in params.items():
        if not isinstance(value, np.generic):
            assert type(loaded[name]) is type(value)


def test_class_weights_of_dates_are_loaded(handful, tmp_path):
    X, y = handful
    labels = y.astype("datetime64[D]")
    weights = {label: 2.0 for label in np.unique(labels)}
    clf = quick_mlp(class_weight=weights).fit(X, labels)

    save_model(clf, tmp_path / "digits.keras")

    assert load_model(tmp_path / "digits.keras").class_weight == weights


def test_parameters_of_the_run_are_neither_saved_nor_loaded(handful, tmp_path):
    callbacks = [keras.callbacks.TerminateOnNaN()]
    clf = quick_mlp(
        epochs=1,
        checkpoint=tmp_path / "checkpoints",
        callbacks=callbacks,
        fit__verbose=2,
    ).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    for path in (tmp_path / "digits.keras", clf.checkpoint_path_):
        loaded = load_model(path)
        assert (loaded.checkpoint, loaded.callbacks, loaded.verbose) == (None, None, 0)
        assert "fit__verbose" not in loaded.get_params()
        assert b"checkpoints" not in path.read_bytes()


def test_optimizer_instance_keeps_its_settings(handful, tmp_path):
    optimizer = keras.optimizers.SGD(0.05, momentum=0.7)
    clf = quick_mlp(epochs=1, optimizer=optimizer).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert loaded.optimizer.get_config() == optimizer.get_config()
    assert loaded.fit(*handful).score(*handful) == clf.score(*handful)


def test_optimizer_instance_keeps_its_schedule(handful, tmp_path):
    decay = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    clf = quick_mlp(epochs=1, optimizer=keras.optimizers.SGD(decay)).fit(*handful)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert loaded.optimizer.get_config() == clf.optimizer.get_config()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("random_state", np.random.RandomState(0)),
        ("optimizer", keras.optimizers.SGD),
    ],
)
def test_parameters_that_json_cannot_represent_are_left_out_with_a_warning(
    name, value, handful, tmp_path
):
    clf = quick_mlp(**{"epochs": 1, name: value}).fit(*handful)

    with pytest.warns(UserWarning, match=rf"{name}.*cannot be saved"):
        save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")
    assert getattr(loaded, name) == getattr(MLPDigitClassifier(), name)


# Fitted attributes


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
def test_classes_keep_their_dtype(form, handful, tmp_path):
    X, y = handful
    clf = quick_mlp(epochs=1).fit(X, LABELS[form](y))
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert_same_fit(loaded, clf, X)
    assert loaded.predict(X).dtype == clf.predict(X).dtype


@pytest.mark.parametrize("unit", ["datetime64[D]", "timedelta64[s]"])
def test_dates_and_durations_are_loaded_as_labels(unit, handful, tmp_path):
    X, y = handful
    labels = y.astype(unit)
    clf = quick_mlp(checkpoint=tmp_path / "checkpoints").fit(X, labels)
    save_model(clf, tmp_path / "digits.keras")

    for path in (tmp_path / "digits.keras", clf.checkpoint_path_):
        loaded = load_model(path)
        assert loaded.classes_.dtype == labels.dtype
        np.testing.assert_array_equal(loaded.classes_, clf.classes_)
        assert loaded.score(X, labels) == clf.score(X, labels)


def test_long_floats_are_loaded_as_labels(handful, tmp_path):
    X, y = handful
    clf = quick_mlp().fit(X, y.astype(np.longdouble))

    save_model(clf, tmp_path / "digits.keras")

    assert load_model(tmp_path / "digits.keras").classes_.dtype == np.longdouble


def test_names_of_features_are_loaded(handful, tmp_path):
    X, y = handful
    frame = pd.DataFrame(X).rename(columns="pixel_{}".format)
    clf = quick_mlp(epochs=1).fit(frame, y)
    save_model(clf, tmp_path / "digits.keras")

    loaded = load_model(tmp_path / "digits.keras")

    assert_same_fit(loaded, clf, frame)
    assert loaded.feature_names_in_.dtype == object


@pytest.mark.filterwarnings("ignore:50 features do not form a square image")
def test_classifier_of_features_that_make_no_square_is_loaded(
    make_quick, handful, tmp_path
):
    X, y = handful
    clf = make_quick(epochs=1).fit(X[:, :50], y)
    save_model(clf, tmp_path / "digits.keras")

    assert_same_fit(load_model(tmp_path / "digits.keras"), clf, X[:, :50])
