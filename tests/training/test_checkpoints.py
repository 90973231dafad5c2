"""Checkpoints: the best epochs of a fit as model files."""

import json
import re
import threading
import zipfile

import keras
import numpy as np
import pytest
from support.classifiers import quick_mlp
from support.comparing import assert_same_fit
from support.recording_callbacks import Epochs, Interrupt

from digitclf import MLPDigitClassifier, load_model
from digitclf._model_file.archive import DESCRIPTION, write_model_file
from digitclf._training import checkpoint
from digitclf._training.checkpoint import Checkpoint


def improvements(losses):
    """Return the epochs, from 1, whose loss is the smallest so far."""
    return [
        epoch
        for epoch, loss in enumerate(losses, start=1)
        if loss < min(losses[: epoch - 1], default=np.inf)
    ]


# Content and names


def test_folder_gets_a_checkpoint_for_every_best_epoch(handful, tmp_path):
    folder = tmp_path / "models" / "digits"

    clf = quick_mlp(checkpoint=folder, epochs=4, validation_split=0.1).fit(*handful)

    losses = clf.history_["val_loss"]
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{epoch:02d}-{losses[epoch - 1]:.4f}.keras" for epoch in improvements(losses)
    ]
    assert clf.checkpoint_path_.parent == folder
    assert clf.checkpoint_path_.name == (
        f"{clf.best_epoch_:02d}-{clf.best_validation_loss_:.4f}.keras"
    )


def test_checkpoint_is_the_classifier_at_its_best_epoch(make_quick, handful, tmp_path):
    X, y = handful
    wrong = (y + 1) % 10
    clf = make_quick(checkpoint=str(tmp_path), epochs=6, patience=3, ema_momentum=0.9)

    clf.fit(X, y, X_val=X, y_val=wrong)

    best = clf.best_epoch_
    loaded = load_model(clf.checkpoint_path_)
    assert best < clf.n_iter_
    np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
    assert loaded.get_params() == clf.get_params() | {"checkpoint": None}
    assert loaded.best_epoch_ == loaded.n_iter_ == best
    assert loaded.best_validation_loss_ == clf.best_validation_loss_
    assert loaded.history_ == {
        name: values[:best] for name, values in clf.history_.items()
    }


def test_keras_loads_a_checkpoint(make_quick, handful, tmp_path):
    clf = make_quick(checkpoint=tmp_path, epochs=1).fit(*handful)

    network = keras.saving.load_model(clf.checkpoint_path_)

    pixels = handful[0].reshape(-1, *network.input_shape[1:])
    np.testing.assert_allclose(
        network.predict(pixels, verbose=0), clf.predict_proba(handful[0]), atol=1e-6
    )


def test_writing_checkpoints_does_not_change_the_fit(fitted_mlp, handful, tmp_path):
    clf = quick_mlp(checkpoint=tmp_path).fit(*handful)

    assert_same_fit(clf, fitted_mlp, handful[0])


def test_without_validation_a_checkpoint_is_named_by_the_loss(handful, tmp_path):
    clf = quick_mlp(checkpoint=str(tmp_path)).fit(*handful)

    losses = clf.history_["loss"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{epoch:02d}-{losses[epoch - 1]:.4f}.keras" for epoch in (1, 2)
    ]


def test_template_names_the_checkpoints(handful, tmp_path):
    template = tmp_path / "{epoch}" / "at_{val_accuracy:.2f}_{loss:.1f}.keras"

    clf = quick_mlp(checkpoint=template, epochs=1, validation_split=0.1).fit(*handful)

    history = {name: values[0] for name, values in clf.history_.items()}
    expected = "1/at_{val_accuracy:.2f}_{loss:.1f}.keras".format(**history)
    assert clf.checkpoint_path_ == tmp_path / expected
    assert clf.checkpoint_path_.exists()


def test_template_without_fields_is_one_file(handful, tmp_path):
    path = tmp_path / "best.keras"

    clf = quick_mlp(checkpoint=path, epochs=3).fit(*handful)

    assert list(tmp_path.iterdir()) == [path]
    assert clf.checkpoint_path_ == path
    assert_same_fit(load_model(path), clf, handful[0])


def test_parent_folder_may_have_braces_in_its_name(handful, tmp_path):
    folder = tmp_path / "{epoch}" / "models"

    clf = quick_mlp(checkpoint=folder, epochs=1).fit(*handful)

    assert clf.checkpoint_path_.parent == folder


@pytest.mark.parametrize("name", ["best.keras", "models"])
def test_braces_of_the_working_folder_are_not_fields(
    name, handful, tmp_path, monkeypatch
):
    folder = tmp_path / "a{b}"
    folder.mkdir()
    monkeypatch.chdir(folder)

    clf = quick_mlp(checkpoint=name).fit(*handful)

    assert clf.checkpoint_path_.is_relative_to(folder / name)


def test_only_folders_with_checkpoints_are_created(handful, tmp_path):
    template = str(tmp_path / "{val_loss:.3f}" / "{epoch}.keras")

    clf = quick_mlp(checkpoint=template, epochs=1, validation_split=0.1).fit(*handful)

    assert list(tmp_path.rglob("*.keras")) == [clf.checkpoint_path_]
    assert list(tmp_path.iterdir()) == [clf.checkpoint_path_.parent]


def test_checkpoints_of_a_warm_start_count_all_epochs(handful, tmp_path):
    X, y = handful
    clf = quick_mlp(warm_start=True, checkpoint=tmp_path).fit(X, y, X_val=X, y_val=y)

    clf.fit(X, y, X_val=X, y_val=y)

    loaded = load_model(clf.checkpoint_path_)
    assert clf.checkpoint_path_.name.startswith("04-")
    assert_same_fit(loaded, clf, X)
    assert loaded.n_iter_ == 4


def test_interrupted_fit_leaves_its_checkpoints(handful, tmp_path):
    clf = quick_mlp(checkpoint=tmp_path, callbacks=[Interrupt(1)])

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    first, second = sorted(tmp_path.glob("*.keras"))
    assert (first.name[:3], second.name[:3]) == ("01-", "02-")
    for path, epochs in ((first, 1), (second, 2)):
        expected = quick_mlp(epochs=epochs).fit(*handful)
        assert_same_fit(load_model(path), expected, handful[0])


def test_path_of_a_checkpoint_is_forgotten_by_a_fit_without_checkpoints(
    handful, tmp_path
):
    clf = quick_mlp(checkpoint=tmp_path, epochs=1).fit(*handful)

    clf.set_params(checkpoint=None).fit(*handful)

    assert clf.checkpoint_path_ is None


# Existing checkpoints


@pytest.mark.parametrize("name", ["", "best.keras"])
def test_fits_into_one_folder_never_overwrite_each_other(name, handful, tmp_path):
    first = quick_mlp(checkpoint=tmp_path / name).fit(*handful).checkpoint_path_
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}

    second = quick_mlp(checkpoint=tmp_path / name).fit(*handful)

    assert second.checkpoint_path_ != first
    assert second.checkpoint_path_.stem == f"{first.stem}-2"
    assert {path: path.read_bytes() for path in files} == files
    assert len(list(tmp_path.iterdir())) == 2 * len(files)


def test_simultaneous_runs_never_overwrite_each_other(fitted_mlp, tmp_path):
    start = threading.Barrier(6)
    paths = {}
    network, _ = fitted_mlp._file_content(fitted_mlp.model_, {})

    def run(number):
        checkpoint = Checkpoint(tmp_path / "models", ["val_loss"])
        start.wait()
        for epoch in (1, 2):
            checkpoint.save(
                {"epoch": epoch, "val_loss": 0.5},
                lambda path, overwrite: write_model_file(
                    path, network, {"run": number}, overwrite=overwrite
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
            assert json.loads(archive.read(DESCRIPTION))["run"] == number


# Errors


@pytest.mark.parametrize("name", ["folder", "folder/{epoch}.keras", "best.keras"])
def test_folder_that_cannot_be_written_is_an_error_before_training(
    name, handful, tmp_path
):
    (tmp_path / "file").write_text("no folder")
    epochs = Epochs()
    clf = quick_mlp(checkpoint=tmp_path / "file" / name, callbacks=[epochs])

    with pytest.raises(OSError, match=r"checkpoint: cannot write.*file"):
        clf.fit(*handful)

    assert epochs.calls == []
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
def test_field_that_cannot_be_filled_in_is_an_error_before_training(
    field, handful, tmp_path
):
    epochs = Epochs()
    clf = quick_mlp(checkpoint=tmp_path / f"{field}.keras", callbacks=[epochs])

    with pytest.raises(ValueError, match=rf"checkpoint.*{re.escape(field)}"):
        clf.fit(*handful)

    assert epochs.calls == []


@pytest.mark.parametrize(
    "target", ["", "{epoch:02d}-{val_loss:.4f}.hdf5", "best.h5", "{epoch}"]
)
def test_name_that_is_neither_folder_nor_keras_file_is_an_error(
    target, handful, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ValueError, match=r"checkpoint=.*folder.*\.keras"):
        quick_mlp(checkpoint=target).fit(*handful)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["{epoch}:{loss:.2f}", "best?", "<{epoch}>"])
def test_name_that_windows_does_not_allow_is_an_error_there(
    name, handful, tmp_path, monkeypatch
):
    monkeypatch.setattr(checkpoint, "ON_WINDOWS", True)

    with pytest.raises(ValueError, match=r"checkpoint=.*Windows allows none of"):
        quick_mlp(checkpoint=tmp_path / f"{name}.keras").fit(*handful)

    assert list(tmp_path.iterdir()) == []


def test_field_of_validation_without_validation_is_an_error(handful, tmp_path):
    clf = quick_mlp(checkpoint=tmp_path / "{val_loss:.4f}.keras")

    with pytest.raises(ValueError, match=r"checkpoint.*val_loss"):
        clf.fit(*handful)


def test_checkpoint_of_a_subclass_is_loaded_with_its_class(handful, tmp_path):
    class Own(MLPDigitClassifier):
        pass

    clf = Own(checkpoint=tmp_path, epochs=1).fit(*handful)

    with pytest.raises(ValueError, match=r"class 'Own'.*custom_classes"):
        load_model(clf.checkpoint_path_)
    loaded = load_model(clf.checkpoint_path_, custom_classes=[Own])
    assert type(loaded) is Own
    np.testing.assert_array_equal(
        loaded.predict_proba(handful[0]), clf.predict_proba(handful[0])
    )
