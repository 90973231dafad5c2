"""MNIST's form: 20 x 20 in 28 x 28, anti-aliased, centre of mass in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._digit import Digit

MNIST_SIZE = 28
MNIST_BOX = 20

TOLERANCE = 1.0
"""Tolerance in pixels, of the position and the size of digits, in MNIST's form."""

THINNEST, THICKEST = 0.11, 0.19
"""Stroke widths of MNIST relative to the longer side: most lie between these."""

SUPERSAMPLING = 4
"""Pixels of the scaled digit per pixel of the result, in each direction."""


class Drawn(NamedTuple):
    """A digit in MNIST's form, and how wide its strokes were and are."""

    image: np.ndarray
    stroke_before: float
    """Relative to the longer side of the digit, like `stroke_after`."""
    stroke_after: float


def in_mnist_form(picture: np.ndarray, size: int, ink: str) -> np.ndarray | None:
    """Return a picture as uint8 if it is in MNIST's form already, else None."""
    if picture.shape != (size, size) or ink == "dark":
        return None
    lightest = picture.max()
    if picture.dtype == np.uint8:
        full = 255 if lightest > 127 else 1
    else:
        full = 1 if lightest <= 1 else 255
    if not 0.5 * full < lightest <= full or picture.min() < 0:
        return None
    rows = np.flatnonzero(picture.any(axis=1))
    columns = np.flatnonzero(picture.any(axis=0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    if abs(max(height, width) - size * MNIST_BOX / MNIST_SIZE) > TOLERANCE:
        return None
    pixels = picture.astype(np.float32)
    moments = cv2.moments(pixels)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    if max(abs(x - size / 2), abs(y - size / 2)) > TOLERANCE:
        return None
    if picture.dtype == np.uint8 and full == 255:
        return picture
    return np.rint(pixels * (255 / full)).astype(np.uint8)


def draw(
    digits: Sequence[Digit], size: int, thresholds: Sequence[float]
) -> list[Drawn]:
    """Return digits as images (size, size) in MNIST's form.

    Strokes end where the contrast falls below a threshold relative to theirs.
    """
    box = round(size * MNIST_BOX / MNIST_SIZE)
    shapes = [
        _smooth_shape(digit, SUPERSAMPLING * box, threshold)
        for digit, threshold in zip(digits, thresholds, strict=True)
    ]
    adjusted = [_adjust_stroke_width(shape) for shape in shapes]
    scaled = [_scaled(shape, box) for shape, _, _ in adjusted]
    return [
        Drawn(_centred(digit, size), before, after)
        for digit, (_, before, after) in zip(scaled, adjusted, strict=True)
    ]


def _smooth_shape(digit: Digit, side: int, threshold: float) -> np.ndarray:
    """Return the binary digit, scaled to a longer side of about `side` pixels."""
    left, top, width, height = digit.box
    pad = 1
    rows = slice(max(0, top - pad), top + height + pad)
    columns = slice(max(0, left - pad), left + width + pad)
    # Soft edges just outside of the mask belong to the digit, other ink does not.
    near = cv2.dilate(digit.mask[rows, columns], np.ones((3, 3), dtype=np.uint8))
    soft = np.multiply(digit.contrast[rows, columns], near, dtype=np.float32)
    scale = side / max(width, height)
    scaled_size = (
        max(1, round(soft.shape[1] * scale)),
        max(1, round(soft.shape[0] * scale)),
    )
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    soft = cv2.resize(soft, scaled_size, interpolation=method)
    # Strokes thinner than a pixel do not reach the level of broad ones.
    edge = min(threshold * digit.level, 0.5 * float(soft.max()))
    return (soft > edge).view(np.uint8)


def _adjust_stroke_width(shape: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return the digit, 0 to 255, with strokes as wide as MNIST's and smooth edges.

    It is cut to its box. Also returned are the stroke widths before and after, relative
    to the longer side.
    """
    shape = _cut_to(shape, cv2.boundingRect(shape))
    side = max(shape.shape)
    stroke = _stroke_width(shape)
    # Widths relative to the side after the change: (stroke + 2 d) / (side + 2 d).
    given = stroke / side
    wanted = min(max(given, THINNEST), THICKEST)
    change = (wanted * side - stroke) / 2 / (1 - wanted)
    if abs(change) < 0.5:
        return 255 * shape, given, given
    pad = int(max(0, np.ceil(change))) + 1
    shape = cv2.copyMakeBorder(shape, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
    # Strokes end at half of the level, so that their edges are smooth.
    if change > 0:
        distance = cv2.distanceTransform(1 - shape, cv2.DIST_L2, 3)
        adjusted = _as_bytes(distance, -255, 255 * (change + 1))
    else:
        distance = cv2.distanceTransform(shape, cv2.DIST_L2, 3)
        adjusted = _as_bytes(distance, 255, 255 * change)
    edge = cv2.boundingRect(cv2.compare(adjusted, 127, cv2.CMP_GT))
    return _cut_to(adjusted, edge), given, wanted


def _cut_to(shape: np.ndarray, box: Sequence[int]) -> np.ndarray:
    left, top, width, height = box
    return shape[top : top + height, left : left + width]


def _as_bytes(values: np.ndarray, factor: float, offset: float) -> np.ndarray:
    """Return ``factor * values + offset``, rounded and limited to 0 to 255."""
    return cv2.addWeighted(values, factor, values, 0, offset, dtype=cv2.CV_8U)


def _stroke_width(shape: np.ndarray) -> float:
    """Return the mean stroke width: twice the area over the length of the outline."""
    contours, _ = cv2.findContours(shape, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    # Contours run through the centres of the outermost pixels.
    outline = sum(cv2.arcLength(contour, True) for contour in contours)
    return 2 * cv2.countNonZero(shape) / max(outline, 1.0)


def _scaled(shape: np.ndarray, box: int) -> np.ndarray:
    scale = box / max(shape.shape)
    height, width = (max(1, round(side * scale)) for side in shape.shape)
    return cv2.resize(shape, (width, height), interpolation=cv2.INTER_AREA)


def _centred(digit: np.ndarray, size: int) -> np.ndarray:
    """Return the digit with its centre of mass in the middle of an empty image."""
    height, width = digit.shape
    moments = cv2.moments(digit)
    x = size / 2 - moments["m10"] / moments["m00"]
    y = size / 2 - moments["m01"] / moments["m00"]
    left = min(max(round(x), 0), size - width)
    top = min(max(round(y), 0), size - height)
    image = np.zeros((size, size), dtype=np.uint8)
    image[top : top + height, left : left + width] = digit
    return image
