"""The paper of a page: what ink contrasts with."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.preprocessing._ink import (
    WIDEST_STROKE,
    is_ink_light,
    median,
    negative,
    square,
)

THIN = 0.12
"""Thickness of dark lines beside light ink, relative to the widest strokes, at most."""

DEEP = 10.0
"""Depth of such lines in grey levels on even paper, at least."""

DEEPER = 4.0
"""Depth of such lines relative to that of the texture of the paper, at least."""

AROUND = 3
"""Side in pixels of the kernel that adds the edges of such lines."""


def paper_contrast(
    plane: np.ndarray, widest_stroke: float, *, is_light: bool
) -> np.ndarray:
    """Return the contrast of each pixel of a page with the paper around it.

    Parameters
    ----------
    plane : ndarray of shape (height, width)
        The result of `page_plane`.
    widest_stroke : float
        Width in pixels. Anything wider is paper.
    is_light : bool
        Whether ink is lighter than paper.

    Returns
    -------
    ndarray of shape (height, width), float32
    """
    if not is_light:
        plane = negative(plane)
    window = max(3, round(widest_stroke)) | 1
    kernel = np.ones((window, window), dtype=np.uint8)
    even = _without_thin_dark(plane, max(3, round(THIN * widest_stroke)) | 1)
    paper = cv2.morphologyEx(even, cv2.MORPH_OPEN, kernel)
    return cv2.subtract(plane, paper).astype(np.float32)


def _without_thin_dark(plane: np.ndarray, thickest: int) -> np.ndarray:
    """Remove thin dark lines, such as those of a table, from a plane with light ink.

    Otherwise the opening of the plane takes their level for that of the paper.
    """
    closed = cv2.morphologyEx(plane, cv2.MORPH_CLOSE, square(thickest))
    depth = cv2.subtract(closed, plane)
    is_line = depth > DEEPER * median(depth[::4, ::4]) + DEEP
    # The edges of lines are less deep.
    around = cv2.dilate(is_line.view(np.uint8), square(AROUND))
    return np.where(around > 0, closed, plane)


def is_mostly_dark(plane: np.ndarray) -> bool:
    """Return whether most of a page is darker than the rest, like paper with light ink.

    Parameters
    ----------
    plane : ndarray of shape (height, width)
        The result of `page_plane`.
    """
    return is_ink_light(plane, round(WIDEST_STROKE * max(plane.shape)))
