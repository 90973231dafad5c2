"""Height of the digits of a page, from the connected components of its ink."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.reading._components import Components

SMALLEST_DIGIT = 8
"""Height of digits in pixels, at least."""

THICKEST = 0.4
"""Thickness of a stroke relative to the height of the digit, at most."""

MOST_TOUCHING = 6.0
"""Width of digits that touch each other, relative to their height, at most."""


def like_digits(stats: np.ndarray) -> np.ndarray:
    """Return which components have the shape of strokes, in a box of a digit's shape.

    The first component is the paper.
    """
    width, height = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].T
    return _are_strokes(stats) & (width < 1.5 * height) & (width > 0.15 * height)


def _are_strokes(stats: np.ndarray) -> np.ndarray:
    """Return which components neither fill their box nor leave most of it empty."""
    width, height, area = stats[:, 2:].T
    fill = area / (width * height)
    are_strokes = (height >= SMALLEST_DIGIT) & (height < 0.9 * height[0])
    are_strokes &= (fill > 0.08) & (fill < 0.75)
    are_strokes[0] = False
    return are_strokes


def digit_heights(stats: np.ndarray) -> np.ndarray:
    """Return the heights of the components with the shape of digits.

    If there are more that may be several digits that touch, theirs are there too.
    """
    width, height = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].T
    like = like_digits(stats)
    wide = (
        _are_strokes(stats) & (width >= 1.5 * height) & (width < MOST_TOUCHING * height)
    )
    if np.count_nonzero(wide) > np.count_nonzero(like):
        like |= wide
    return height[like]


def have_thin_strokes(stats: np.ndarray, thickness: np.ndarray) -> np.ndarray:
    """Return which components are like digits, and no blobs such as punched holes."""
    height = stats[:, cv2.CC_STAT_HEIGHT]
    return like_digits(stats) & (thickness <= THICKEST * height)


def typical_height(strokes: Components) -> float:
    """Return the height of most digits in pixels, 0 if there are none.

    Digits that touch a grid are part of it, but some of a page rarely do.
    """
    return height_of_most(digit_heights(strokes.stats))


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
