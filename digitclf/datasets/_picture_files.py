"""Files of pictures: those below a folder, and their grey levels without conversion."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from digitclf.datasets._pictures import FORMATS, PictureError

OPAQUE = 255


def picture_suffixes() -> list[str]:
    """Return the endings of the names of picture files, in lower case."""
    registered = Image.registered_extensions()
    return sorted(suffix for suffix in registered if registered[suffix] in FORMATS)


def pictures_below(folder: Path, more_suffixes: Collection[str] = ()) -> list[Path]:
    """Return the picture files in a folder and in its subfolders, sorted.

    Files with other endings and hidden files and folders are skipped.
    """
    suffixes = sorted([*picture_suffixes(), *more_suffixes])
    found = []
    for parent, subfolders, names in os.walk(folder, onerror=_fail):
        subfolders[:] = filter(_is_visible, subfolders)
        paths = [Path(parent, name) for name in filter(_is_visible, names)]
        found += [path for path in paths if path.suffix.lower() in suffixes]
    if not found:
        raise ValueError(
            f"{str(folder)!r} has no pictures. Expected files that end in "
            f"{', '.join(suffixes)}."
        )
    return sorted(found)


def _fail(error: OSError) -> None:
    raise error


def _is_visible(name: str) -> bool:
    return not name.startswith(".")


def stack_grey_levels(
    pictures: Iterable[np.ndarray], filenames: Iterable[str]
) -> np.ndarray:
    """Return the grey levels of pictures of one size, (n_pictures, height, width)."""
    names = [repr(str(name)) for name in filenames]
    images = [
        grey_levels(picture, name)
        for picture, name in zip(pictures, names, strict=True)
    ]
    for name, image in zip(names, images, strict=True):
        if image.shape != images[0].shape:
            raise PictureError(
                f"{name} has {size_of(image.shape)} pixels (width x height), but "
                f"{names[0]} has {size_of(images[0].shape)}. Pictures that are not "
                "normalised must have one size."
            )
    return np.stack(images)


def grey_levels(picture: np.ndarray, name: str) -> np.ndarray:
    """Return a picture as uint8 (height, width); refuse what would be converted."""
    if picture.dtype != np.uint8:
        raise PictureError(
            f"{name} has more than 8 bits per pixel and cannot be used unless it is "
            "normalised."
        )
    if picture.ndim == 2:
        return picture
    if picture.shape[2] in (2, 4):
        picture, opacity = picture[..., :-1], picture[..., -1]
        if opacity.min() < OPAQUE:
            raise PictureError(
                f"{name} is partly transparent and cannot be used unless it is "
                "normalised."
            )
    grey = picture[..., 0]
    if (picture != grey[..., None]).any():
        raise PictureError(
            f"{name} has colours and cannot be used unless it is normalised, or "
            "converted to greyscale."
        )
    return grey


def size_of(shape: tuple[int, ...]) -> str:
    """Return the size of a picture: width x height."""
    height, width = shape[:2]
    return f"{width} x {height}"
