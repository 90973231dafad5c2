"""Image files: what is read from one, and what is said of one that does not fit."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitclf.cli._stderr import without_startup_messages

if TYPE_CHECKING:
    import numpy as np

WHITE = 255
"""The largest value of a pixel in an image file."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")


def read_grey_levels(path: Path, invert: bool) -> np.ndarray:
    """Return the pixels (height, width) of an image file, 0 to 255."""
    tf = _import_tensorflow()
    content = path.read_bytes()
    try:
        image = tf.io.decode_image(content, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:
        raise ValueError(
            "not an image that can be read. Expected PNG, JPEG, BMP or GIF."
        ) from None
    if image.shape[2] in (2, 4):
        image, opacity = image[..., :-1], image[..., -1]
        if opacity.min() < WHITE:
            raise ValueError(
                "the image is transparent in places. Put it on a black background "
                "first, for example with ImageMagick: magick IMAGE -background black "
                "-flatten FLAT.png"
            )
    grey = image[..., 0]
    if (image != grey[..., None]).any():
        raise ValueError(
            "a colour image, expected greyscale. Convert it first, for example with "
            "ImageMagick: magick IMAGE -colorspace Gray GREY.png"
        )
    return WHITE - grey if invert else grey


@functools.cache
def _import_tensorflow() -> Any:
    with without_startup_messages():
        import tensorflow as tf
    return tf


def is_grey_level(lightest: float) -> bool:
    """Return whether the largest value of images looks like one of 0 to 255."""
    return WHITE / 2 < lightest <= WHITE


def is_light(image: np.ndarray) -> bool:
    """Return whether an image looks like dark ink on light paper."""
    return bool(image.mean() > WHITE / 2)


def looks_inverted(observed: str, invert: bool) -> str:
    """Return the warning about what is mostly light."""
    when = " even when inverted" if invert else ""
    remedy = "Leave out --invert" if invert else "Try --invert"
    return (
        f"{observed}{when}, which looks like dark ink on light paper: MNIST has light "
        f"ink on a dark background. {remedy}."
    )


def size_of(shape: tuple[int, ...]) -> str:
    """Return the size of an image as people write it: width x height."""
    height, width = shape
    return f"{width} x {height}"
