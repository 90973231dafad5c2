"""Checkpoints: the best epochs of a training in files, whole and under their names."""

import json
import re
import threading
import zipfile

import keras
import numpy as np
import pytest
from support.comparing import assert_same_fit
from support.recording_callbacks import Epochs, Interrupt
from support.small_classifiers import make_dense

from digitclf import MLPDigitClassifier, load_model
from digitclf._model_file.archive import DESCRIPTION, write_model_file
from digitclf._training.checkpoint import Checkpoint


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


def test_runs_at_the_same_time_never_overwrite_each_other(fitted_dense, tmp_path):
    start = threading.Barrier(6)
    paths = {}

    def run(number):
        checkpoint = Checkpoint(tmp_path / "models", ["val_loss"])
        start.wait()
        for epoch in (1, 2):
            checkpoint.save(
                {"epoch": epoch, "val_loss": 0.5},
                lambda path, overwrite: write_model_file(
                    path, fitted_dense.model_, {"run": number}, overwrite=overwrite
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


@pytest.mark.parametrize("name", ["folder", "folder/{epoch}.keras", "best.keras"])
def test_a_folder_that_cannot_be_written_fails_before_training(name, handful, tmp_path):
    (tmp_path / "file").write_text("no folder")
    epochs = Epochs()
    clf = make_dense(checkpoint=tmp_path / "file" / name, callbacks=[epochs])

    with pytest.raises(OSError, match=r"checkpoint.*cannot be written.*file"):
        clf.fit(*handful)

    assert epochs.heard == []
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
    epochs = Epochs()
    clf = make_dense(checkpoint=tmp_path / f"{field}.keras", callbacks=[epochs])

    with pytest.raises(ValueError, match=rf"checkpoint.*{re.escape(field)}"):
        clf.fit(*handful)

    assert epochs.heard == []


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
    clf = make(checkpoint=tmp_path, callbacks=[Interrupt(1)])

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    (path,) = tmp_path.iterdir()
    loaded = load_model(path)
    assert path.name.startswith("01-")
    assert loaded.n_iter_ == 1
    assert_same_fit(loaded, make(epochs=1).fit(*handful), handful[0])
