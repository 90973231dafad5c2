"""Pictures that are named on the command line: files, folders, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from digitclf.cli._stderr import complain, in_words

if TYPE_CHECKING:
    import numpy as np

STANDARD_INPUT = "-"

MAX_BYTES = 500_000_000
"""Longer standard input is refused: it may never end."""


class Picture(NamedTuple):
    """A picture as it is, and the image that the network gets."""

    name: str
    pixels: np.ndarray | None
    image: np.ndarray


def read_pictures(
    arguments: Iterable[Path], raw: bool, n_kept: int
) -> tuple[list[Picture], bool]:
    """Return the pictures that can be used, and whether these are all.

    A line is printed for each of the others. The pixels are kept for the first `n_kept`
    pictures, and are None for the others.
    """
    pictures: list[Picture] = []
    complete = True
    for source in _sources(arguments):
        try:
            if isinstance(source, Exception):
                raise source
            picture = _read(source, raw)
        except (OSError, ValueError) as error:
            complain(f"Error: {in_words(error)}")
            complete = False
        else:
            if len(pictures) >= n_kept:
                picture = picture._replace(pixels=None)
            pictures.append(picture)
    return pictures, complete


def _sources(arguments: Iterable[Path]) -> Iterator[Path | Exception]:
    """Yield the paths of pictures, and errors for folders without pictures."""
    from digitclf.datasets._picture_files import pictures_below

    for path in arguments:
        if not os.path.isdir(path):
            yield path
            continue
        try:
            yield from pictures_below(path)
        except (OSError, ValueError) as error:
            yield error


def _read(path: Path, raw: bool) -> Picture:
    from digitclf.datasets._picture_files import grey_levels
    from digitclf.datasets._pictures import read_picture
    from digitclf.preprocessing._normalize import normalize

    source: Any = path
    name = repr(str(path))
    if str(path) == STANDARD_INPUT:
        source, name = _read_standard_input(), "Standard input"
    pixels = read_picture(source, name, reduced=not raw)
    if raw:
        return Picture(str(path), pixels, grey_levels(pixels, name))
    return Picture(str(path), pixels, normalize(pixels, name))


def _read_standard_input() -> bytes:
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if not content:
        raise ValueError("Standard input is empty, expected a picture.")
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"Standard input has more than {MAX_BYTES:,} bytes, expected a picture."
        )
    return content
