"""Straight lines that are not strokes: edges of the paper, frames, ruled lines."""

from __future__ import annotations

import cv2
import numpy as np

LINE_THICKNESS = 0.035
"""Printed lines are thinner than this fraction of the picture's longer side."""

FRAME_THICKNESS = 0.06
"""Frames are thinner than this fraction of the picture's longer side."""

FRAME_SIDES = 3
"""Sides of a frame that are seen, at least. The digit may hide one."""

TILT = np.radians(9)
"""Printed lines are level or upright but for this angle."""

EDGE_CONTACT = 0.35
"""Edges of the paper cover this fraction of a side of the picture, at least."""

FRAME_CONTACT = 0.7
"""Frames cover this fraction of each side of the ink, at least."""

ATTEMPTS = 40
"""Candidates for lines that are tried, the straightest first."""

REMAINDER = 0.2
"""Fraction of the ink that is left without edges, at least."""


def remove_edges(mask: np.ndarray) -> np.ndarray:
    """Remove straight strips along sides of the picture: tables, edges of the paper."""
    left, top, width, height = cv2.boundingRect(mask)
    right, bottom = mask.shape[1] - left - width, mask.shape[0] - top - height
    if min(left, top, right, bottom) > 0:
        return mask
    if not any(_has_contact(side, EDGE_CONTACT) for side in _from_each_side(mask)):
        return mask
    without = mask.copy()
    sides = _from_each_side(without)
    found = [_cut_strip(side, EDGE_CONTACT) for side in sides]
    for position, opposite in enumerate((1, 0, 3, 2)):
        if found[position] and not found[opposite] and sides[opposite][0].any():
            # A bar along the side of a digit that is cut to its box, such as a seven.
            return mask
    remainder = cv2.countNonZero(without) / cv2.countNonZero(mask)
    return without if any(found) and remainder > REMAINDER else mask


def _has_contact(side: np.ndarray, fraction: float) -> bool:
    return np.count_nonzero(side[0]) > max(6, fraction * side.shape[1])


def _from_each_side(mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return views of which each has another side of the mask as its first row."""
    return mask, mask[::-1], mask.T, mask.T[::-1]


def _cut_strip(mask: np.ndarray, contact: float) -> bool:
    """Clear a strip with a straight edge along the first row, but no strokes behind it.

    Return whether there is one, along a fraction `contact` of the row.
    """
    if not _has_contact(mask, contact):
        return False
    columns = np.flatnonzero(mask[0])
    strip = mask[:, columns]
    depth = np.where(strip.all(axis=0), mask.shape[0], np.argmin(strip, axis=0))
    third = columns.size // 3
    first, last = np.median(depth[:third]), np.median(depth[-third:])
    run = columns[-third:].mean() - columns[:third].mean()
    edge = (last - first) / run * (columns - columns.mean())
    edge += np.median(depth - edge)
    tolerance = 2 + 0.01 * max(mask.shape)
    straight = np.abs(depth - edge) <= tolerance
    if np.mean(straight) < 0.6 or edge.max() > 0.45 * mask.shape[0]:
        return False
    # Edges continue beyond the picture, to the corner or to the border.
    starts = columns[0] < tolerance or edge[0] < tolerance
    ends = columns[-1] > mask.shape[1] - tolerance or edge[-1] < tolerance
    if not (starts and ends):
        return False
    depth = np.minimum(depth, edge + tolerance)
    rows = np.arange(mask.shape[0])[:, None]
    mask[:, columns] = np.where(rows < depth, 0, strip)
    return True


def find_lines(ink: np.ndarray) -> np.ndarray | None:
    """Return a mask of lines that cross the picture, and frames, if there are any.

    Pixels of strokes that cross lines are left out.
    """
    left, top, width, height = cv2.boundingRect(ink)
    across = width > ink.shape[1] - 4
    down = height > ink.shape[0] - 4
    box = slice(top, top + height), slice(left, left + width)
    ink_in_box = ink[box]
    if not (across or down):
        first, second, *others = _from_each_side(ink_in_box)
        seen = _has_line_along(first) + _has_line_along(second)
        # At most one side of a frame is hidden.
        if not seen or seen + sum(map(_has_line_along, others)) < FRAME_SIDES:
            return None
    found = np.zeros_like(ink)
    for thickness, needed in ((FRAME_THICKNESS, FRAME_SIDES), (LINE_THICKNESS, 1)):
        thickest = max(3, round(thickness * max(ink.shape)))
        level, level_count = _level_lines(ink_in_box, thickest)
        rest = np.ascontiguousarray((ink_in_box & ~level).T)
        upright, upright_count = _level_lines(rest, thickest)
        frame = level_count + upright_count >= FRAME_SIDES
        if level_count and (frame or (across and needed == 1)):
            found[box] |= level
        if upright_count and (frame or (down and needed == 1)):
            found[box] |= upright.T
        if cv2.countNonZero(found):
            return found
        if not (across or down):
            break
    return None


def _has_line_along(side: np.ndarray) -> bool:
    near = side[: max(4, side.shape[0] // 16)]
    seen = np.bitwise_or.reduce(near, axis=0)
    return np.count_nonzero(seen) > FRAME_CONTACT * side.shape[1]


def _level_lines(ink: np.ndarray, thickest: int) -> tuple[np.ndarray, int]:
    """Return a mask of lines from the left to the right side, and their number."""
    lines = np.zeros_like(ink)
    width = ink.shape[1]
    if not (ink[:, :3].any() and ink[:, -3:].any()):
        return lines, 0
    square = np.ones((thickest + 1, thickest + 1), dtype=np.uint8)
    # Lines along the border are not thicker than they look.
    thick = cv2.morphologyEx(
        ink, cv2.MORPH_OPEN, square, borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    thin = ink & ~thick
    votes = max(10, int(0.5 * width))
    limits = np.pi / 2 - TILT, np.pi / 2 + TILT
    found = cv2.HoughLines(
        thin, 1, np.pi / 360, votes, min_theta=limits[0], max_theta=limits[1]
    )
    if found is None:
        return lines, 0
    # Rows at which candidates meet the left and the right side.
    rho, theta = found[:, 0].T[..., None]
    ends = (rho - np.array([0, width - 1]) * np.cos(theta)) / np.sin(theta)
    rest = ink > 0
    count = 0
    for _ in range(ATTEMPTS):
        if not len(ends):
            break
        first, last = ends[0]
        middle = np.rint(np.linspace(first, last, width)).astype(int)
        line = _line_along(rest, middle, thickest)
        if line is not None:
            count += 1
            lines[line] = 255
            rest[line] = False
        # The same line again, a little shifted or tilted.
        distance = np.abs(ends - ends[0]).max(axis=1)
        ends = ends[distance >= (1 if line is None else thickest)]
    return lines, count


def _line_along(ink: np.ndarray, middle: np.ndarray, thickest: int) -> tuple | None:
    """Return rows and columns of the line whose row in each column is `middle`.

    Pixels of strokes that cross it are left out. None, if it is not a line.
    """
    height, width = ink.shape
    columns = np.flatnonzero((middle >= 0) & (middle < height))
    if columns.size < 0.6 * width:
        return None
    centre = 2 * thickest
    rows = middle[columns] + np.arange(-centre, centre + 1)[:, None]
    band = ink[np.clip(rows, 0, height - 1), columns] & (rows >= 0) & (rows < height)
    hit = band[centre - 1 : centre + 2].any(axis=0)
    ends = max(3, columns.size // 10)
    if hit.mean() < 0.85 or min(hit[:ends].mean(), hit[-ends:].mean()) < 0.6:
        return None
    nearest = np.where(band[centre], 0, np.where(band[centre - 1], -1, 1)) + centre
    below, above = _run(band, nearest, 1), _run(band, nearest, -1)
    thickness = above + below - 1
    typical = np.median(thickness[hit])
    if typical > thickest:
        return None
    position = np.arange(len(band))[:, None]
    line = (position > nearest - above) & (position < nearest + below)
    line &= hit & (thickness <= typical + 2)
    return rows[line], np.broadcast_to(columns, band.shape)[line]


def _run(band: np.ndarray, start: np.ndarray, step: int) -> np.ndarray:
    """Return the number of pixels in a row from a position in each column."""
    count = np.zeros(band.shape[1], dtype=int)
    alive = np.ones(band.shape[1], dtype=bool)
    columns = np.arange(band.shape[1])
    position = start.copy()
    while True:
        inside = (position >= 0) & (position < len(band))
        alive &= inside & band[np.clip(position, 0, len(band) - 1), columns]
        if not alive.any():
            return count
        count += alive
        position += step
