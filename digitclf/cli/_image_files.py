"""Image files: reading their grey levels, and the errors and warnings about them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitclf._data.grey_levels import WHITE
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import numpy as np

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"GIF8")
"""First bytes of the files that can be read: PNG, JPEG, BMP, GIF."""


def check_is_image(path: Path) -> None:
    """Raise an error if a file is not an image, without importing TensorFlow."""
    with open(path, "rb") as file:
        if not file.read(8).startswith(SIGNATURES):
            raise _not_an_image(path)


def read_grey_levels(path: Path, invert: bool) -> np.ndarray:
    """Return the pixels (height, width) of an image file, 0 to 255."""
    tf = _import_tensorflow()
    content = path.read_bytes()
    try:
        image = tf.io.decode_image(content, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:
        raise _not_an_image(path) from None
    if image.shape[2] in (2, 4):
        image, opacity = image[..., :-1], image[..., -1]
        if opacity.min() < WHITE:
            raise ValueError(
                f"{shown(path)}: the image is partly transparent. Put it on a black "
                "background first, for example with ImageMagick: magick IMAGE "
                "-background black -flatten FLAT.png"
            )
    grey = image[..., 0]
    if (image != grey[..., None]).any():
        raise ValueError(
            f"{shown(path)}: a colour image, expected greyscale. Convert it first, for "
            "example with ImageMagick: magick IMAGE -colorspace Gray GREY.png"
        )
    return WHITE - grey if invert else grey


def _not_an_image(path: Path) -> ValueError:
    return ValueError(
        f"{shown(path)}: not a readable image. Expected PNG, JPEG, BMP or GIF."
    )


@functools.cache
def _import_tensorflow() -> Any:
    from digitclf._compiled.startup import tf

    return tf


def is_light(image: np.ndarray) -> bool:
    """Return whether an image looks like dark ink on light paper."""
    return bool(image.mean() > WHITE / 2)


def looks_inverted(observed: str, invert: bool) -> str:
    """Return the warning about images that are mostly light."""
    when = " even when inverted" if invert else ""
    remedy = "Leave out --invert" if invert else "Try --invert"
    return (
        f"{observed}{when}, like dark ink on light paper. MNIST has light ink on a "
        f"dark background. {remedy}."
    )


def size_of(shape: tuple[int, ...]) -> str:
    """Return the size of an image: width x height."""
    height, width = shape
    return f"{width} x {height}"
