"""Connected components of a mask, and masks of some of them."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

MOST_LABELS = np.iinfo(np.uint16).max
"""Number of labels of 16 bits, with which OpenCV needs a third of the time."""


class Components:
    """Connected components of a mask. The first one is the paper.

    Parameters
    ----------
    mask : ndarray of shape (height, width), uint8
        Not zero for ink.
    """

    labels: np.ndarray
    """Number of the component that each pixel is in, 0 for paper."""
    stats: np.ndarray
    """Left, top, width, height and area of each component, int32 (n, 5)."""
    centres: np.ndarray
    """Centre of mass of each component as (x, y), float64 (n, 2)."""

    def __init__(self, mask: np.ndarray) -> None:
        # OpenCV also numbers parts of components that it joins later. Each of them
        # begins a run of pixels in a row.
        begins = cv2.countNonZero(cv2.compare(mask[:, 1:], mask[:, :-1], cv2.CMP_GT))
        is_few = begins + len(mask) < MOST_LABELS
        self.mask = mask
        _, self.labels, self.stats, self.centres = cv2.connectedComponentsWithStats(
            mask, ltype=cv2.CV_16U if is_few else cv2.CV_32S
        )

    def __len__(self) -> int:
        return len(self.stats)

    @cached_property
    def pixels(self) -> np.ndarray:
        """Positions of the pixels of ink in the flat mask."""
        return np.flatnonzero(self.mask != 0)

    @cached_property
    def of_pixels(self) -> np.ndarray:
        """Component of each of these pixels."""
        return self.labels.ravel()[self.pixels]

    @cached_property
    def thickness(self) -> np.ndarray:
        """Thickness of each component where it is thickest, float32 (n,)."""
        distance = cv2.distanceTransform(self.mask, cv2.DIST_L2, 3)
        radius = np.zeros(len(self), dtype=np.float32)
        np.maximum.at(radius, self.of_pixels, distance.ravel()[self.pixels])
        return 2 * radius

    def share_in(self, mask: np.ndarray) -> np.ndarray:
        """Return the share of each component that is in a mask, float64 (n,)."""
        inside = self.of_pixels[mask.ravel()[self.pixels] != 0]
        areas = np.maximum(self.stats[:, cv2.CC_STAT_AREA], 1)
        return np.bincount(inside, minlength=len(self)) / areas

    def masked(self, chosen: np.ndarray) -> np.ndarray:
        """Return 255 for the pixels of some components, uint8 (height, width).

        Parameters
        ----------
        chosen : ndarray of shape (n,), bool
            Whether a component is chosen. The paper never is.
        """
        mask = np.zeros(self.mask.shape, dtype=np.uint8)
        # Most pixels are paper, and looking up a number for each of them takes long.
        mask.ravel()[self.pixels[chosen[self.of_pixels]]] = 255
        return mask
