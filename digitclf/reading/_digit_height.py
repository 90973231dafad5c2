"""Height of the digits of a page, from the connected components of its ink."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.reading._components import Components

SMALLEST_DIGIT = 8
"""Height of digits in pixels, at least."""

THICKEST = 0.4
"""Thickness of a stroke relative to the height of the digit, at most."""


def like_digits(stats: np.ndarray) -> np.ndarray:
    """Return which components have the shape of strokes, in a box of a digit's shape.

    The first component is the paper.
    """
    width, height, area = stats[:, 2:].T
    fill = area / (width * height)
    like = (height >= SMALLEST_DIGIT) & (width < 1.5 * height) & (width > 0.15 * height)
    like &= (fill > 0.08) & (fill < 0.75) & (height < 0.9 * height[0])
    like[0] = False
    return like


def have_thin_strokes(stats: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    """Return which components are like digits, and no blobs such as punched holes."""
    height = stats[:, cv2.CC_STAT_HEIGHT]
    return like_digits(stats) & (thickness <= THICKEST * height)


def typical_height(mask: np.ndarray) -> float:
    """Return the height of most digits in pixels, 0 if there are none.

    Digits that touch a grid are part of it, but some of a page rarely do.
    """
    stats = Components(mask).stats
    return height_of_most(stats[like_digits(stats), cv2.CC_STAT_HEIGHT])


def height_of_most(heights: np.ndarray, share: float = 0.5) -> float:
    """Return the median of heights weighted by themselves, 0 if there are none.

    Specks and small print are many, but low.

    Parameters
    ----------
    heights : ndarray of shape (n,)
    share : float
        Share of the total height that is not above the result, if not half of it.
    """
    heights = np.sort(heights)
    if not heights.size:
        return 0.0
    return float(heights[np.searchsorted(np.cumsum(heights), share * heights.sum())])
