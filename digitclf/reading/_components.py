"""Connected components of masks, and some of them."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np

MOST_LABELS = np.iinfo(np.uint16).max
"""Number of labels of 16 bits, with which OpenCV needs a third of the time."""


class Components:
    """Connected components of a mask. The first one is the paper.

    They are looked for when they are first used. The mask must not change after that.

    Parameters
    ----------
    mask : ndarray of shape (height, width), uint8
        Not zero for ink.
    """

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask

    @cached_property
    def _found(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        # OpenCV also numbers parts of components that it joins later. Each of them
        # begins a run of pixels in a row.
        mask = self.mask
        begins = cv2.countNonZero(cv2.compare(mask[:, 1:], mask[:, :-1], cv2.CMP_GT))
        is_few = begins + len(mask) < MOST_LABELS
        _, labels, stats, centres = cv2.connectedComponentsWithStats(
            mask, ltype=cv2.CV_16U if is_few else cv2.CV_32S
        )
        return labels, stats, centres

    def __len__(self) -> int:
        return len(self.stats)

    @property
    def labels(self) -> np.ndarray:
        """Number of the component that each pixel is in, 0 for paper."""
        return self._found[0]

    @property
    def stats(self) -> np.ndarray:
        """Left, top, width, height and area of each component, int32 (n, 5)."""
        return self._found[1]

    @property
    def centres(self) -> np.ndarray:
        """Centre of mass of each component as (x, y), float64 (n, 2)."""
        return self._found[2]

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

    @cached_property
    def outlines(self) -> tuple[list[np.ndarray], np.ndarray]:
        """Outlines of the components and of their holes, and the outline around each.

        The latter is -1 for the outermost ones, int (n,).
        """
        found, tree = cv2.findContours(
            self.mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE
        )
        return list(found), tree[0, :, 3] if found else np.empty(0, dtype=int)

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

    def only(self, chosen: np.ndarray) -> Components:
        """Return some of the components. The rest becomes paper.

        Parameters
        ----------
        chosen : ndarray of shape (n,), bool
            Whether a component is chosen. The first value is ignored.
        """
        if chosen[1:].all():
            return self
        some = Components(self.masked(chosen))
        # They need not be looked for again.
        is_kept = chosen.copy()
        is_kept[0] = True
        kept = is_kept[self.of_pixels]
        some.pixels = self.pixels[kept]
        some.of_pixels = (np.cumsum(is_kept) - 1)[self.of_pixels[kept]]
        labels = np.zeros_like(self.labels)
        labels.ravel()[some.pixels] = some.of_pixels
        stats, centres = self.stats[is_kept], self.centres[is_kept]
        is_paper = ~chosen
        is_paper[0] = self.stats[0, cv2.CC_STAT_AREA] > 0
        stats[0], centres[0] = _together(self.stats[is_paper], self.centres[is_paper])
        some._found = labels, stats, centres
        return some


def _together(stats: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the stats and the centre of several components as one."""
    left, top, width, height, area = stats.T
    corner = left.min(), top.min()
    sides = (left + width).max() - corner[0], (top + height).max() - corner[1]
    centre = np.average(centres, axis=0, weights=area)
    return np.array([*corner, *sides, area.sum()]), centre
