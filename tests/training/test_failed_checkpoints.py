"""Checkpoints that cannot be written in the middle of a fit: training goes on."""

import contextlib
import shutil
import warnings

import pytest
from support.classifiers import quick_mlp
from support.comparing import assert_same_fit
from support.full_disk import During, largest_file

from digitclf import load_model

resource = pytest.importorskip("resource", reason="Windows has no such limits.")

LONG = {"epochs": 4, "optimizer": "adam"}


def remove(folder):
    """Remove a folder at once, in the middle of whatever is written there."""
    removed = folder.with_name("removed")
    folder.rename(removed)
    shutil.rmtree(removed)


def fit_and_collect_warnings(clf, *data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf.fit(*data)
    return [
        warning
        for warning in caught
        if issubclass(warning.category, UserWarning)
        and "checkpoint" in str(warning.message)
    ]


def limit_files(size):
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


@pytest.fixture
def expected(handful):
    return quick_mlp(**LONG).fit(*handful)


def test_fit_on_a_full_disk_returns_the_best_epoch(expected, handful, tmp_path):
    callbacks = [During({2: lambda: limit_files(3000)})]
    clf = quick_mlp(**LONG, checkpoint=tmp_path / "models", callbacks=callbacks)

    with largest_file(resource.RLIM_INFINITY):
        (warning,) = fit_and_collect_warnings(clf, *handful)

    message = str(warning.message)
    assert message.startswith(f"checkpoint={str(tmp_path / 'models')!r}: ")
    assert "File too large" in message
    assert warning.filename == __file__
    assert_same_fit(clf, expected, handful[0])
    assert clf.checkpoint_path_.name.startswith("02-")
    assert load_model(clf.checkpoint_path_).n_iter_ == 2


def test_checkpoints_are_written_again_when_there_is_space(expected, handful, tmp_path):
    calls = {
        1: lambda: limit_files(3000),
        2: lambda: limit_files(resource.RLIM_INFINITY),
    }
    clf = quick_mlp(**LONG, checkpoint=tmp_path, callbacks=[During(calls)])

    with largest_file(resource.RLIM_INFINITY):
        caught = fit_and_collect_warnings(clf, *handful)

    assert len(caught) == 1
    names = sorted(path.name[:3] for path in tmp_path.iterdir())
    assert names == ["01-", "03-", "04-"]
    assert_same_fit(load_model(clf.checkpoint_path_), expected, handful[0])


def test_fit_without_any_checkpoint_has_no_path(expected, handful, tmp_path):
    folder = tmp_path / "models"
    callbacks = [During({0: lambda: limit_files(100)})]
    clf = quick_mlp(**LONG, checkpoint=folder, callbacks=callbacks)

    with largest_file(resource.RLIM_INFINITY):
        assert len(fit_and_collect_warnings(clf, *handful)) == 1

    assert clf.checkpoint_path_ is None
    assert list(folder.iterdir()) == []
    assert_same_fit(clf, expected, handful[0])


def test_folder_that_is_removed_is_made_again(expected, handful, tmp_path):
    folder = tmp_path / "models"
    callbacks = [During({2: lambda: remove(folder)})]
    clf = quick_mlp(**LONG, checkpoint=folder, callbacks=callbacks)

    assert fit_and_collect_warnings(clf, *handful) == []

    assert sorted(path.name[:3] for path in folder.iterdir()) == ["03-", "04-"]
    assert_same_fit(clf, expected, handful[0])


def test_folder_that_is_replaced_by_a_file_is_a_warning(expected, handful, tmp_path):
    folder = tmp_path / "models"

    def replace():
        while not folder.is_file():
            remove(folder)
            with contextlib.suppress(IsADirectoryError):  # made again meanwhile
                folder.write_text("no folder")

    clf = quick_mlp(**LONG, checkpoint=folder, callbacks=[During({2: replace})])

    (warning,) = fit_and_collect_warnings(clf, *handful)

    assert "models" in str(warning.message)
    assert_same_fit(clf, expected, handful[0])
    assert folder.read_text() == "no folder"


def test_fit_resumed_after_a_full_disk_ends_the_same(expected, handful, tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    calls = {2: lambda: limit_files(3000), 3: interrupt}
    clf = quick_mlp(**LONG, checkpoint=tmp_path, callbacks=[During(calls)])
    with (
        largest_file(resource.RLIM_INFINITY),
        pytest.warns(UserWarning, match="checkpoint"),
        pytest.raises(KeyboardInterrupt),
    ):
        clf.fit(*handful)

    clf = quick_mlp(**LONG, checkpoint=tmp_path, resume=True).fit(*handful)

    assert_same_fit(clf, expected, handful[0])
    assert sorted(path.name[:3] for path in tmp_path.iterdir()) == [
        *("01-", "02-", "03-", "04-")
    ]
