"""A person's own images: a folder with one subfolder a class, whose name is its label.

Hidden files and files that are no images are passed over.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from digitclf.cli._image_files import (
    SUFFIXES,
    is_light,
    looks_inverted,
    read_grey_levels,
    size_of,
)
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import numpy as np


def find_images(folder: Path) -> dict[str, list[Path]]:
    """Return the image files of each class, in the order of their names."""
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {shown(folder)}")
    files = {
        each.name: [
            path
            for path in _visible(each)
            if path.suffix.lower() in SUFFIXES and path.is_file()
        ]
        for each in _visible(folder)
        if each.is_dir()
    }
    if not files:
        raise ValueError(
            f"{shown(folder)} has no subfolders. Expected one for each class, with its "
            "images in it and its label as its name."
        )
    for label, paths in files.items():
        if not paths:
            raise ValueError(
                f"{shown(folder / label)} has no images. Expected files that end in "
                f"{', '.join(SUFFIXES)}."
            )
    return files


def read_images(
    files: dict[str, list[Path]], invert: bool
) -> tuple[np.ndarray, list[str]]:
    """Return images (n_images, height, width) of one size, and their labels."""
    import numpy as np

    labels = [label for label, paths in files.items() for _ in paths]
    paths = [path for each in files.values() for path in each]
    images = list(_read_each(paths, invert))
    n_light = sum(map(is_light, images))
    if n_light > len(images) / 2:
        observed = f"{n_light:,} of {len(images):,} images are mostly light"
        warnings.warn(looks_inverted(observed, invert), UserWarning, stacklevel=2)
    return np.stack(images), labels


def as_numbers_if_all_are(labels: list[str]) -> np.ndarray:
    """Return labels that sort as numbers where all are whole ones, else as text."""
    import numpy as np

    try:
        numbers = [int(label) for label in labels]
    except ValueError:
        return np.array(labels)
    written_plainly = [str(number) for number in numbers] == labels
    fit_into_integers = max(map(abs, numbers)) <= np.iinfo(np.int64).max
    return np.array(numbers if written_plainly and fit_into_integers else labels)


def _read_each(paths: list[Path], invert: bool) -> Iterator[np.ndarray]:
    first = None
    for path in paths:
        image = _read(path, invert)
        first = image if first is None else first
        if image.shape != first.shape:
            raise ValueError(
                f"{shown(path)}: the image has {size_of(image.shape)} pixels (width x "
                f"height), but {shown(paths[0])} has {size_of(first.shape)}. Expected "
                "images of one size."
            )
        yield image


def _read(path: Path, invert: bool) -> np.ndarray:
    try:
        return read_grey_levels(path, invert)
    except ValueError as error:
        raise ValueError(f"{shown(path)}: {error}") from error


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
