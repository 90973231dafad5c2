"""Strokes on a page put together to digits: candidates with their boxes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from digitclf.preprocessing._digit import Digit
from digitclf.preprocessing._mnist_form import MNIST_SIZE, draw
from digitclf.reading._components import Components
from digitclf.reading._digit_height import typical_height
from digitclf.reading._order import Box
from digitclf.reading._page_ink import PageInk

SMALLEST = 0.4
"""Height of digits relative to the typical one, at least. Smaller ink is a speck."""

WHOLE = 0.75
"""Height of digits at the border of the page relative to the typical one, at least."""

LARGEST = 3.0
"""Height of digits relative to the typical one, at most."""

LARGE = 0.55
"""Height of parts that others are joined with relative to the typical one, at least."""

NEAR = 0.2
"""Gap between a small part and such a part relative to the typical height, at most."""

FARTHEST = 0.3
"""The same between two halves of a digit, one above the other."""

COMMON = 0.5
"""Common width of such halves relative to the narrower one, at least."""

TALLEST = 1.15
"""Height of both relative to the typical one, at most."""

SPECK = 0.12
"""Size of strokes relative to the typical height of digits, at least."""

LONGEST = 12.0
"""Width of digits that touch each other, relative to their height, at most."""

MOST_STROKES = 3000
"""Maximum number of strokes on a page. More are the texture of something else."""

THICKEST = (0.5, 0.75)
"""Thickness of ink relative to the typical height of digits, at most: of blobs, and of
strokes. Those in small blurred photos are thick."""

IN_DISC = 0.5
"""Share of the ink of a blob that is in the largest disc inside it, at least."""

FLAT = 2.2
"""Width over height above which ink is a dash or a line."""

STRAIGHT = 0.25
"""Extent of ink across its main direction relative to that along it, below which it is
a straight stroke."""

MARGIN = 2
"""Pixels around a candidate that are looked at."""


@dataclass(frozen=True)
class Candidate:
    """Ink that may be a digit: its box on the page, and its pixels in the box."""

    left: int
    top: int
    pixels: np.ndarray
    """Mask of the box, uint8 (height, width)."""

    @property
    def width(self) -> int:
        """Width of the box."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Height of the box."""
        return self.pixels.shape[0]

    @property
    def right(self) -> int:
        """First column right of the box."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """First row below the box."""
        return self.top + self.height

    @property
    def box(self) -> Box:
        """Box on the page at the size on which digits are looked for."""
        return Box(self.left, self.top, self.width, self.height)

    def columns(self, slant: float) -> np.ndarray:
        """Return the column of each pixel along a slant, int (height, width).

        The slant is the shift to the right per row upwards. The ink begins in column 0.
        """
        shift = np.rint(slant * np.arange(self.height)).astype(int)
        columns = np.arange(self.width) + shift[:, None]
        return columns - columns[self.pixels > 0].min()

    def part(self, chosen: np.ndarray) -> Candidate | None:
        """Return the part with the chosen pixels of the box, None if it is empty."""
        pixels = self.pixels * chosen
        left, top, width, height = cv2.boundingRect(pixels)
        if width == 0 or height == 0:
            return None
        part = pixels[top : top + height, left : left + width].copy()
        return Candidate(self.left + left, self.top + top, part)

    def thickness(self) -> float:
        """Return the diameter of the largest disc inside the strokes."""
        padded = cv2.copyMakeBorder(self.pixels, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
        return 2 * float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())

    def is_straight(self) -> bool:
        """Return whether it is a straight stroke."""
        moments = cv2.moments(self.pixels, binaryImage=True)
        common = moments["mu11"]
        scatter = np.array([[moments["mu20"], common], [common, moments["mu02"]]])
        across, along = np.linalg.eigvalsh(scatter)
        return bool(across < STRAIGHT**2 * along)

    def level(self, ink: PageInk) -> float:
        """Return the contrast of the strokes."""
        box = slice(self.top, self.bottom), slice(self.left, self.right)
        inside = ink.contrast[box][self.pixels > 0]
        return float(np.vdot(inside, inside) / max(inside.sum(), 1e-6))

    def image(self, ink: PageInk) -> np.ndarray:
        """Return the candidate in MNIST's form, uint8 (28, 28)."""
        mask = np.zeros((self.height + 2 * MARGIN, self.width + 2 * MARGIN), np.uint8)
        mask[MARGIN:-MARGIN, MARGIN:-MARGIN] = self.pixels
        contrast = self._with_margin(ink.contrast)
        box = cv2.boundingRect(mask)
        digit = Digit(contrast, (mask > 0).view(np.uint8), self.level(ink), box)
        [drawn] = draw([digit], MNIST_SIZE, [0.4])
        return drawn.image

    def _with_margin(self, plane: np.ndarray) -> np.ndarray:
        """Return the part of a plane around the box, with zeros beyond its border."""
        height, width = plane.shape
        top, bottom = self.top - MARGIN, self.bottom + MARGIN
        left, right = self.left - MARGIN, self.right + MARGIN
        return cv2.copyMakeBorder(
            plane[max(0, top) : bottom, max(0, left) : right],
            max(0, -top),
            max(0, bottom - height),
            max(0, -left),
            max(0, right - width),
            cv2.BORDER_CONSTANT,
        )


def find_candidates(ink: PageInk) -> tuple[list[Candidate], float]:
    """Return what may be digits, or several that touch, and the height of most."""
    height = typical_height(ink.writing)
    if height == 0:
        return [], 0.0
    joined = _joined(_large_enough(ink.writing, height), height)
    shape = ink.contrast.shape
    return [part for part in joined if not _is_cut_off(part, shape, height)], height


def _large_enough(components: Components, height: float) -> list[Candidate]:
    """Return the connected components that could be strokes of digits."""
    stats, labels = components.stats, components.labels
    widths, heights = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    fitting = np.maximum(widths, heights) >= SPECK * height
    fitting &= (heights <= LARGEST * height) & (widths <= LONGEST * height)
    fitting[0] = False
    if np.count_nonzero(fitting) > MOST_STROKES:
        return []
    found = []
    for number in np.flatnonzero(fitting):
        left, top, wide, high = (int(value) for value in stats[number, :4])
        part = (labels[top : top + high, left : left + wide] == number).view(np.uint8)
        found.append(Candidate(left, top, part * 255))
    return [part for part in found if not _is_too_thick(part, height)]


def _is_too_thick(part: Candidate, height: float) -> bool:
    """Return whether a part is too thick for a stroke of a digit."""
    thickness = part.thickness()
    disc = np.pi / 4 * thickness**2
    is_blob = disc >= IN_DISC * np.count_nonzero(part.pixels)
    of_blobs, of_strokes = THICKEST
    return bool(thickness > (of_blobs if is_blob else of_strokes) * height)


def _joined(components: list[Candidate], height: float) -> list[Candidate]:
    """Return components of which small ones are joined with the digit beside them.

    The bar of a five, or the part of a stroke behind a gap, belongs to the component
    that it is close to, if the two together are not larger than a digit.
    """
    large = [part for part in components if part.height >= LARGE * height]
    small = [part for part in components if part.height < LARGE * height]
    digits = [*large]
    sides = np.zeros((len(components), 4))
    sides[: len(large)] = np.reshape([_sides(part) for part in large], (-1, 4))
    for part in sorted(small, key=lambda item: -item.pixels.size):
        gaps = _gaps(part, sides[: len(digits)])
        hosts = [
            (gaps[place], place)
            for place in np.flatnonzero(gaps < FARTHEST * height)
            if _fits(part, digits[place], height)
            and (
                (gaps[place] < NEAR * height and not _is_speck(digits[place], height))
                or _are_halves(part, digits[place], height)
            )
        ]
        if hosts:
            _, place = min(hosts)
            digits[place] = union(digits[place], part)
            sides[place] = _sides(digits[place])
        else:
            sides[len(digits)] = _sides(part)
            digits.append(part)
    return [part for part in digits if not _is_speck(part, height)]


def _is_speck(part: Candidate, height: float) -> bool:
    """Return whether a part is a speck or a dash rather than a digit."""
    is_low = part.height < SMALLEST * height
    is_flat = part.height < LARGE * height and part.width >= FLAT * part.height
    return is_low or is_flat


def _sides(candidate: Candidate) -> tuple[int, int, int, int]:
    return candidate.left, candidate.right, candidate.top, candidate.bottom


def _is_cut_off(candidate: Candidate, shape: tuple[int, int], height: float) -> bool:
    """Return whether a candidate is a digit that the border of the page cuts off."""
    rows, columns = shape
    at_border = candidate.top <= 1 or candidate.bottom >= rows - 1
    at_border |= candidate.left <= 1 or candidate.right >= columns - 1
    return at_border and candidate.height < WHOLE * height


def _gaps(part: Candidate, sides: np.ndarray) -> np.ndarray:
    """Return the distances of the box of a part to other boxes, 0 if they overlap.

    The columns of `sides` are left, right, top and bottom of the other boxes.
    """
    left, right, top, bottom = sides.T
    across = np.maximum(np.maximum(left - part.right, part.left - right), 0)
    down = np.maximum(np.maximum(top - part.bottom, part.top - bottom), 0)
    return np.hypot(across, down)


def _fits(part: Candidate, host: Candidate, height: float) -> bool:
    """Return whether a small part belongs to a digit rather than to its neighbour."""
    left, right = min(part.left, host.left), max(part.right, host.right)
    top, bottom = min(part.top, host.top), max(part.bottom, host.bottom)
    overlap = min(part.right, host.right) - max(part.left, host.left)
    beside = overlap < 0.3 * part.width
    if bottom - top > 1.35 * max(height, host.height) or (
        right - left > 1.2 * max(height, host.width)
    ):
        return False
    # A dash, a point or a comma beside a digit is none of its strokes. The bar of a
    # five may be.
    is_high = part.top + part.bottom < 2 * host.top + 0.6 * host.height
    return not beside or (is_high and max(part.width, part.height) >= 0.3 * height)


def _are_halves(first: Candidate, second: Candidate, height: float) -> bool:
    """Return whether two parts may be the upper and the lower half of a digit.

    A line that crossed the digit was removed between them.
    """
    across = min(first.right, second.right) - max(first.left, second.left)
    whole = max(first.bottom, second.bottom) - min(first.top, second.top)
    is_above = across >= COMMON * min(first.width, second.width)
    return is_above and WHOLE * height <= whole <= TALLEST * height


def union(first: Candidate, second: Candidate) -> Candidate:
    """Return two candidates as one."""
    left, top = min(first.left, second.left), min(first.top, second.top)
    right, bottom = max(first.right, second.right), max(first.bottom, second.bottom)
    pixels = np.zeros((bottom - top, right - left), dtype=np.uint8)
    for part in (first, second):
        rows = slice(part.top - top, part.bottom - top)
        columns = slice(part.left - left, part.right - left)
        pixels[rows, columns] |= part.pixels
    return Candidate(left, top, pixels)
