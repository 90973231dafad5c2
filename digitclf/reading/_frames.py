"""Frames: circles and boxes that are drawn around digits."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.reading._digit_height import SMALLEST_DIGIT

LEAST_INSIDE = 0.3
"""Height of a digit relative to that of its frame, at least. Less is a speck in a zero,
and frames that are much larger than digits are not taken for one."""

WIDEST_INSIDE = 1.5
"""Width of a digit relative to its height, at most."""


def without_frames(mask: np.ndarray) -> np.ndarray:
    """Return a mask without the connected components that surround a digit.

    Parameters
    ----------
    mask : ndarray of shape (height, width), dtype uint8
        255 for ink.
    """
    outlines, tree = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return mask
    parents = tree[0, :, 3]
    # A component inside of another one lies in a hole of it, which has an outline too.
    inner = np.flatnonzero((_depths(parents) % 2 == 0) & (parents >= 0))
    if not inner.size:
        return mask
    outer = parents[parents[inner]]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    first = np.array([outline[0, 0] for outline in outlines])
    of_outline = labels[first[:, 1], first[:, 0]]
    inside, around = of_outline[inner], of_outline[outer]
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    is_digit = (heights >= SMALLEST_DIGIT) & (widths < WIDEST_INSIDE * heights)
    is_digit = is_digit[inside] & (heights[inside] >= LEAST_INSIDE * heights[around])
    if not is_digit.any():
        return mask
    is_frame = np.zeros(len(stats), dtype=bool)
    is_frame[around[is_digit]] = True
    return np.where(is_frame[labels], np.uint8(0), mask)


def _depths(parents: np.ndarray) -> np.ndarray:
    """Return how many outlines each of them is inside of."""
    depths = np.zeros(len(parents), dtype=int)
    ancestors = parents
    while (ancestors >= 0).any():
        depths += ancestors >= 0
        ancestors = np.where(ancestors >= 0, parents[ancestors], -1)
    return depths
