"""One picture of a digit, of any kind, in MNIST's form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import cv2
import numpy as np

from digitclf.datasets._pictures import PictureError
from digitclf.preprocessing._canvas import (
    enlarged,
    fit_into,
    in_grey_levels,
    opaque,
    without_empty_resolution,
)
from digitclf.preprocessing._digit import BlankError, Digit, find_digit
from digitclf.preprocessing._ink import FEW_PIXELS, ink_contrast
from digitclf.preprocessing._mnist_form import MNIST_SIZE, draw, in_mnist_form

WORKING_SIZE = 192
"""Longer side in pixels at which a digit is looked for."""

SMALLEST = 56
"""Smaller pictures are enlarged to this, so that strokes are several pixels wide."""

DETAILED = 64
"""A digit of fewer pixels is cut out and looked at again in a larger picture."""

BLOB = 0.62
"""Digits cover less than this fraction of their box, except for ones."""


class Normalized(NamedTuple):
    """A picture in MNIST's form, and the steps that brought it there."""

    image: np.ndarray
    box: tuple[float, float, float, float] | None = None
    """Left, top, width and height of the digit, relative to the picture.

    None if nothing was cut out, or if the picture had only a few pixels."""
    stroke_before: float | None = None
    """Stroke width relative to the longer side of the digit, like `stroke_after`.

    Both are None for a picture that was in MNIST's form already."""
    stroke_after: float | None = None


def normalize(
    picture: np.ndarray, name: str, ink: str = "auto", size: int = MNIST_SIZE
) -> np.ndarray:
    """Return the digit in a picture as an image (size, size) uint8.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, channels)
        Pixels from `read_picture`.
    name : str
        Name of the picture in errors.
    ink : {"auto", "dark", "light"}
    size : int

    Raises
    ------
    PictureError
        If nothing in it could be ink.
    """
    return normalize_in_steps(picture, name, ink, size).image


def normalize_in_steps(
    picture: np.ndarray, name: str, ink: str = "auto", size: int = MNIST_SIZE
) -> Normalized:
    """Return what `normalize` returns, and how it was made."""
    finished = in_mnist_form(picture, size, ink)
    if finished is not None:
        return Normalized(finished)
    picture = opaque(picture)
    try:
        return _normalized(picture, ink, size)
    except BlankError as error:
        if picture.shape[0] == 1:
            # Features that form no square image are not a picture of anything.
            return Normalized(np.zeros((size, size), dtype=np.uint8))
        remedy = "" if ink == "auto" else f', or leave out ink="{ink}"'
        raise PictureError(
            f"{name} is blank: {error}. Take the picture with more contrast{remedy}.",
            "blank_picture",
        ) from None


@contextmanager
def single_thread() -> Iterator[None]:
    """Let OpenCV use one thread: starting others takes longer than small pictures."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _normalized(picture: np.ndarray, ink: str, size: int) -> Normalized:
    picture = without_empty_resolution(in_grey_levels(picture), FEW_PIXELS)
    if max(picture.shape[:2]) < FEW_PIXELS:
        contrast, _ = ink_contrast(picture, ink)
        digit = find_digit(enlarged(contrast, SMALLEST), alone=True)
        drawn = draw(digit, size, threshold=0.5)
        return Normalized(drawn.image, None, drawn.stroke_before, drawn.stroke_after)
    working = fit_into(picture, SMALLEST, WORKING_SIZE)
    digit = _found(working, ink)
    scale = max(picture.shape[:2]) / max(working.shape[:2])
    left, top, width, height = digit.box
    box = _relative(digit.box, working)
    if scale > 1.5 and max(width, height) < DETAILED:
        margin = 0.4 * max(width, height)
        rows, columns = (
            slice(max(0, int(scale * (low - margin))), round(scale * (high + margin)))
            for low, high in ((top, top + height), (left, left + width))
        )
        with suppress(BlankError):
            working = fit_into(picture[rows, columns], SMALLEST, WORKING_SIZE)
            digit = _found(working, ink)
    drawn = draw(digit, size, threshold=0.4)
    return Normalized(drawn.image, box, drawn.stroke_before, drawn.stroke_after)


def _relative(
    box: tuple[int, int, int, int], picture: np.ndarray
) -> tuple[float, float, float, float]:
    height, width = picture.shape[:2]
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _found(picture: np.ndarray, ink: str) -> Digit:
    contrast, chosen = ink_contrast(picture, ink)
    digit = find_digit(contrast, alone=False)
    if ink == "auto" and digit.fill > BLOB:
        # Paper between dark surroundings, perhaps, with the digit as a hole in it.
        opposite = "dark" if chosen == "light" else "light"
        contrast, _ = ink_contrast(picture, opposite)
        with suppress(BlankError):
            other = find_digit(contrast, alone=False)
            digit = min(digit, other, key=lambda found: found.fill)
    return digit
