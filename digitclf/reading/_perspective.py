"""The perspective of a page that is seen at an angle, removed by its printed lines."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.preprocessing._canvas import reduced
from digitclf.reading._meeting_lines import Grid, Lines, printed_grid

WEAKEST = 0.06
"""Change of the scale over half of the longer side that is worth a correction, at
least."""

FARTHEST = 0.35
"""Change of the scale from the middle of the page to a corner, at least. The factor is
1 in the middle."""

FOCAL_LENGTH = 1.5
"""Focal length of cameras of phones relative to half of the longer side of a picture.
The more the scale changes, the more the page is shortened, and the longer, the more."""

LARGEST = 1.2
"""Longer side of the result relative to that of the picture, at most."""

PAPER_PIXELS, PAPER_WINDOW = 160, 21
"""Longer side of the picture in which the colour of the paper is found, and the side of
the window whose median it is."""


def without_perspective(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a page whose printed lines are level, upright and parallel.

    Lines that meet in a point do so on the horizon of the page. A homography that moves
    the horizon to infinity makes them parallel.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)

    Returns
    -------
    page : ndarray
        The picture itself if its lines are parallel already, or if there are few.
    to_picture : ndarray of shape (3, 3)
        Homography that maps pixels of the page to those of the picture.
    """
    grid = printed_grid(picture)
    correction = None if grid is None else _correction(grid)
    if correction is None:
        return picture, np.eye(3)
    height, width = picture.shape[:2]
    half = max(height, width) / 2
    from_middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, half]])
    matrix = np.diag([half, half, 1.0]) @ correction @ from_middle
    corners = np.array([[0, width, width, 0], [0, 0, height, height], [1] * 4])
    x, y, scale = matrix @ corners
    if scale.min() < FARTHEST * half:
        return picture, np.eye(3)
    x, y = x / scale, y / scale
    wide, high = np.ptp(x), np.ptp(y)
    factor = min(1.0, LARGEST * max(height, width) / max(wide, high))
    to_corner = np.array([[1, 0, -x.min()], [0, 1, -y.min()], [0, 0, 1 / factor]])
    matrix = to_corner @ matrix
    page = cv2.warpPerspective(
        _with_paper_at_border(picture),
        matrix,
        (int(np.ceil(factor * wide)), int(np.ceil(factor * high))),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return page, np.linalg.inv(matrix)


def _correction(grid: Grid) -> np.ndarray | None:
    """Return the homography (3, 3) that makes the lines parallel, None if they are.

    Lengths are relative to half of the longer side of the page, and the origin is its
    middle, which does not move.
    """
    # Lines across others are parallel and at a right angle if they are not seen.
    along = grid.along or Lines(grid.across.slope if grid.across else 0.0, 0.0)
    across = grid.across or Lines(along.slope, 0.0)
    points = np.array(
        [[1, along.slope, along.change], [-across.slope, 1, across.change]]
    )
    horizon = np.cross(*points)
    horizon = horizon / horizon[2]
    change = float(np.hypot(*horizon[:2]))
    if change < WEAKEST:
        return None
    parallel = np.eye(3)
    parallel[2] = horizon
    away = horizon[:2] / change
    stretch = np.hypot(1, FOCAL_LENGTH * change) - 1
    as_seen_from_above = np.eye(2) + stretch * np.outer(away, away)
    directions = as_seen_from_above @ points[:, :2].T
    directions = directions / np.hypot(*directions)
    upright = np.eye(3)
    upright[:2, :2] = np.linalg.inv(directions) @ as_seen_from_above
    turn = np.eye(3)
    angle = np.radians(grid.direction)
    turn[:2, :2] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return upright @ parallel @ turn


def _with_paper_at_border(picture: np.ndarray) -> np.ndarray:
    """Return a picture whose outermost pixels have the colour of the paper there.

    They are continued outside of the picture, where printed lines would make streaks.
    """
    small = cv2.convertScaleAbs(reduced(picture, PAPER_PIXELS))
    paper = cv2.resize(cv2.medianBlur(small, PAPER_WINDOW), picture.shape[1::-1])
    framed = paper.astype(picture.dtype)
    framed[1:-1, 1:-1] = picture[1:-1, 1:-1]
    return framed
