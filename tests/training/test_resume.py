"""Fits that go on after a kill, and end as if there had been none."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from support.classifiers import quick_cnn, quick_mlp
from support.comparing import assert_same_fit, same_weights
from support.posix import NEEDS_SIGKILL
from support.recording_callbacks import Epochs, Interrupt
from support.resuming import CopiesFolder, LowersRate

from digitclf._training.saved_run import (
    ARRAYS,
    DESCRIPTION,
    read_saved_run,
)

LONG = {"epochs": 4, "optimizer": "adam", "learning_rate": 0.01}

SETTINGS = {
    "averaged": {"ema_momentum": 0.9, "dropout": 0.2, "class_weight": "balanced"},
    "one_cycle": {"schedule": "one_cycle", "ema_momentum": 0.9, "dropout": 0.2},
    "held_out": {"validation_split": 0.2, "patience": 1, "learning_rate": 0.5},
    "augmented": {"augment": {"rotation": 20, "noise": 0.1}},
    "sgd": {"optimizer": "sgd", "optimizer__momentum": 0.9, "weight_decay": 0.01},
}


def folder_names(folder):
    return sorted(path.name for path in folder.iterdir())


def interrupt(clf, X, y, epoch=1, **kwargs):
    """Fit a classifier until the end of an epoch, as a killed process does."""
    callbacks = clf.callbacks
    clf.set_params(callbacks=[Interrupt(epoch), *(callbacks or [])])
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, y, **kwargs)
    return clf.set_params(callbacks=callbacks)


@pytest.fixture(scope="module")
def interrupted_once(handful, tmp_path_factory):
    """Return the folder of a fit that was interrupted in its second epoch."""
    folder = tmp_path_factory.mktemp("interrupted")
    interrupt(quick_mlp(**LONG, checkpoint=folder), *handful)
    return folder


@pytest.fixture
def interrupted(interrupted_once, tmp_path):
    """Return a copy of the folder of an interrupted fit."""
    return shutil.copytree(interrupted_once, tmp_path / "interrupted")


def resume(folder, **params):
    return quick_mlp(**LONG | params, checkpoint=folder, resume=True)


# The same end


@pytest.mark.parametrize(
    "settings",
    [
        "one_cycle",
        "held_out",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("averaged", "sgd")),
    ],
)
def test_fit_killed_at_any_time_ends_as_if_it_had_not_been(
    settings, make_quick, handful, validation, tmp_path
):
    folder, copies = tmp_path / "models", tmp_path / "copies"
    params = LONG | SETTINGS[settings]
    held_out = {} if settings == "held_out" else validation
    copying = CopiesFolder(folder, copies)
    whole = make_quick(**params, checkpoint=folder, callbacks=[LowersRate(), copying])
    whole.fit(*handful, **held_out)

    for left in copies.iterdir():
        clf = make_quick(**params, checkpoint=left, resume=True, callbacks=LowersRate())
        clf.fit(*handful, **held_out)

        assert_same_fit(clf, whole, handful[0])
        assert clf.checkpoint_path_.name == whole.checkpoint_path_.name
        assert folder_names(left) == folder_names(folder)
    assert len(list(copies.iterdir())) == 2 * whole.n_iter_


KILLED = """
    import sys
    sys.path.insert(0, {tests!r})
    import numpy as np
    from support.classifiers import make_quick
    from support.resuming import KillsItself, LowersRate

    X, y = np.load({images!r}), np.load({labels!r})
    clf = make_quick({name!r}, **{params!r}, checkpoint={folder!r})
    clf.set_params(callbacks=[LowersRate(), KillsItself({epoch})])
    clf.fit(X, y, X_val=X[:50], y_val=y[:50])
"""


@NEEDS_SIGKILL
@pytest.mark.parametrize(
    ("name", "settings", "epoch"),
    [
        pytest.param("MLPDigitClassifier", "sgd", 1, marks=pytest.mark.slow),
        ("CNNDigitClassifier", "one_cycle", 2),
        *(
            pytest.param(name, settings, epoch, marks=pytest.mark.slow)
            for name in ("MLPDigitClassifier", "CNNDigitClassifier")
            for settings in ("averaged", "held_out")
            for epoch in range(4)
        ),
    ],
)
def test_fit_in_a_process_that_was_killed_is_resumed(
    name, settings, epoch, handful, tmp_path
):
    X, y = handful
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    params = LONG | SETTINGS[settings]
    folder = tmp_path / "models"
    script = KILLED.format(
        tests=str(Path(__file__).parents[1]),
        images=str(tmp_path / "X.npy"),
        labels=str(tmp_path / "y.npy"),
        name=name,
        params=params,
        folder=str(folder),
        epoch=epoch,
    )
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    make = quick_mlp if name.startswith("MLP") else quick_cnn
    held_out = {"X_val": X[:50], "y_val": y[:50]}
    epochs = Epochs()
    clf = make(
        **params, checkpoint=folder, resume=True, callbacks=[LowersRate(), epochs]
    ).fit(X, y, **held_out)

    whole = make(**params, callbacks=LowersRate()).fit(X, y, **held_out)
    assert_same_fit(clf, whole, X)
    assert len(epochs.logs) == 4 - epoch
    assert not list(folder.glob("*-2.keras"))
    assert not list(folder.glob("*.resume"))


def test_optimizer_goes_on_after_a_resumed_fit(handful, tmp_path):
    X, y = handful
    interrupt(quick_mlp(**LONG, checkpoint=tmp_path), X, y)
    clf = resume(tmp_path).fit(X, y)

    whole = quick_mlp(**LONG).fit(X, y)

    assert same_weights(clf.partial_fit(X, y), whole.partial_fit(X, y))


def test_resumed_fit_without_a_seed_keeps_that_of_the_killed_one(handful, tmp_path):
    folder, copies = tmp_path / "models", tmp_path / "copies"
    params = {"random_state": None, "validation_split": 0.2, "dropout": 0.3}
    copying = CopiesFolder(folder, copies)
    whole = quick_mlp(**LONG | params, checkpoint=folder, callbacks=copying)
    whole.fit(*handful)

    # A process killed before the first state is written leaves no seed.
    with_a_state = [left for left in copies.iterdir() if any(left.glob("*.resume"))]
    assert {left.name for left in copies.iterdir()} - {"0 begins"} <= {
        left.name for left in with_a_state
    }
    for left in with_a_state:
        assert_same_fit(resume(left, **params).fit(*handful), whole, handful[0])


def test_warm_started_fit_is_resumed(handful, tmp_path):
    folder, copies = tmp_path / "models", tmp_path / "copies"
    first = quick_mlp(epochs=2).fit(*handful)
    whole = quick_mlp(epochs=2).fit(*handful)
    copying = CopiesFolder(folder, copies)
    whole.set_params(warm_start=True, checkpoint=folder, callbacks=copying)
    whole.fit(*handful)

    clf = first.set_params(
        warm_start=True, checkpoint=copies / "3 begins", resume=True
    ).fit(*handful)

    assert_same_fit(clf, whole, handful[0])
    assert clf.n_iter_ == 4


def test_longer_fit_may_be_resumed_if_the_rate_is_constant(interrupted, handful):
    clf = resume(interrupted, epochs=6).fit(*handful)

    assert_same_fit(clf, quick_mlp(**LONG | {"epochs": 6}).fit(*handful), handful[0])


def test_shorter_fit_that_is_done_already_ends_at_once(interrupted, handful):
    epochs = Epochs()

    clf = resume(interrupted, epochs=1, callbacks=[epochs]).fit(*handful)

    assert epochs.calls == ["train begins", "train ends"]
    assert_same_fit(clf, quick_mlp(**LONG | {"epochs": 1}).fit(*handful), handful[0])


def test_parameters_that_do_not_change_the_result_may_differ(
    interrupted, handful, capsys
):
    epochs = Epochs()

    clf = resume(interrupted, verbose=2, callbacks=[epochs]).fit(*handful)

    assert_same_fit(clf, quick_mlp(**LONG).fit(*handful), handful[0])
    assert epochs.calls[1] == "epoch 1 begins"
    assert capsys.readouterr().out.startswith("Epoch 2/4 ")


def test_callbacks_see_the_saved_state_when_training_begins(interrupted, handful):
    class Begins(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.weights = self.model.get_weights()
            self.model.set_weights([0 * weight for weight in self.weights])

    begins = Begins()
    clf = resume(interrupted, callbacks=[begins]).fit(*handful)

    one_epoch = quick_mlp(**LONG | {"epochs": 1}).fit(*handful)
    np.testing.assert_equal(begins.weights, one_epoch.model_.get_weights())
    assert_same_fit(clf, quick_mlp(**LONG).fit(*handful), handful[0])


# The files


def test_resume_file_is_removed_at_the_end(handful, tmp_path):
    quick_mlp(checkpoint=tmp_path).fit(*handful)

    assert {path.suffix for path in tmp_path.iterdir()} == {".keras"}


def test_checkpoint_and_state_are_on_the_disk_when_callbacks_hear_of_an_epoch(
    handful, tmp_path
):
    seen = []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            checkpoints = {path.name[:3] for path in tmp_path.glob("*.keras")}
            saved = read_saved_run(tmp_path / "fit.resume")
            seen.append((f"{epoch + 1:02d}-" in checkpoints, len(saved.epochs)))

    quick_mlp(epochs=3, checkpoint=tmp_path, callbacks=[Look()]).fit(*handful)

    assert seen == [(True, 0), (True, 1), (True, 2)]


def test_checkpoint_has_the_numbers_that_callbacks_added_before(handful, tmp_path):
    from digitclf import load_model

    clf = quick_mlp(epochs=3, checkpoint=tmp_path, callbacks=[LowersRate()])
    clf.fit(*handful)

    rates = load_model(clf.checkpoint_path_).history_["rate"]
    np.testing.assert_equal(rates, [*clf.history_["rate"][:2], np.nan])
    assert np.isfinite(clf.history_["rate"][2])


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("models", "models/fit.resume"),
        ("best.keras", "best.resume"),
        ("{epoch}/{val_loss:.2f}.keras", "epoch-val_loss.resume"),
        ("a/{epoch:02d}-{loss:.1f}.keras", "a/epoch-loss.resume"),
        ("a{{b}}/c{{d}}.keras", "a{b}/c{d}.resume"),
    ],
)
def test_resume_file_is_in_the_folder_of_the_checkpoints(
    target, name, handful, validation, tmp_path
):
    clf = quick_mlp(**LONG, checkpoint=str(tmp_path / target))
    interrupt(clf, *handful, **validation)

    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*.resume")] == [
        Path(name)
    ]
    clf.set_params(resume=True).fit(*handful, **validation)
    whole = quick_mlp(**LONG).fit(*handful, **validation)
    assert_same_fit(clf, whole, handful[0])
    assert not list(tmp_path.rglob("*.resume"))
    assert not list(tmp_path.rglob("*-2.keras"))


def test_folder_may_be_moved_before_the_fit_is_resumed(interrupted, handful):
    moved = interrupted.rename(interrupted.with_name("moved"))

    clf = resume(moved).fit(*handful)

    assert clf.checkpoint_path_.parent == moved
    assert len(list(moved.iterdir())) == 4


def test_checkpoints_of_earlier_fits_are_not_overwritten(handful, tmp_path):
    whole = quick_mlp(**LONG, checkpoint=tmp_path).fit(*handful)
    earlier = {path: path.read_bytes() for path in tmp_path.iterdir()}
    interrupt(quick_mlp(**LONG, checkpoint=tmp_path), *handful)

    clf = resume(tmp_path).fit(*handful)

    assert clf.checkpoint_path_.stem == f"{whole.checkpoint_path_.stem}-2"
    assert {path: path.read_bytes() for path in earlier} == earlier
    assert len(list(tmp_path.iterdir())) == 8


def test_without_a_resume_file_training_starts_from_the_beginning(handful, tmp_path):
    quick_mlp(**LONG, checkpoint=tmp_path).fit(*handful)
    epochs = Epochs()

    clf = resume(tmp_path, callbacks=[epochs]).fit(*handful)

    assert len(epochs.logs) == 4
    assert clf.checkpoint_path_.stem.endswith("-2")


def test_simultaneous_fits_keep_a_state_each(handful, tmp_path):
    meet = threading.Barrier(2, timeout=60)

    class Wait(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            meet.wait()
            if epoch == 2:
                raise KeyboardInterrupt

    def run(seed):
        with pytest.raises(KeyboardInterrupt):
            quick_mlp(
                **LONG | {"random_state": seed}, checkpoint=tmp_path, callbacks=[Wait()]
            ).fit(*handful)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(list(tmp_path.glob("fit*.resume"))) == 2
    for seed in range(2):
        epochs = Epochs()
        clf = resume(tmp_path, random_state=seed, callbacks=[epochs]).fit(*handful)
        whole = quick_mlp(**LONG | {"random_state": seed}).fit(*handful)
        assert_same_fit(clf, whole, handful[0])
        assert len(epochs.logs) < 4


# Errors


def test_resume_without_a_checkpoint_is_an_error(handful):
    with pytest.raises(ValueError, match="resume=True needs checkpoint"):
        quick_mlp(resume=True).fit(*handful)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"learning_rate": 0.02}, r"learning_rate \(0\.01, now 0\.02\)"),
        ({"hidden_layer_sizes": (8,)}, r"hidden_layer_sizes \(\[16\], now \[8\]\)"),
        ({"optimizer__beta_1": 0.8}, "optimizer__beta_1"),
        ({"random_state": 1}, "random_state"),
        ({"random_state": None}, "random_state"),
        ({"class_weight": {0: 2.0}}, r"class_weight"),
        ({"schedule": "one_cycle"}, r"epochs.*schedule"),
    ],
)
def test_other_parameters_are_named(params, message, interrupted, handful):
    with pytest.raises(ValueError, match=rf"fit\.resume.*differs.*{message}") as error:
        resume(interrupted, **params).fit(*handful)

    assert "sample_weight" not in str(error.value)
    assert "images" not in str(error.value)


def test_all_epochs_of_one_cycle_count(handful, tmp_path):
    clf = quick_mlp(**LONG, checkpoint=tmp_path, schedule="one_cycle")
    interrupt(clf, *handful)

    with pytest.raises(ValueError, match=r"epochs \(4, now 5\)"):
        clf.set_params(resume=True, epochs=5).fit(*handful)


def other_data(name, X, y):
    weights = np.ones(len(y))
    match name:
        case "X":
            return {"X": X + (np.arange(X.size).reshape(X.shape) == 70), "y": y}
        case "y":
            return {"X": X, "y": np.roll(y, 1)}
        case "classes":
            return {"X": X, "y": y.astype(str)}
        case "sample_weight":
            weights[3] = 2
            return {"X": X, "y": y, "sample_weight": weights}
        case "X_val":
            return {"X": X, "y": y, "X_val": X[:20], "y_val": y[:20]}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("X", r"in the images \(X\)\."),
        ("y", r"in the labels \(y\)\."),
        ("classes", r"in the labels \(y\)\."),
        ("sample_weight", r"in sample_weight\."),
        ("X_val", r"in the validation images \(X_val\), the validation labels"),
    ],
)
def test_other_data_are_named(name, message, interrupted, handful):
    with pytest.raises(ValueError, match=message):
        resume(interrupted).fit(**other_data(name, *handful))


def test_other_estimator_is_named(interrupted, handful):
    clf = quick_cnn(checkpoint=interrupted, resume=True)

    with pytest.raises(ValueError, match=r"the class \(MLPDigitClassifier, now CNN"):
        clf.fit(*handful)


def test_another_earlier_fit_is_named(handful, tmp_path):
    clf = quick_mlp(epochs=2).fit(*handful)
    clf.set_params(warm_start=True, checkpoint=tmp_path)
    interrupt(clf, *handful, epoch=3)
    other = quick_mlp(epochs=2, random_state=0, dropout=0.1).fit(*handful)
    other.set_params(dropout=0.0, warm_start=True, checkpoint=tmp_path, resume=True)

    with pytest.raises(ValueError, match="the earlier fit that warm_start continues"):
        other.fit(*handful)


def test_refused_resume_leaves_the_file(interrupted, handful):
    with pytest.raises(ValueError, match="differs"):
        resume(interrupted, learning_rate=0.5).fit(*handful)

    clf = resume(interrupted).fit(*handful)

    assert_same_fit(clf, quick_mlp(**LONG).fit(*handful), handful[0])


# Damaged and hostile files


@pytest.fixture
def resume_file(interrupted):
    return interrupted / "fit.resume"


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, contents, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


def described(path, **changes):
    contents = members(path)
    description = json.loads(contents[DESCRIPTION]) | changes
    return contents | {DESCRIPTION: json.dumps(description)}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"class": None},
        {"parameters": []},
        {"parameters": {"epochs": 4}},
        {"seed": -1},
        {"seed": 1.5},
        {"seed": True},
        {"first_epoch": 10**9},
        {"epochs": {}},
        {"epochs": [{"loss": 1.0, "accuracy": 1.0}]},
        {"epochs": [{"loss": "nan", "accuracy": "0x1p-1"}]},
        {"epochs": [{"loss": "0x1p-1"}]},
        {"epochs": [{"loss": "0x1p+9999", "accuracy": "0x1p-1"}]},
        {"best_epoch": 0},
        {"best_epoch": 2},
        {"checkpoints": [[2, 1]]},
        {"checkpoints": [[1, 0]]},
        {"checkpoints": [1]},
        {"checkpoints": 1},
        {"arrays": {}},
        {"arrays": []},
        {"arrays": {"weights": [[[2**40], "<f4"]]}},
        {"arrays": {"weights": [[[-1], "<f4"]]}},
        {"arrays": {"weights": [[[1], "|O"]]}},
        {"arrays": {"weights": [[[1], "<U100000000"]]}},
    ],
    ids=str,
)
def test_invalid_description_is_an_error_that_names_the_file(changes, resume_file):
    rewrite(resume_file, described(resume_file, **changes))

    with pytest.raises(ValueError, match=r"fit\.resume.*not a valid resume file"):
        read_saved_run(resume_file)


@pytest.mark.parametrize("name", ["weights", "averages", "best"])
def test_values_that_are_not_finite_are_an_error(name, handful, tmp_path):
    clf = quick_mlp(**LONG, checkpoint=tmp_path, ema_momentum=0.9)
    interrupt(clf, *handful)
    path = tmp_path / "fit.resume"
    contents = members(path)
    arrays = json.loads(contents[DESCRIPTION])["arrays"]
    start = 0
    for group, specs in arrays.items():
        if group == name:
            break
        start += sum(
            int(np.prod(shape)) * np.dtype(dtype).itemsize for shape, dtype in specs
        )
    nan = np.float32(np.nan).tobytes()
    changed = contents[ARRAYS][:start] + nan + contents[ARRAYS][start + 4 :]
    rewrite(path, contents | {ARRAYS: changed})

    with pytest.raises(ValueError, match=f"resume: {name} .*not finite"):
        clf.set_params(resume=True).fit(*handful)


def test_arrays_of_another_network_are_an_error(handful, tmp_path):
    clf = quick_mlp(**LONG, checkpoint=tmp_path / "a")
    interrupt(clf, *handful)
    other = quick_mlp(**LONG, checkpoint=tmp_path / "b", hidden_layer_sizes=(8,))
    interrupt(other, *handful)
    path = tmp_path / "a" / "fit.resume"
    theirs = members(tmp_path / "b" / "fit.resume")
    arrays = json.loads(theirs[DESCRIPTION])["arrays"]
    rewrite(path, described(path, arrays=arrays) | {ARRAYS: theirs[ARRAYS]})

    with pytest.raises(ValueError, match="not those of this network"):
        clf.set_params(resume=True).fit(*handful)


def test_other_archives_are_errors(resume_file):
    contents = members(resume_file)
    whole = resume_file.read_bytes()
    bomb = io.BytesIO()
    rewrite(bomb, contents | {ARRAYS: bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    more = io.BytesIO()
    rewrite(more, contents | {"more": b""})
    damaged = [
        b"",
        b"no archive",
        bomb.getvalue(),
        more.getvalue(),
        *(whole[:length] for length in range(0, len(whole), len(whole) // 50)),
    ]
    for content in damaged:
        resume_file.write_bytes(content)
        with pytest.raises(ValueError, match=r"fit\.resume"):
            read_saved_run(resume_file)


def test_no_flipped_byte_goes_unnoticed(resume_file):
    whole = resume_file.read_bytes()
    before = read_saved_run(resume_file)
    random = np.random.default_rng(0)
    for place in random.integers(len(whole), size=300):
        flipped = bytearray(whole)
        flipped[place] ^= int(random.integers(1, 256))
        resume_file.write_bytes(flipped)
        try:
            after = read_saved_run(resume_file)
        except ValueError:
            continue
        np.testing.assert_equal(vars(after), vars(before))


def test_resume_file_may_not_be_a_pipe(handful, tmp_path):
    os.mkfifo(tmp_path / "fit.resume")

    with pytest.raises(ValueError, match=r"fit\.resume.*not a regular file"):
        resume(tmp_path).fit(*handful)
