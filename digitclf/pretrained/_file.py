"""The file of the pretrained model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

MODEL = resources.files("digitclf.pretrained") / "digits.keras"


@contextmanager
def pretrained_file() -> Iterator[Path]:
    """Yield the path of the file.

    Raises
    ------
    FileNotFoundError
        If it is missing from the installed package.
    """
    try:
        with resources.as_file(MODEL) as path:
            yield path
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"The pretrained model {str(MODEL)!r} is missing. It is part of digitclf, "
            "so the installation is incomplete. Reinstall it: pip install "
            "--force-reinstall --no-deps digitclf"
        ) from error
