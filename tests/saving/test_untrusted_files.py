"""Model files from an attacker: load_model raises a ValueError, nothing more."""

import contextlib
import ctypes
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from support.classifiers import quick_mlp
from support.hostile_files import (
    byte_flips,
    hostile_files,
    mended_flips,
    truncations,
)
from support.posix import NEEDS_LIMITS

from digitclf import load_model, load_predictor, save_model

HARMLESS_EVENTS = (
    "array.",
    "builtins.id",
    "code.__new__",
    "gc.",
    "object.",
    "sys._get",
)
"""Audit events without an effect outside of the interpreter."""

WATCHED = {"path": None, "events": []}


def record(event, args, watched=WATCHED, harmless=HARMLESS_EVENTS):
    """Note what happens while a file is loaded, except for opening that file.

    The defaults still exist when the interpreter ends, unlike the global names.
    """
    path = watched["path"]
    if path is None or event.startswith(harmless):
        return
    if event == "open" and (isinstance(args[0], int) or Path(args[0]) == path):
        return  # an int is a file that was opened before
    watched["events"].append((event, str(args)[:200]))


@pytest.fixture(scope="module", autouse=True)
def audit_hook():
    sys.addaudithook(record)


@contextlib.contextmanager
def only_reading(path):
    """Fail if anything but the file is opened, or a process or socket is created."""
    WATCHED.update(path=path, events=[])
    try:
        yield
    finally:
        WATCHED["path"] = None
    assert not WATCHED["events"]


@contextlib.contextmanager
def opening_nothing_in(folder):
    """Fail if a file of a folder is opened, by Python or by a library."""
    if sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_NONBLOCK)
    in_open = 0x20
    assert libc.inotify_add_watch(descriptor, os.fsencode(folder), in_open) >= 0
    try:
        yield
        with pytest.raises(BlockingIOError):
            os.read(descriptor, 4096)
    finally:
        os.close(descriptor)


@pytest.fixture(scope="module")
def valid(digits_few, tmp_path_factory):
    """Return the path of a model file that was loaded once, for its imports."""
    X, y = digits_few
    clf = quick_mlp(hidden_layer_sizes=(16, 8), epochs=1).fit(X, y)
    path = tmp_path_factory.mktemp("valid") / "valid.keras"
    save_model(clf, path)
    load_model(path)
    return path


@pytest.fixture(scope="module")
def digits_few():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X[:100], y[:100]


def keras_settings():
    return (
        keras.config.floatx(),
        keras.config.epsilon(),
        keras.config.image_data_format(),
        keras.config.dtype_policy().name,
        dict(keras.saving.get_custom_objects()),
    )


@pytest.fixture
def outside(tmp_path):
    """Return a folder with files that hostile files refer to."""
    folder = tmp_path / "outside"
    folder.mkdir()
    with h5py.File(folder / "outside.h5", "w") as file:
        file.create_dataset("kernel", (64, 16), "<f4", maxshape=(None, 16))
    return folder


def test_hostile_files_are_refused_and_nothing_happens(valid, outside, tmp_path):
    path = tmp_path / "hostile.keras"
    before = sorted(outside.iterdir()), keras_settings()
    messages = []

    for name, content in hostile_files(valid, outside):
        path.write_bytes(content)
        with opening_nothing_in(outside), only_reading(path):
            try:
                load_model(path)
                messages.append((name, ""))
            except ValueError as error:
                messages.append((name, str(error)))

    assert [name for name, text in messages if "hostile.keras" not in text] == []
    assert not [text for _, text in messages if "unsafe" in text]
    assert len(messages) > 200
    assert (sorted(outside.iterdir()), keras_settings()) == before
    assert sorted(tmp_path.iterdir()) == [path, outside]


@pytest.mark.parametrize(
    ("damaged", "n_files"),
    [(truncations, 200), (byte_flips, 1000), (mended_flips, 300)],
)
def test_damaged_files_are_refused_or_harmless(
    damaged, n_files, valid, digits_few, tmp_path
):
    X, _ = digits_few
    path = tmp_path / "damaged.keras"
    expected = load_model(valid).predict_proba(X)

    for content in damaged(valid, n_files):
        path.write_bytes(content)
        loaded = None
        with only_reading(path), contextlib.suppress(ValueError):
            loaded = load_model(path)
        if loaded is not None and damaged is not mended_flips:
            np.testing.assert_array_equal(loaded.predict_proba(X), expected)


IN_LITTLE_MEMORY = """
    import resource
    import sys
    from pathlib import Path

    sys.path.insert(0, sys.argv[3])
    from digitclf import load_model
    from support.hostile_files import hostile_files

    valid, folder = Path(sys.argv[1]), Path(sys.argv[2])
    paths = []
    for number, (_, content) in enumerate(hostile_files(valid, folder)):
        paths.append(folder / f"{number}.keras")
        paths[-1].write_bytes(content)
    del content
    load_model(valid)
    used = int(Path("/proc/self/statm").read_text().split()[0])
    limit = used * resource.getpagesize() + 300 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for path in paths:
        try:
            load_model(path)
        except ValueError:
            pass
    print("done")
"""


@pytest.mark.slow
@NEEDS_LIMITS
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_hostile_files_take_little_memory(valid, tmp_path):
    script, tests = textwrap.dedent(IN_LITTLE_MEMORY), Path(__file__).parents[1]
    finished = subprocess.run(
        [sys.executable, "-c", script, valid, tmp_path, tests],
        capture_output=True,
        text=True,
    )

    assert finished.stdout == "done\n", finished.stderr


# Files that are not regular


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.keras")

    with pytest.raises(ValueError, match=r"pipe\.keras.*not a regular file"):
        load_model(tmp_path / "pipe.keras")


def test_folder_is_an_error_of_the_file_system(tmp_path):
    (tmp_path / "folder.keras").mkdir()

    with pytest.raises(OSError, match=r"folder\.keras"):
        load_model(tmp_path / "folder.keras")


# Files of earlier versions


@pytest.mark.parametrize("name", ["mlp_without_format", "cnn_without_format"])
def test_file_of_an_earlier_version_is_loaded(name, digits_few):
    path = Path(__file__).parent / "files" / f"{name}.keras"
    X, y = digits_few

    loaded = load_model(path)

    network = keras.saving.load_model(path)
    pixels = X.reshape(-1, *network.input_shape[1:])
    np.testing.assert_allclose(
        loaded.predict_proba(X), network.predict(pixels, verbose=0), atol=1e-6
    )
    np.testing.assert_allclose(
        load_predictor(path).predict_proba(X), loaded.predict_proba(X), atol=1e-5
    )
    assert loaded.n_iter_ == loaded.epochs == 1
    assert loaded.history_.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    loaded.partial_fit(X, y)
