"""The ink of a page."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._canvas import in_grey_levels, opaque
from digitclf.preprocessing._ink import is_ink_light, page_plane, paper_contrast
from digitclf.reading._digit_height import like_digits
from digitclf.reading._ink_mask import ink_mask
from digitclf.reading._printed_lines import without_lines
from digitclf.reading._rotation import rotated
from digitclf.reading._sheet import sheet_corners

LONGEST_SIDE = 2400
"""Longer side in pixels of the page on which digits are looked for."""

SHORTEST_SIDE = 400
"""Smaller pages are enlarged."""

WINDOW = 0.12
"""Width of the widest strokes, relative to the shorter side of the page, or to half of
the longer one."""

FEW_PIXELS = 800
"""Longer side of the page on which light and dark ink are compared."""

FEW_DIGITS = 5
"""Number of strokes with the shape of digits that is a reason to change the ink."""

THICKEST = 0.4
"""Thickness of a stroke relative to the height of the digit, at most."""

MANY_TIMES = 2
"""How many times as high they are in total then, at least."""


class PageInk(NamedTuple):
    """The ink of a page, at the size on which digits are looked for."""

    contrast: np.ndarray
    """Contrast of each pixel with the paper, float32 (height, width)."""
    strokes: np.ndarray
    """255 for ink, uint8 (height, width)."""
    mask: np.ndarray
    """255 for ink that is no printed line, uint8 (height, width)."""
    to_page: np.ndarray
    """Homography (3, 3) that maps pixels of the ink to those of the page."""

    def box_on_page(
        self, left: float, top: float, width: float, height: float
    ) -> tuple[int, int, int, int]:
        """Return the box on the page that contains a box of the ink."""
        x, y = np.array([left, left + width]), np.array([top, top + height])
        corners = np.array([[*x, *x], [*y.repeat(2)], [1, 1, 1, 1]])
        moved = self.to_page @ corners
        moved = moved[:2] / moved[2]
        low, high = np.rint(moved.min(axis=1)), np.rint(moved.max(axis=1))
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])

    def levelled(self, degrees: float) -> PageInk:
        """Return the ink after a rotation, counterclockwise."""
        contrast, back = rotated(self.contrast, degrees)
        strokes = ink_mask(contrast, self.contrast)
        return PageInk(contrast, strokes, without_lines(strokes), self.to_page @ back)

    def turned(self, quarters: int) -> PageInk:
        """Return the ink after quarter turns, counterclockwise."""
        if quarters == 0:
            return self
        to_page, contrast, strokes = self.to_page, self.contrast, self.strokes
        for _ in range(quarters):
            width = strokes.shape[1]
            to_page = to_page @ np.array([[0, -1, width], [1, 0, 0], [0, 0, 1]])
            contrast, strokes = (
                np.ascontiguousarray(np.rot90(plane)) for plane in (contrast, strokes)
            )
        return PageInk(contrast, strokes, without_lines(strokes), to_page)


def page_ink(page: np.ndarray) -> PageInk:
    """Return the ink on a page.

    Parameters
    ----------
    page : ndarray of shape (height, width) or (height, width, channels)
        Pixels from `read_picture`.
    """
    picture, to_page = _at_working_size(in_grey_levels(opaque(page)))
    plane = page_plane(picture)
    contrast, strokes = _ink(plane, _is_ink_light(plane))
    return PageInk(contrast, strokes, without_lines(strokes), to_page)


def _at_working_size(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the page, cut out of the picture of a desk, and what maps it back."""
    corners = sheet_corners(picture)
    if corners is None:
        scale = _scale_for(picture.shape[:2])
        page = picture if scale == 1 else _resized(picture, 1 / scale)
        return page, np.diag([scale, scale, 1.0])
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = sides[[0, 2]].mean(), sides[[1, 3]].mean()
    scale = _scale_for((height, width))
    # Reduced first, because a warp takes single pixels.
    reduced = max(1.0, scale)
    if scale > 1:
        picture = _resized(picture, 1 / scale)
    size = max(1, round(width / scale)), max(1, round(height / scale))
    sheet = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(sheet, corners / np.float32(reduced))
    page = cv2.warpPerspective(
        picture,
        matrix,
        size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return page, np.diag([reduced, reduced, 1.0]) @ matrix


def _ink(plane: np.ndarray, is_light: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the contrast with the paper, and the mask of strokes and lines."""
    shorter, longer = sorted(plane.shape)
    widest = WINDOW * max(shorter, longer / 2)
    contrast = paper_contrast(plane, widest, is_light=is_light)
    return contrast, ink_mask(contrast)


def _is_ink_light(plane: np.ndarray) -> bool:
    """Return whether ink is lighter than paper.

    The ink is what has many more strokes with the shape of digits. If neither has, it
    is what most pixels of any neighbourhood differ from.
    """
    scale = FEW_PIXELS / max(plane.shape)
    if scale < 1:
        plane = _resized(plane, scale)
    masks = [_ink(plane, is_light)[1] for is_light in (False, True)]
    dark, light = map(_total_sizes, masks)
    if np.all(light >= np.maximum(MANY_TIMES * dark, 1)):
        return True
    if np.all(dark >= np.maximum(MANY_TIMES * light, 1)):
        return False
    return is_ink_light(plane)


def _total_sizes(mask: np.ndarray) -> np.ndarray:
    """Return the total size of strokes like digits, upright and on their side.

    It is 0 if there are only few.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    radius, inside = np.zeros(len(stats)), mask > 0
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    np.maximum.at(radius, labels[inside], distance[inside])
    on_side = stats[:, [1, 0, 3, 2, 4]]
    totals = []
    for item in (stats, on_side):
        height = item[:, cv2.CC_STAT_HEIGHT]
        chosen = height[like_digits(item) & (2 * radius <= THICKEST * height)]
        totals.append(chosen.sum() if len(chosen) >= FEW_DIGITS else 0)
    return np.array(totals)


def _resized(plane: np.ndarray, scale: float) -> np.ndarray:
    height, width = plane.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(plane, size, interpolation=method)


def _scale_for(size: tuple[float, float]) -> float:
    longer, shorter = max(size), min(size)
    if longer > LONGEST_SIDE:
        return longer / LONGEST_SIDE
    if longer < SHORTEST_SIDE and shorter > 0:
        return longer / SHORTEST_SIDE
    return 1.0
