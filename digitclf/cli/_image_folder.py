"""Folders of images: one subfolder per class, named after its label.

Hidden files and files that are not images are skipped.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from digitclf.cli._image_files import (
    SUFFIXES,
    check_is_image,
    is_light,
    looks_inverted,
    read_grey_levels,
    size_of,
)
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import numpy as np


def find_images(folder: Path) -> dict[str, list[Path]]:
    """Return the image files of each class, sorted by name."""
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {shown(folder)}")
    files = {
        subfolder.name: _images_in(subfolder)
        for subfolder in _visible(folder)
        if subfolder.is_dir()
    }
    if not files:
        raise ValueError(
            f"{shown(folder)} has no subfolders. Expected one per class, named after "
            "its label, with its images in it."
        )
    return files


def _images_in(subfolder: Path) -> list[Path]:
    paths = [
        path
        for path in _visible(subfolder)
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not paths:
        raise ValueError(
            f"{shown(subfolder)} has no images. Expected files that end in "
            f"{', '.join(SUFFIXES)}."
        )
    for path in paths:
        check_is_image(path)
    return paths


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def read_images(
    files: dict[str, list[Path]], invert: bool
) -> tuple[np.ndarray, list[str]]:
    """Return images (n_images, height, width) of one size, and their labels."""
    import numpy as np

    labels = [label for label, paths in files.items() for _ in paths]
    paths = [path for in_class in files.values() for path in in_class]
    images = [read_grey_levels(path, invert) for path in paths]
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise ValueError(
                f"{shown(path)}: the image has {size_of(image.shape)} pixels (width x "
                f"height), but {shown(paths[0])} has {size_of(images[0].shape)}. "
                "Expected images of one size."
            )
    n_light = sum(map(is_light, images))
    if n_light > len(images) / 2:
        observed = f"{n_light:,} of {len(images):,} images are mostly light"
        warnings.warn(looks_inverted(observed, invert), UserWarning, stacklevel=2)
    return np.stack(images), labels


def as_numbers_if_all_are(labels: list[str]) -> np.ndarray:
    """Return labels as integers if all are whole numbers, so that they sort as such."""
    import numpy as np

    try:
        numbers = [int(label) for label in labels]
    except ValueError:
        return np.array(labels)
    written_plainly = [str(number) for number in numbers] == labels
    fit_into_integers = max(map(abs, numbers)) <= np.iinfo(np.int64).max
    return np.array(numbers if written_plainly and fit_into_integers else labels)
