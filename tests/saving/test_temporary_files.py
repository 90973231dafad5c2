"""Temporary files: no model files, and none is left for long."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from support.posix import NEEDS_SIGKILL

from digitclf._model_file import whole_files
from digitclf._model_file.whole_files import write_to_folder, write_whole

pytestmark = NEEDS_SIGKILL

KILLED = """
    import os, signal, sys
    from pathlib import Path
    from digitclf._model_file.whole_files import write_whole

    def write(path):
        path.write_bytes(b"half of it")
        {action}

    write_whole(Path(sys.argv[1]), write, overwrite=True)
"""


def start_writing(path, action):
    script = textwrap.dedent(KILLED).format(action=action)
    return subprocess.Popen(
        [sys.executable, "-c", script, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


@pytest.fixture
def leftover(tmp_path):
    """Return the temporary file of a process that was killed while it wrote."""
    action = "os.kill(os.getpid(), signal.SIGKILL)"
    with start_writing(tmp_path / "digits.keras", action) as process:
        assert process.wait(timeout=60) == -signal.SIGKILL
    (path,) = tmp_path.iterdir()
    return path


def write(path):
    path.write_bytes(b"whole")


def test_leftover_is_no_model_file(leftover, tmp_path):
    assert leftover.name.startswith(".digitclf-")
    assert list(tmp_path.glob("*.keras")) == []


def test_next_write_removes_leftovers(leftover, tmp_path):
    write_whole(tmp_path / "other.keras", write, overwrite=True)

    assert [path.name for path in tmp_path.iterdir()] == ["other.keras"]


def test_file_of_a_running_process_is_not_removed(tmp_path):
    path = tmp_path / "digits.keras"
    with start_writing(path, "print('ready', flush=True); input()") as process:
        assert process.stdout.readline() == b"ready\n"
        write_whole(tmp_path / "other.keras", write, overwrite=True)
        process.communicate(b"\n", timeout=60)

    assert process.returncode == 0
    assert path.read_bytes() == b"half of it"
    assert len(list(tmp_path.iterdir())) == 2


def test_file_of_another_thread_is_not_removed(tmp_path):
    def write_both(path):
        write_whole(tmp_path / "inner.keras", write, overwrite=True)
        assert path.exists()
        write(path)

    write_whole(tmp_path / "outer.keras", write_both, overwrite=True)

    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"whole"}


@pytest.mark.parametrize(("days", "is_removed"), [(0.5, False), (2, True)])
def test_leftover_of_another_host_is_removed_after_a_day(
    days, is_removed, leftover, tmp_path
):
    pid_and_token = leftover.name.rsplit("-", 2)[1:]
    name = "-".join([".digitclf-some-other-host", *pid_and_token])
    other = leftover.rename(tmp_path / name)
    then = time.time() - days * 24 * 3600
    os.utime(other, (then, then))

    write_whole(tmp_path / "digits.keras", write, overwrite=True)

    assert other.exists() != is_removed


def test_other_files_are_left_alone(tmp_path):
    names = [".digitclf-notes", "digitclf-x.tmp", ".digits-1234.keras", "a.tmp"]
    for name in names:
        (tmp_path / name).write_text("mine")
    os.symlink(tmp_path / "a.tmp", tmp_path / ".digitclf-host-1-x.tmp")

    write_whole(tmp_path / "digits.keras", write, overwrite=True)

    assert all((tmp_path / name).read_text() == "mine" for name in names)


def test_error_names_the_file_and_leaves_nothing(tmp_path):
    def fail(path):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"No space left on device: .*digits\.keras"):
        write_whole(tmp_path / "digits.keras", fail, overwrite=True)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("overwrite", [True, False])
def test_write_without_locks_works_as_on_windows(overwrite, tmp_path, monkeypatch):
    monkeypatch.setattr(whole_files, "ON_WINDOWS", True)
    new = tmp_path / f".digitclf-{whole_files.HOST}-1-abc.tmp"
    new.write_bytes(b"of another process")

    path = write_whole(tmp_path / "digits.keras", write, overwrite=overwrite)

    assert path.read_bytes() == b"whole"
    assert sorted(tmp_path.iterdir()) == sorted([new, path])
    then = time.time() - 3600
    os.utime(new, (then, then))
    write_whole(tmp_path / "digits.keras", write, overwrite=overwrite)
    assert not new.exists()


def test_replacing_is_tried_again_while_the_file_is_open_on_windows(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(whole_files, "ON_WINDOWS", True)
    replace, attempts = os.replace, []

    def replace_at_third(source, target):
        attempts.append(target)
        if len(attempts) < 3:
            raise PermissionError(13, "Access is denied", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", replace_at_third)

    path = write_whole(tmp_path / "digits.keras", write, overwrite=True)

    assert path.read_bytes() == b"whole"
    assert len(attempts) == 3


def write_while_removed(folder, times):
    """Write to a folder that is removed so many times before the file is complete."""
    removals = iter(range(times))

    def write_or_remove(path):
        write(path)
        if next(removals, None) is not None:
            shutil.rmtree(folder)

    return write_to_folder(
        folder, lambda: write_whole(folder / "digits.keras", write_or_remove, True)
    )


def test_folder_removed_during_a_write_is_made_again(tmp_path):
    path = write_while_removed(tmp_path / "models", times=2)

    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


def test_folder_that_is_always_removed_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"digits\.keras"):
        write_while_removed(tmp_path / "models", times=10)
