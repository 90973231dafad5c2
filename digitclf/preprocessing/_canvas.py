"""Pictures at a working size, on a background that is not transparent."""

from __future__ import annotations

import math

import cv2
import numpy as np

USUAL_ASPECT = 0.75
"""Mean width of handwritten digits relative to their height."""


LARGEST_ENLARGED = 512
"""Longer side in pixels of pictures that may have been enlarged from a few pixels."""

DETAIL = 0.12
"""Mean difference that reducing makes, relative to the structure that remains.

It is 0.05 to 0.12 for pictures that were enlarged from 8 or 16 pixels by the usual
filters, and more for photos and drawings."""

SAMPLED = 10
"""Number of rows and of columns in which detail is looked for."""

SECOND_DIFFERENCE = np.array([[1, -2, 1]], dtype=np.float32)
"""Kernel along a row."""


def opaque(picture: np.ndarray) -> np.ndarray:
    """Return a picture (height, width) or (height, width, 3) on a background.

    Transparent pixels become paper: like the visible ones if these are most of the
    picture, else in contrast to them, since then they are ink.
    """
    if picture.ndim == 2:
        return picture
    channels = picture.shape[2]
    if channels in (2, 4):
        colour, alpha = picture[..., :-1], picture[..., -1]
        full = _full_opacity(alpha)
        if alpha.min() < full:
            picture = _on_background(colour, alpha.astype(np.float32) / full)
        else:
            picture = colour
    return picture[..., 0] if picture.shape[2] == 1 else picture


def _full_opacity(alpha: np.ndarray) -> float:
    if alpha.dtype.kind == "u":
        return float(np.iinfo(alpha.dtype).max)
    largest = float(alpha.max())
    return 1.0 if largest <= 1 else max(255.0, largest)


def _on_background(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    colour = colour.astype(np.float32)
    total = float(alpha.sum())
    visible = np.einsum("ijk,ij->k", colour, alpha) / max(total, 1e-6)
    if total > 0.5 * alpha.size:
        background = visible
    else:
        lightest = _full_opacity(colour) if colour.max() <= 1 else 255.0
        lightest = max(lightest, float(colour.max()))
        background = np.full_like(
            visible, lightest if visible.mean() < lightest / 2 else 0
        )
    return background + (colour - background) * alpha[..., None]


def fit_into(picture: np.ndarray, smallest: int, largest: int) -> np.ndarray:
    """Return a picture with a longer side between two limits in pixels."""
    height, width = picture.shape[:2]
    side = max(height, width)
    if side > largest:
        scale, method = largest / side, cv2.INTER_AREA
    elif side < smallest:
        scale, method = float(-(-smallest // side)), cv2.INTER_CUBIC
    else:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture.astype(np.float32), size, interpolation=method)


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """Return a picture with a longer side of at most a number of pixels."""
    height, width = picture.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def without_empty_resolution(picture: np.ndarray, few: int) -> np.ndarray:
    """Return a picture with less than `few` pixels if it was enlarged from one.

    Enlarging adds no detail: such a picture can be reduced and enlarged again without
    a change. Blocks of equal pixels become pixels. Other pictures are returned as they
    are.
    """
    height, width = picture.shape[:2]
    if not few <= max(height, width) <= LARGEST_ENLARGED or min(height, width) < 2:
        return picture
    block = _side_of_blocks(picture)
    if block > 1:
        return picture[::block, ::block]
    scale = few // 2 / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    rows = picture[:: max(1, height // SAMPLED)]
    columns = picture[:, :: max(1, width // SAMPLED)]
    if _has_detail(rows, size[0]) or _has_detail(columns.swapaxes(0, 1), size[1]):
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _has_detail(rows: np.ndarray, width: int) -> bool:
    """Return whether reducing some rows of a picture to a width loses detail."""
    rows = np.ascontiguousarray(rows)
    fewer = cv2.resize(rows, (width, len(rows)), interpolation=cv2.INTER_AREA)
    again = cv2.resize(fewer, rows.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    lost = cv2.norm(rows, again, cv2.NORM_L1) / rows.size
    # Even light, or a gradient of it, is no structure.
    structure = cv2.filter2D(fewer, cv2.CV_32F, SECOND_DIFFERENCE)
    return lost > DETAIL * cv2.norm(structure, cv2.NORM_L1) / structure.size


def _side_of_blocks(picture: np.ndarray) -> int:
    """Return the side of the largest square blocks of equal pixels that tile it."""
    height, width = picture.shape[:2]
    row = picture[height // 2]
    if np.count_nonzero(row[1:] != row[:-1]) > width // 2:
        return 1  # blocks have more equal neighbours
    rows = (picture[1:] != picture[:-1]).reshape(height - 1, -1).any(axis=1)
    columns = (picture[:, 1:] != picture[:, :-1]).any(axis=0).reshape(width - 1, -1)
    changes = (*np.flatnonzero(rows), *np.flatnonzero(columns.any(axis=1)))
    return math.gcd(height, width, *(int(place) + 1 for place in changes))


def in_grey_levels(picture: np.ndarray) -> np.ndarray:
    """Return a picture of 0 to 255: bytes as they are, other dtypes as float32.

    Bytes of 0 and 1 are a mask. Channels that are all equal become one.
    """
    if picture.dtype == np.uint8:
        if picture.max() == 1:
            picture = picture * np.uint8(255)
        return _without_equal_channels(np.ascontiguousarray(picture))
    picture = picture.astype(np.float64)
    darkest = picture.min()
    extent = picture.max() - darkest
    if extent == 0:
        return np.zeros(picture.shape[:2], dtype=np.float32)
    picture = ((picture - darkest) * (255 / extent)).astype(np.float32)
    return _without_equal_channels(picture)


def _without_equal_channels(picture: np.ndarray) -> np.ndarray:
    if picture.ndim == 2:
        return picture
    # Most pictures in colour show it in any row.
    row = picture[len(picture) // 2]
    if (row != row[:, :1]).any():
        return picture
    first, *others = cv2.split(picture)
    is_grey = all(cv2.norm(first, other, cv2.NORM_INF) == 0 for other in others)
    return first if is_grey else picture


def enlarged(contrast: np.ndarray, smallest: int) -> np.ndarray:
    """Return the contrast of few pixels, enlarged to a longer side of many.

    A margin of paper is added, since strokes may touch the border. A digit that touches
    all sides of a square was stretched to it, and gets the width of most digits.
    """
    height, width = contrast.shape
    sides = contrast[0], contrast[-1], contrast[:, 0], contrast[:, -1]
    ink = contrast.max() / 2
    stretched = height == width and all(side.max() > ink for side in sides)
    contrast = cv2.copyMakeBorder(contrast, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    scale = float(-(-smallest // max(contrast.shape)))
    return cv2.resize(
        contrast.astype(np.float32, copy=False),
        None,
        fx=scale * (USUAL_ASPECT if stretched else 1),
        fy=scale,
        interpolation=cv2.INTER_LANCZOS4,
    )
