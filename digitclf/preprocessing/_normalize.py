"""Pictures of digits, of any kind, in MNIST's form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from digitclf.preprocessing._digit import Digit, find_digit
from digitclf.preprocessing._ink import FEW_PIXELS, ink_contrasts, is_small
from digitclf.preprocessing._mnist_form import MNIST_SIZE, draw, in_mnist_form

WORKING_SIZE = 192
"""Longer side in pixels at which a digit is looked for."""

SMALLEST = 56
"""Smaller pictures are enlarged to this, so that strokes are several pixels wide."""

DETAILED = 64
"""A digit of fewer pixels is cut out and looked at again in a larger picture."""

BLOB = 0.62
"""Digits cover less than this fraction of their box, except for ones."""

EDGE = 0.4
"""Contrast at the edges of strokes, relative to that of the strokes."""

FEW_PIXELS_EDGE = 0.5
"""The same for pictures of few pixels."""


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
    [normalized] = normalize_all([picture], ink, size)
    if normalized is None:
        raise blank_picture(name, ink)
    return normalized


def blank_picture(name: str, ink: str) -> PictureError:
    """Return the error of a picture in which nothing could be ink."""
    remedy = "" if ink == "auto" else f', or leave out ink="{ink}"'
    return PictureError(
        f"{name} is blank: nothing in it could be ink. "
        f"Take the picture with more contrast{remedy}.",
        "blank_picture",
    )


def normalize_all(
    pictures: Sequence[np.ndarray], ink: str = "auto", size: int = MNIST_SIZE
) -> list[Normalized | None]:
    """Return what `normalize_in_steps` returns of some pictures, None of blank ones.

    All pictures pass a stage before the next stage begins. Its code is then in the
    caches of the processor, which saves a quarter of the time.
    """
    results: list[Normalized | None] = []
    for picture in pictures:
        finished = in_mnist_form(picture, size, ink)
        results.append(None if finished is None else Normalized(finished))
    others = [position for position, done in enumerate(results) if done is None]
    normalized = _normalized([pictures[position] for position in others], ink, size)
    for position, result in zip(others, normalized, strict=True):
        if result is None and pictures[position].shape[0] == 1:
            # Features that form no square image are not a picture of anything.
            result = Normalized(np.zeros((size, size), dtype=np.uint8))
        results[position] = result
    return results


@contextmanager
def single_thread() -> Iterator[None]:
    """Let OpenCV use one thread: starting others takes longer than small pictures."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _normalized(
    pictures: Sequence[np.ndarray], ink: str, size: int
) -> list[Normalized | None]:
    pictures = [in_grey_levels(opaque(picture)) for picture in pictures]
    pictures = [without_empty_resolution(picture, FEW_PIXELS) for picture in pictures]
    working = [
        picture if is_small(picture) else fit_into(picture, SMALLEST, WORKING_SIZE)
        for picture in pictures
    ]
    found = _found(working, ink)
    seen = {i: digit for i, digit in enumerate(found) if digit is not None}
    digits = [
        _seen_closer(digit, working[i], pictures[i], ink) for i, digit in seen.items()
    ]
    thresholds = [FEW_PIXELS_EDGE if is_small(working[i]) else EDGE for i in seen]
    results: list[Normalized | None] = [None] * len(pictures)
    drawn = draw(digits, size, thresholds)
    for (i, digit), (image, before, after) in zip(seen.items(), drawn, strict=True):
        results[i] = Normalized(image, _relative(digit.box, working[i]), before, after)
    return results


def _relative(
    box: tuple[int, int, int, int], picture: np.ndarray
) -> tuple[float, float, float, float] | None:
    if is_small(picture):
        return None
    height, width = picture.shape[:2]
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _found(pictures: Sequence[np.ndarray], ink: str) -> list[Digit | None]:
    """Return the digits in pictures of the working size, None where there is none."""
    digits = []
    for picture, (contrast, chosen) in zip(
        pictures, ink_contrasts(pictures, ink), strict=True
    ):
        if is_small(picture):
            digit = find_digit(enlarged(contrast, SMALLEST), alone=True)
        else:
            digit = find_digit(contrast, alone=False)
            if ink == "auto" and digit is not None and digit.fill > BLOB:
                digit = _found_as_hole(picture, chosen, digit)
        digits.append(digit)
    return digits


def _found_as_hole(picture: np.ndarray, ink: str, blob: Digit) -> Digit:
    """Return the digit of the other ink than a blob, or the blob if there is none.

    The blob is paper in dark surroundings, perhaps, with the digit as a hole in it.
    """
    [digit] = _found([picture], "dark" if ink == "light" else "light")
    return blob if digit is None or digit.fill > blob.fill else digit


def _seen_closer(
    digit: Digit, working: np.ndarray, picture: np.ndarray, ink: str
) -> Digit:
    """Return a small digit as it is found in a larger picture, others as they are."""
    scale = max(picture.shape[:2]) / max(working.shape[:2])
    left, top, width, height = digit.box
    if scale <= 1.5 or max(width, height) >= DETAILED:
        return digit
    margin = 0.4 * max(width, height)
    rows, columns = (
        slice(max(0, int(scale * (low - margin))), round(scale * (high + margin)))
        for low, high in ((top, top + height), (left, left + width))
    )
    [closer] = _found([fit_into(picture[rows, columns], SMALLEST, WORKING_SIZE)], ink)
    return closer or digit
