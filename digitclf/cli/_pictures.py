"""Pictures that are named on the command line: files, folders, standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from digitclf.cli._stderr import complain, in_words, shown

if TYPE_CHECKING:
    import numpy as np

MODEL_SUFFIX = ".keras"

STANDARD_INPUT = "-"

MAX_BYTES = 500_000_000
"""Longer standard input is refused: it may never end."""


class Picture(NamedTuple):
    """A picture as it is, and the image that the network gets."""

    name: str
    pixels: np.ndarray | None
    image: np.ndarray


def check_are_no_models(paths: Iterable[Path], argument: str) -> None:
    """Raise an error if a model file is given where pictures are expected."""
    for path in paths:
        if path.suffix == MODEL_SUFFIX:
            raise typer.BadParameter(
                f"{shown(path)} is a model file, expected a picture. Pass it with "
                f"--model {shown(path)}",
                param_hint=f"'{argument}'",
            )


def read_pictures(
    arguments: Iterable[Path], raw: bool, n_kept: int
) -> tuple[list[Picture], bool]:
    """Return the pictures that can be used, and whether these are all.

    A line is printed for each of the others. The pixels are kept for the first `n_kept`
    pictures, and are None for the others.
    """
    pictures: list[Picture] = []
    complete = True
    for source in picture_sources(arguments):
        try:
            picture = _read(source, raw)
        except (OSError, ValueError) as error:
            complain(f"Error: {in_words(error)}")
            complete = False
        else:
            if len(pictures) >= n_kept:
                picture = picture._replace(pixels=None)
            pictures.append(picture)
    return pictures, complete


def picture_sources(
    arguments: Iterable[Path], more_suffixes: Collection[str] = ()
) -> Iterator[Path | Exception]:
    """Yield the paths of pictures, and errors for folders without pictures.

    Parameters
    ----------
    arguments : iterable of Path
    more_suffixes : collection of str
        Endings of other files in folders, in lower case.
    """
    from digitclf.datasets._picture_files import pictures_below

    for path in arguments:
        if not os.path.isdir(path):
            yield path
            continue
        try:
            yield from pictures_below(path, more_suffixes)
        except (OSError, ValueError) as error:
            yield error


def read_pixels(
    source: Path | Exception, *, reduced: bool
) -> tuple[np.ndarray, str, str]:
    """Return the pixels of a picture, its path, and what errors call it.

    Parameters
    ----------
    source : Path or Exception
        One of `picture_sources`. Errors are raised.
    reduced : bool
        Whether large pictures may be reduced.
    """
    from digitclf.datasets._pictures import read_picture

    if isinstance(source, Exception):
        raise source
    path = str(source)
    if path == STANDARD_INPUT:
        name = "Standard input"
        return read_picture(_read_standard_input(), name, reduced=reduced), path, name
    name = repr(path)
    return read_picture(source, name, reduced=reduced), path, name


def _read(source: Path | Exception, raw: bool) -> Picture:
    from digitclf.datasets._picture_files import grey_levels
    from digitclf.preprocessing._normalize import normalize

    pixels, path, name = read_pixels(source, reduced=not raw)
    if raw:
        return Picture(path, pixels, grey_levels(pixels, name))
    return Picture(path, pixels, normalize(pixels, name))


def _read_standard_input() -> bytes:
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if not content:
        raise ValueError("Standard input is empty, expected a picture.")
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"Standard input has more than {MAX_BYTES:,} bytes, expected a picture."
        )
    return content
