"""Pictures as arrays: image files, their bytes, PIL images, arrays."""

from __future__ import annotations

import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from digitclf.datasets._jpeg import check_markers

MAX_PIXELS = 80_000_000
"""Pictures with more pixels are refused. Cameras of phones take 12 to 50 million."""

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")

LONGEST_SIDE = 1024
"""Larger pictures are reduced to twice this at most while they are read."""

DECODING_ERRORS = (
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    TypeError,
    struct.error,
    zlib.error,
)


class PictureError(ValueError):
    """A picture that cannot be used: its file, or its position in `X`, and why.

    Parameters
    ----------
    message : str
    fault : str
        Name of what is wrong, for programs that explain it in their own words.
    """

    def __init__(self, message: str, fault: str = "unusable_picture") -> None:
        super().__init__(message)
        self.fault = fault


def read_picture(source: Any, name: str, *, reduced: bool = True) -> np.ndarray:
    """Return a picture as an array (height, width) or (height, width, channels).

    Parameters
    ----------
    source : str, path, bytes, PIL image or array-like
        Arrays have shape (height, width) or (height, width, channels) with 1 to 4
        channels: grey, grey and opacity, RGB, RGBA.
    name : str
        What errors call the picture, unless it is a file.
    reduced : bool
        Whether pictures may be reduced, to no less than `LONGEST_SIDE`.

    Raises
    ------
    PictureError
        If it is not a picture, is damaged, has too many pixels or several frames.
    OSError
        If the file cannot be opened or read.
    """
    if isinstance(source, Image.Image):
        with _naming(name):
            return _pixels(source, reduced)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decode(BytesIO(source), name, reduced)
    if isinstance(source, (str, os.PathLike)):
        with open_regular_file(source) as file:
            return _decode(file, repr(os.fspath(source)), reduced)
    return _check_array(source, name)


def check_header(path: str | os.PathLike) -> None:
    """Raise a PictureError if a file is not a picture that can be read.

    The pixels are not decoded.
    """
    name = repr(os.fspath(path))
    with open_regular_file(path) as file, _naming(name):
        _open(file)


def open_regular_file(path: str | os.PathLike) -> BinaryIO:
    """Open a file for reading; refuse pipes, devices and sockets without waiting."""
    # Opening a pipe waits for its writer unless told otherwise.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return open(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(
            f"{os.fspath(path)!r} is a folder, expected a picture. "
            "digitclf.datasets.load_image_folder reads folders."
        )
    raise PictureError(
        f"{os.fspath(path)!r} is not a regular file but a pipe, a device or a socket, "
        "which may never end. Save the picture to a file first, or pass its bytes."
    )


def _decode(file: BinaryIO, name: str, reduced: bool) -> np.ndarray:
    with _naming(name), _open(file) as image:
        if image.format == "JPEG":
            position = file.tell()
            file.seek(0)
            check_markers(file.read())
            file.seek(position)
        return _pixels(image, reduced)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Turn errors of decoders into errors that name the picture."""
    try:
        yield
    except PictureError as error:
        raise PictureError(f"{name} {error}", error.fault) from None
    except UnidentifiedImageError:
        raise PictureError(
            f"{name} is not an image, or not one of {', '.join(FORMATS)}. Convert it "
            "to PNG or JPEG first.",
            "unknown_format",
        ) from None
    except Image.DecompressionBombError:
        raise PictureError(
            f"{name} {_too_many('too many')}", "too_many_pixels"
        ) from None
    except (OSError, SyntaxError, ValueError, *DECODING_ERRORS) as error:
        # Errors of the system have a number, those of decoders have none.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise PictureError(
            f"{name} is truncated or damaged ({error}). Save or copy it again.",
            "damaged_picture",
        ) from error


def _too_many(count: str) -> str:
    return (
        f"has {count} pixels, more than the {MAX_PIXELS:,} that are accepted. "
        "Cut out the digit, or reduce the picture first."
    )


def _open(file: BinaryIO) -> Image.Image:
    """Open an image file and check its header."""
    with warnings.catch_warnings():
        # Pillow's limits are wider than ours.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = Image.open(file, formats=FORMATS)
    _check_size(image)
    # JPEG files of phones may contain further pictures (format MPO), such as previews.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise PictureError(
            "is an animation or has several pages, expected a single picture. "
            "Save one frame as a PNG file.",
            "several_pictures",
        )
    return image


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureError(_too_many(f"{width:,} x {height:,}"), "too_many_pixels")
    if width * height == 0:
        raise PictureError(
            f"has no pixels: its size is {width} x {height}.", "no_pixels"
        )


def _pixels(image: Image.Image, reduced: bool) -> np.ndarray:
    _check_size(image)
    if reduced:
        # Decoders of JPEG can leave out the details.
        image.draft(image.mode, (LONGEST_SIDE, LONGEST_SIDE))
    image = ImageOps.exif_transpose(image)
    mode = image.mode
    if mode.startswith(("I", "F")):
        return np.asarray(image, dtype=np.float32)
    transparent = "transparency" in image.info or mode in ("LA", "PA", "La", "RGBa")
    if transparent:
        image = image.convert("RGBA")
    elif mode == "1":
        image = image.convert("L")
    elif mode not in ("L", "RGB", "RGBA"):
        image = image.convert("RGB")
    factor = max(image.size) // LONGEST_SIDE
    if reduced and factor > 1:
        image = image.reduce(factor)
    return np.asarray(image)


def _check_array(source: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(source)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "buif":
        raise TypeError(
            f"{name} should be a picture (a path, bytes, a PIL image or an array of "
            f"numbers), got {type(source).__name__}."
        )
    if array.ndim == 3 and array.shape[2] > 4 and array.shape[0] in (1, 3, 4):
        raise PictureError(
            f"{name} has shape {array.shape}: the channels come first, expected "
            "(height, width, channels). Move them with np.moveaxis(picture, 0, -1)."
        )
    if array.ndim not in (2, 3) or (
        array.ndim == 3 and array.shape[2] not in range(1, 5)
    ):
        raise PictureError(
            f"{name} has shape {array.shape}, expected (height, width) or (height, "
            "width, channels) with 1 to 4 channels."
        )
    if array.size == 0:
        raise PictureError(f"{name} has no pixels: its shape is {array.shape}.")
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise PictureError(
            f"{name} {_too_many(f'{array.shape[1]:,} x {array.shape[0]:,}')}"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PictureError(
            f"{name} contains NaN or infinite pixels. Replace them, for example with "
            "np.nan_to_num."
        )
    return array
