"""Where ``digitclf train`` keeps the best epoch while the model is not yet saved."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from digitclf.cli._stderr import complain, shown


@contextlib.contextmanager
def checkpoint_beside(output: Path) -> Iterator[Path]:
    """Yield where to keep the best epoch, which is removed when all went well.

    The file has a folder of its own: nobody else writes there, so what is in it is
    known, and making it shows before the training that the model can be saved.
    """
    folder = _new_folder(output.with_name(f"{output.stem}.checkpoint"))
    best = folder / f"best{output.suffix}"
    try:
        yield best
    except BaseException:
        if best.exists():
            complain(f"The best epoch so far is kept in {shown(best)}")
        else:
            shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


def _new_folder(wanted: Path) -> Path:
    """Make a folder that nobody else has, of the wanted name or with a number."""
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        number, folder = 1, wanted
        while True:
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
            number += 1
            folder = wanted.with_name(f"{wanted.name}-{number}")
    except OSError as error:
        raise OSError(
            "--output: files cannot be written to the folder "
            f"{shown(wanted.parent)} ({error.strerror})."
        ) from error
