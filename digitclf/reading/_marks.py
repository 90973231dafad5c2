"""Everything on a page that is not paper, of any colour, darker or lighter.

The borders of a table need not have the colour of the ink.
"""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.preprocessing._canvas import in_grey_levels, opaque
from digitclf.reading._ink_strokes import texture_of
from digitclf.reading._page_ink import PageInk, resized

WIDEST_LINE = 0.025
"""Half the side of the window whose median has no lines, relative to the shorter side
of the page."""

LARGEST_WINDOW = 255
"""Largest side of a window whose median OpenCV computes."""


def marks_on(page: np.ndarray, ink: PageInk) -> np.ndarray:
    """Return 255 where a page differs from its paper, uint8, in pixels of its ink.

    Parameters
    ----------
    page : ndarray of shape (height, width) or (height, width, channels)
        Pixels from `read_picture`.
    ink : PageInk
    """
    levels = _levels_of(page, ink)
    window = 2 * max(1, round(WIDEST_LINE * min(levels.shape[:2]))) + 1
    paper = cv2.medianBlur(levels, min(window, LARGEST_WINDOW))
    difference = cv2.absdiff(levels, paper)
    if difference.ndim == 3:
        difference = difference.max(axis=2)
    contrast = cv2.GaussianBlur(difference, (3, 3), 0).astype(np.float32)
    return cv2.compare(contrast, texture_of(contrast).floor, cv2.CMP_GT)


def _levels_of(page: np.ndarray, ink: PageInk) -> np.ndarray:
    """Return a page in pixels of its ink, uint8."""
    picture, to_page = in_grey_levels(opaque(page)), ink.to_page
    scale = float(np.sqrt(abs(np.linalg.det(to_page[:2, :2]))))
    if scale > 1:
        # Reduced first, because a warp takes single pixels.
        picture = resized(picture, 1 / scale)
        to_page = np.diag([1 / scale, 1 / scale, 1.0]) @ to_page
    height, width = ink.contrast.shape
    levels = cv2.warpPerspective(
        picture,
        to_page,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return levels.astype(np.uint8)
