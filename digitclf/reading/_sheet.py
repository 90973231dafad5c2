"""A sheet of paper on a desk: where it lies in the picture."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from digitclf.preprocessing._canvas import reduced
from digitclf.reading._components import Components

FEW_PIXELS = 400
"""Longer side of the picture in which the sheet is looked for."""

TOLERANCE = 0.008
"""Deviation of the sides of a sheet from straight lines, relative to its outline."""

WIDEST_STROKE = 0.025
"""Half the side of the window whose median has no strokes, relative to that side."""

SMALLEST, LARGEST = 0.12, 0.97
"""Share of the picture that a sheet covers."""

LIKE_A_SHEET = 0.9
"""Overlap of a region with a quadrilateral, over their union, at least."""

NARROWEST_CORNER, WIDEST_CORNER = 60.0, 120.0
"""Angles of the corners in degrees."""

CLEAR_EDGE = 14.0
"""Difference of the colours on both sides of the edge, at least."""

NEAR, FAR = 0.02, 0.07
"""Distances from the edge at which colours are compared, relative to the longer side.
"""

FEWEST_EDGES = 3
"""Edges inside the picture, at least. Fewer may be those of a shadow."""

EDGE = 0.012
"""Width of the strip along the edge that is left out, relative to the longer side."""


def sheet_corners(picture: np.ndarray) -> np.ndarray | None:
    """Return the corners of a sheet that lies on something else.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
        Levels from 0 to 255.

    Returns
    -------
    ndarray of shape (4, 2), float32, or None
        Upper left, upper right, lower right and lower left corner as (x, y) in pixels.
        None if the page fills the picture, or if its edges are not clear.
    """
    small = reduced(picture, FEW_PIXELS).astype(np.uint8)
    if min(small.shape[:2]) < 40:
        return None
    longer = max(small.shape[:2])
    smooth = cv2.medianBlur(small, 2 * round(WIDEST_STROKE * longer) + 1)
    best, found = LIKE_A_SHEET, None
    for region in _regions(smooth):
        corners, likeness = _quadrilateral(region)
        if likeness > best and _has_clear_edge(smooth, corners):
            best, found = likeness, corners
    if found is None:
        return None
    scale = max(picture.shape[:2]) / longer
    return _without_edge(found, EDGE * longer) * np.float32(scale)


def _regions(picture: np.ndarray) -> Iterator[np.ndarray]:
    """Yield masks of what may be the sheet: the middle of the picture and its like."""
    planes = [picture] if picture.ndim == 2 else []
    if picture.ndim == 3:
        colours = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
        middle = _middle(colours).reshape(-1, 3)
        paper = np.median(middle, axis=0).astype(np.float32)
        distance = np.linalg.norm(colours.astype(np.float32) - paper, axis=2)
        planes = [np.minimum(distance, 255).astype(np.uint8), *cv2.split(colours)]
    for plane in planes:
        level = np.median(_middle(plane))
        threshold, light = cv2.threshold(plane, 0, 255, cv2.THRESH_OTSU)
        mask = light if level > threshold else cv2.bitwise_not(light)
        parts = Components(mask)
        inside = np.bincount(_middle(parts.labels).ravel(), minlength=len(parts))
        inside[0] = 0
        chosen = int(inside.argmax())
        share = parts.stats[chosen, cv2.CC_STAT_AREA] / mask.size
        if chosen and SMALLEST <= share <= LARGEST:
            yield (parts.labels == chosen).view(np.uint8)


def _middle(plane: np.ndarray) -> np.ndarray:
    height, width = plane.shape[:2]
    return plane[
        3 * height // 10 : height - 3 * height // 10,
        3 * width // 10 : width - 3 * width // 10,
    ]


def _quadrilateral(region: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the corners of a region, and how much it is like a quadrilateral."""
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea)
    corners = _corners_of(cv2.convexHull(outline))
    if corners is None:
        return np.empty((0, 2)), 0.0
    corners = _in_order(corners)
    if not _are_like_right_angles(corners):
        return corners, 0.0
    # The ink and the fingers on a sheet are holes in its region.
    filled = np.zeros_like(region)
    cv2.drawContours(filled, [outline], 0, 1, cv2.FILLED)
    inside = np.zeros_like(region)
    cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
    both = np.count_nonzero(filled & inside)
    return corners, both / np.count_nonzero(filled | inside)


def _corners_of(hull: np.ndarray) -> np.ndarray | None:
    """Return where the four longest sides of a hull meet, None if they do not.

    The corners themselves may be rounded, or covered by something.
    """
    tolerance = TOLERANCE * cv2.arcLength(hull, closed=True)
    points = cv2.approxPolyDP(hull, tolerance, closed=True)[:, 0].astype(np.float64)
    sides = np.roll(points, -1, axis=0) - points
    longest = np.sort(np.argsort(-np.linalg.norm(sides, axis=1))[:4])
    if len(longest) < 4:
        return None
    corners = []
    for first, second in zip(longest, np.roll(longest, -1), strict=True):
        directions = np.stack([sides[first], -sides[second]], axis=1)
        if abs(np.linalg.det(directions)) < 1e-6:
            return None
        along = np.linalg.solve(directions, points[second] - points[first])[0]
        corners.append(points[first] + along * sides[first])
    return np.array(corners, dtype=np.float32)


def _in_order(corners: np.ndarray) -> np.ndarray:
    """Return corners clockwise, beginning with the upper left one."""
    around = corners - corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)


def _are_like_right_angles(corners: np.ndarray) -> bool:
    before, after = (np.roll(corners, step, axis=0) - corners for step in (1, -1))
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    cosines = (before * after).sum(axis=1) / np.maximum(lengths, 1e-6)
    angles = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return bool(((angles > NARROWEST_CORNER) & (angles < WIDEST_CORNER)).all())


def _has_clear_edge(picture: np.ndarray, corners: np.ndarray) -> bool:
    """Return whether the colour changes at each edge that is inside the picture.

    The edge of a shadow is blurred, that of a sheet is not. Beyond a printed line, the
    colour is that of the paper again.
    """
    centre = corners.mean(axis=0)
    near, far = (distance * max(picture.shape[:2]) for distance in (NEAR, FAR))
    n_inside = 0
    for first, last in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = last - first
        across = np.array([along[1], -along[0]]) / max(np.linalg.norm(along), 1e-6)
        across *= np.sign(across @ ((first + last) / 2 - centre)) or 1.0
        points = first + np.linspace(0.1, 0.9, 33)[:, None] * along
        changes = [
            _change(picture, points - near * across, points + outwards * across)
            for outwards in (near, far)
        ]
        if changes[0] is None:
            continue
        if any(change is not None and change < CLEAR_EDGE for change in changes):
            return False
        n_inside += 1
    return n_inside >= FEWEST_EDGES


def _change(
    picture: np.ndarray, inside: np.ndarray, outside: np.ndarray
) -> float | None:
    """Return the change of the colour between places on both sides of an edge.

    None if most of those on the outside are not in the picture.
    """
    last = np.array(picture.shape[1::-1]) - 1
    outside = np.rint(outside).astype(int)
    in_picture = ((outside >= 0) & (outside <= last)).all(axis=1)
    if in_picture.mean() < 0.5:
        return None
    inside = np.clip(np.rint(inside).astype(int), 0, last)
    colours = [
        picture[places[:, 1], places[:, 0]].reshape(len(places), -1).astype(float)
        for places in (inside[in_picture], outside[in_picture])
    ]
    return float(np.median(np.abs(colours[0] - colours[1]).max(axis=1)))


def _without_edge(corners: np.ndarray, inset: float) -> np.ndarray:
    """Return corners moved towards the centre by a distance along both sides."""
    moved = []
    for place in range(4):
        corner = corners[place]
        sides = [corners[place - 1] - corner, corners[(place + 1) % 4] - corner]
        moved.append(
            corner + sum(inset * side / np.linalg.norm(side) for side in sides)
        )
    return np.array(moved, dtype=np.float32)
