"""The ink of a page."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._canvas import in_grey_levels, opaque
from digitclf.reading._boxes import without_boxes
from digitclf.reading._components import Components
from digitclf.reading._frames import without_closed_frames, without_frames
from digitclf.reading._ink_strokes import strokes_of
from digitclf.reading._light import without_shadows
from digitclf.reading._page_plane import page_plane
from digitclf.reading._paper import paper_contrast
from digitclf.reading._perspective import without_perspective
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

EDGE = 5
"""Side in pixels of the kernel that adds the edges of strokes."""


MARGIN = 0.05
"""Margin around the ink of a rotated page, relative to the longer side of the ink."""


class PageInk(NamedTuple):
    """The ink of a page, at the size on which digits are looked for."""

    contrast: np.ndarray
    """Contrast of each pixel with the paper, float32 (height, width)."""
    strokes: Components
    """All strokes of ink."""
    writing: Components
    """Those that are no printed line and no frame."""
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
        mask = strokes_of(contrast, self.contrast).mask
        # Lines are long relative to the page, not to the corners that a rotation adds.
        rows, columns = _drawn_part(mask)
        contrast, mask = (
            np.ascontiguousarray(plane[rows, columns]) for plane in (contrast, mask)
        )
        strokes = Components(mask)
        shift = np.array([[1, 0, columns.start], [0, 1, rows.start], [0, 0, 1]])
        to_page = self.to_page @ back @ shift
        return PageInk(contrast, strokes, _writing(strokes), to_page)

    def without(self, strokes: np.ndarray) -> PageInk:
        """Return the ink without the strokes of a mask, and without their edges."""
        rest = self.strokes.mask & ~strokes
        kernel = np.ones((EDGE, EDGE), np.uint8)
        removed = cv2.dilate(strokes, kernel) & ~cv2.dilate(rest, kernel)
        contrast = np.where(removed > 0, np.float32(0), self.contrast)
        strokes_left = Components(rest)
        return PageInk(contrast, strokes_left, _writing(strokes_left), self.to_page)

    def turned(self, quarters: int) -> PageInk:
        """Return the ink after quarter turns, counterclockwise."""
        if quarters == 0:
            return self
        to_page = self.to_page
        planes = [self.contrast, self.strokes.mask, self.writing.mask]
        for _ in range(quarters):
            width = planes[0].shape[1]
            to_page = to_page @ np.array([[0, -1, width], [1, 0, 0], [0, 0, 1]])
            planes = [np.ascontiguousarray(np.rot90(plane)) for plane in planes]
        contrast, strokes, writing = planes
        return PageInk(contrast, Components(strokes), Components(writing), to_page)


class Plane(NamedTuple):
    """A page as one plane, at the size on which digits are looked for."""

    levels: np.ndarray
    """Grey levels, in which ink differs from paper the most, (height, width)."""
    to_page: np.ndarray
    """Homography (3, 3) that maps pixels of the plane to those of the page."""

    def reduced(self, side: int) -> Plane:
        """Return the plane with a longer side of at most this number of pixels."""
        scale = side / max(self.levels.shape)
        if scale >= 1:
            return self
        to_page = self.to_page @ np.diag([1 / scale, 1 / scale, 1.0])
        return Plane(resized(self.levels, scale), to_page)

    def ink(self, *, is_light: bool) -> PageInk:
        """Return the ink, if it is lighter than paper or not."""
        contrast = self.contrast(is_light=is_light)
        strokes = strokes_of(contrast)
        return PageInk(contrast, strokes, _writing(strokes), self.to_page)

    def contrast(self, *, is_light: bool) -> np.ndarray:
        """Return the contrast of each pixel with the paper, float32."""
        shorter, longer = sorted(self.levels.shape)
        widest = WINDOW * max(shorter, longer / 2)
        return paper_contrast(self.levels, widest, is_light=is_light)


def plane_of(page: np.ndarray) -> Plane:
    """Return a page as one plane.

    Parameters
    ----------
    page : ndarray of shape (height, width) or (height, width, channels)
        Pixels from `read_picture`.
    """
    picture, to_page = _at_working_size(in_grey_levels(opaque(page)))
    picture, to_picture = without_perspective(without_shadows(picture))
    return Plane(page_plane(picture), to_page @ to_picture)


def _drawn_part(mask: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns of a page that have ink, with a margin."""
    left, top, width, height = cv2.boundingRect(mask)
    margin = max(EDGE, round(MARGIN * max(width, height)))
    return (
        slice(max(0, top - margin), top + height + margin),
        slice(max(0, left - margin), left + width + margin),
    )


def _writing(strokes: Components) -> Components:
    """Return strokes without printed lines and frames."""
    unframed = without_closed_frames(without_boxes(strokes))
    return without_frames(without_lines(unframed))


def _at_working_size(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the page, cut out of the picture of a desk, and what maps it back."""
    corners = sheet_corners(picture)
    if corners is None:
        scale = _scale_for(picture.shape[:2])
        page = picture if scale == 1 else resized(picture, 1 / scale)
        return page, np.diag([scale, scale, 1.0])
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = sides[[0, 2]].mean(), sides[[1, 3]].mean()
    scale = _scale_for((height, width))
    # Reduced first, because a warp takes single pixels.
    reduced = max(1.0, scale)
    if scale > 1:
        picture = resized(picture, 1 / scale)
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


def resized(plane: np.ndarray, scale: float) -> np.ndarray:
    """Return a plane or a picture whose sides are `scale` times as long."""
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
