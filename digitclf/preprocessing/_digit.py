"""The digit among everything that looks like ink: lines, frames, neighbours, specks."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._ink import in_ascending_order
from digitclf.preprocessing._lines import find_lines, remove_edges

NOISE_LEVELS = 5.0
"""Contrast of ink in standard deviations of the paper's texture, at least."""

FAINTEST_LEVEL = 1.0
"""Contrast of ink in grey levels of 0 to 255, at least. Less is rounding."""

FAINTEST = 0.4
"""Contrast of ink relative to that of the darkest strokes, at least."""

TRACES = 0.2
"""Contrast of printed lines relative to that of strokes, at least.

Lines are thin, so pieces of them that fall between pixels are fainter than ink."""

CLEAR = 2.5
"""Contrast of clear ink relative to the texture of the paper. Other ink is smoothed."""


SMOOTHING = 0.008
"""Standard deviation of a Gaussian filter for faint ink, relative to the picture."""

CONTINUED = 0.7
"""Faint ink continues in pixels of this fraction of the contrast."""

LEFT = 0.1
"""Fraction of the ink that is left without lines, at least."""

CLOSING = np.ones((3, 3), dtype=np.uint8)
"""Kernel that mends strokes where lines crossed them."""


class Digit(NamedTuple):
    """A digit: the contrast of a picture, its pixels as a mask, and their contrast."""

    contrast: np.ndarray
    mask: np.ndarray
    level: float
    box: tuple[int, int, int, int]

    @property
    def fill(self) -> float:
        """Fraction of its box that the digit covers, if this is most of the picture."""
        width, height = self.box[2:]
        if width < 0.6 * self.mask.shape[1] or height < 0.6 * self.mask.shape[0]:
            return 0.0
        return cv2.countNonZero(self.mask) / (width * height)


def find_digit(contrast: np.ndarray, *, alone: bool) -> Digit | None:
    """Return the digit in a picture, or None if nothing in it could be ink.

    With `alone`, there are no lines, no edges and no neighbours in it.
    """
    floor = _noise_floor(contrast)
    level = _ink_level(contrast, floor)
    faint = level < CLEAR * floor and not alone
    if faint:
        contrast = cv2.GaussianBlur(contrast, (0, 0), SMOOTHING * max(contrast.shape))
        floor = _noise_floor(contrast)
        level = _ink_level(contrast, floor)
    threshold = max(floor, FAINTEST * level)
    mask = _above(contrast, threshold)
    if not alone:
        fainter = CONTINUED * threshold if faint else max(floor, TRACES * level)
        mask = _without_print(mask, _above(contrast, fainter), faint)
    box = left, top, width, height = cv2.boundingRect(mask)
    if width == 0:
        return None
    count, _ = cv2.connectedComponents(mask[top : top + height, left : left + width])
    if count == 2:
        return Digit(contrast, mask & 1, level, box)
    chosen = Components(mask, alone).mask()
    return Digit(contrast, chosen, level, cv2.boundingRect(chosen))


def _without_print(mask: np.ndarray, traces: np.ndarray, faint: bool) -> np.ndarray:
    """Return a mask without edges of the paper, frames and printed lines.

    `traces` are the pixels of `mask` and fainter ones, in which lines have no gaps.
    """
    without = remove_edges(mask)
    if without is not mask:
        traces &= ~(mask & ~without)
    lines = find_lines(traces)
    if lines is not None:
        rest = cv2.morphologyEx(without & ~lines, cv2.MORPH_CLOSE, CLOSING)
        # A stroke across the whole picture is the digit itself.
        if cv2.countNonZero(rest) > LEFT * cv2.countNonZero(mask):
            without, traces = rest, traces & ~lines
    return _continued(without, traces) if faint else without


def _continued(mask: np.ndarray, fainter: np.ndarray) -> np.ndarray:
    """Return the components of fainter pixels that contain pixels of a mask."""
    count, labels = cv2.connectedComponents(fainter)
    kept = np.zeros(count, dtype=np.uint8)
    kept[labels[mask > 0]] = 255
    return kept[labels]


def _above(contrast: np.ndarray, threshold: float) -> np.ndarray:
    return cv2.compare(contrast, threshold, cv2.CMP_GT)


def _noise_floor(contrast: np.ndarray) -> float:
    """Return the contrast that the texture of the paper does not reach."""
    ordered = in_ascending_order(contrast[::3, ::3])
    # Quantiles of a normal distribution that stay in the paper even where ink covers
    # most of the picture.
    low, middle = (float(ordered[int(share * len(ordered))]) for share in (0.05, 0.25))
    deviation = (middle - low) / 0.970
    mean = middle + 0.674 * deviation
    return max(mean + NOISE_LEVELS * deviation, FAINTEST_LEVEL)


def _ink_level(contrast: np.ndarray, floor: float) -> float:
    """Return the contrast of strokes, away from the border if there are any.

    It is infinite if nothing exceeds the floor.
    """
    height, width = contrast.shape
    top, left = height // 8, width // 8
    inside = contrast[top : height - top, left : width - left]
    for part in (inside, contrast):
        _, ink = cv2.threshold(part, floor, 0, cv2.THRESH_TOZERO)
        if cv2.countNonZero(ink) > 0.004 * contrast.size * (part is inside):
            return cv2.norm(ink, cv2.NORM_L2SQR) / cv2.sumElems(ink)[0]
    return np.inf


class Components:
    """Several connected components of a mask, and which of them are the digit."""

    def __init__(self, mask: np.ndarray, alone: bool) -> None:
        count, self.labels, stats, centres = (
            cv2.connectedComponentsWithStatsWithAlgorithm(
                mask, 8, cv2.CV_32S, cv2.CCL_GRANA
            )
        )
        self.left, self.top, self.widths, self.heights, self.areas = stats.T
        self.right, self.bottom = self.left + self.widths, self.top + self.heights
        self.sizes = np.maximum(self.widths, self.heights)
        self.centres = centres
        self.contact = self._contact_with_border()
        self.excluded = np.zeros(count, dtype=bool)
        if not alone:
            self.excluded = self._beside() | self._surrounding()
        self.main = self._main()
        self.chosen = self._larger() if alone else self._chosen()

    def _contact_with_border(self) -> np.ndarray:
        """Return the number of border pixels of each component."""
        labels = self.labels
        border = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
        return np.bincount(np.concatenate(border), minlength=len(self.left))

    def _beside(self) -> np.ndarray:
        """Return which components lie along the border: edges, pieces of others."""
        height, width = self.labels.shape
        beside = self.contact > 0.5 * self.sizes
        x, y = np.abs(self.centres.T / [[width], [height]] - 0.5)
        return beside | ((self.contact > 0) & (np.maximum(x, y) > 0.38))

    def _surrounding(self) -> np.ndarray:
        """Return which are frames: hollow, with something digit-sized inside."""
        height, width = self.labels.shape
        frames = np.zeros(len(self.left), dtype=bool)
        large = (self.widths > 0.4 * width) & (self.heights > 0.4 * height)
        large &= self.areas < 0.4 * self.widths * self.heights
        for outer in np.flatnonzero(large):
            shared_x = np.minimum(self.right, self.right[outer]) - np.maximum(
                self.left, self.left[outer]
            )
            shared_y = np.minimum(self.bottom, self.bottom[outer]) - np.maximum(
                self.top, self.top[outer]
            )
            inside = (shared_x > 0.8 * self.widths) & (shared_y > 0.8 * self.heights)
            inside &= self.heights > 0.3 * self.heights[outer]
            inside &= self.widths < self.widths[outer]
            inside &= self.heights < self.heights[outer]
            inside[outer] = False
            frames[outer] = outer > 0 and inside.any()
        return frames

    def _main(self) -> int:
        """Return the number of the largest component near the centre."""
        height, width = self.labels.shape
        off_centre = np.abs(self.centres / (width, height) - 0.5).max(axis=1) * 2
        scores = np.sqrt(self.areas) * self.sizes * np.exp(-2 * off_centre**2)
        scores[self.excluded] *= 0.05
        scores[0] = 0
        return int(np.argmax(scores))

    def _larger(self) -> np.ndarray:
        """Return which components are no specks."""
        larger = self.areas > 0.03 * self.areas[self.main]
        larger[0] = False
        return larger

    def _chosen(self) -> np.ndarray:
        """Return which components belong to the digit."""
        main = self.main
        size = self.sizes[main]
        gap_x = np.maximum(self.left[main] - self.right, self.left - self.right[main])
        gap_y = np.maximum(self.top[main] - self.bottom, self.top - self.bottom[main])
        gap = np.maximum(gap_x, gap_y)
        chosen = (gap < 0.15 * size) & (self.sizes > 0.1 * size) & ~self.excluded
        chosen &= ((self.contact == 0) | (gap <= 0)) & (self.sizes < 1.3 * size)
        # Beside the digit: a neighbour, or a piece of one.
        beside = (gap_x >= 0) & (self.heights >= 0.4 * self.heights[main])
        chosen &= ~beside | ((gap < 0.06 * size) & (self.contact == 0))
        # Beyond the digit: a line.
        beyond = np.maximum(self.left[main] - self.left, self.right - self.right[main])
        beyond = np.maximum(beyond, self.top[main] - self.top)
        beyond = np.maximum(beyond, self.bottom - self.bottom[main])
        bar = np.minimum(self.widths, self.heights) < 0.15 * size
        chosen &= ~bar | (beyond < 0.35 * size)
        chosen[0] = False
        chosen[main] = True
        return chosen

    def mask(self) -> np.ndarray:
        """Return the pixels of the digit."""
        return np.take(self.chosen.view(np.uint8), self.labels, mode="clip")
