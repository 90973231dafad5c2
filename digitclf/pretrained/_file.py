"""The files of the models that are part of the package."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

FOLDER = resources.files("digitclf.pretrained")

MODEL = "digits.keras"
"""The pretrained model."""

DIGIT_OR_OTHER = "digit_or_other.keras"
"""The network that tells digits from other ink."""


@contextmanager
def pretrained_file(name: str = MODEL) -> Iterator[Path]:
    """Yield the path of a file that is part of the package.

    Parameters
    ----------
    name : str, default=MODEL
        `MODEL` or `DIGIT_OR_OTHER`.

    Raises
    ------
    FileNotFoundError
        If it is missing from the installed package.
    """
    file = FOLDER / name
    try:
        with resources.as_file(file) as path:
            yield path
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"The pretrained model {str(file)!r} is missing. It is part of digitclf, "
            "so the installation is incomplete. Reinstall it: pip install "
            "--force-reinstall --no-deps digitclf"
        ) from error
