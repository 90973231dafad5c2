"""The digit among everything that looks like ink: lines, frames, neighbours, specks."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.preprocessing._ink import Plane

NOISE_LEVELS = 5.0
"""Contrast of ink in standard deviations of the paper's texture, at least."""

FAINTEST_LEVEL = 1.0
"""Contrast of ink in grey levels of 0 to 255, at least. Less is rounding."""

FAINTEST = 0.4
"""Contrast of ink relative to that of the darkest strokes, at least."""


TRACES = 0.2
"""Contrast of printed lines relative to that of strokes, at least.

Lines are thin, so pieces of them that fall between pixels are fainter than ink."""

STRIP = 0.8
"""A strip along the border covers this fraction of the picture's side, at least."""

LINE_THICKNESS = 0.03
"""Printed lines are thinner than this fraction of the picture's longer side."""

LINE_RUN = 0.15
"""A line consists of runs of pixels of this fraction of the picture's width."""


class BlankError(ValueError):
    """Nothing in a picture could be ink."""


def find_digit(contrast: Plane) -> tuple[np.ndarray, float]:
    """Return the mask of the digit (height, width) as uint8, and its contrast."""
    floor = _noise_floor(contrast)
    level = _ink_level(contrast, floor)
    threshold = max(floor, FAINTEST * level)
    mask = (contrast > threshold).view(np.uint8)
    traces = (contrast > max(floor, TRACES * level)).view(np.uint8)
    mask = _remove_lines(_remove_edges(mask), traces)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        raise BlankError("nothing in it could be ink")
    chosen = np.zeros(count, dtype=np.uint8)
    chosen[_digit_components(labels, stats, centres)] = 1
    return chosen[labels], level


def _noise_floor(contrast: Plane) -> float:
    """Return the contrast that the texture of the paper does not reach."""
    values = contrast[::3, ::3].ravel()
    low, middle = int(0.05 * values.size), int(0.25 * values.size)
    ordered = np.partition(values, (low, middle))
    # Quantiles of a normal distribution that stay in the paper even where ink covers
    # most of the picture.
    deviation = (ordered[middle] - ordered[low]) / 0.970
    mean = ordered[middle] + 0.674 * deviation
    return max(float(mean + NOISE_LEVELS * deviation), FAINTEST_LEVEL)


def _ink_level(contrast: Plane, floor: float) -> float:
    """Return the contrast of strokes, away from the border if there are any."""
    height, width = contrast.shape
    top, left = height // 8, width // 8
    inside = contrast[top : height - top, left : width - left]
    values = inside[inside > floor]
    if values.size < 0.004 * contrast.size:
        values = contrast[contrast > floor]
    if values.size == 0:
        raise BlankError("nothing in it could be ink")
    return float(np.vdot(values, values) / values.sum())


def _remove_edges(mask: np.ndarray) -> np.ndarray:
    """Remove strips along whole sides of the picture: frames, and tables."""
    strips = [_has_strip(side) for side in _from_each_side(mask)]
    if not any(strips):
        return mask
    without = mask.copy()
    others = []
    for side, strip in zip(_from_each_side(without), strips, strict=True):
        if strip:
            _cut_strip(side)
        else:
            others.append(side[0])
    # A bar along the side of a digit that is cut to its box, such as a seven.
    cut_to_box = any(border.any() for border in others)
    if cut_to_box or cv2.countNonZero(without) < 0.2 * cv2.countNonZero(mask):
        return mask
    return without


def _from_each_side(mask: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return views of which each has another border of the picture as its first row."""
    return mask, mask[::-1], mask.T, mask.T[::-1]


def _has_strip(mask: np.ndarray) -> bool:
    return np.count_nonzero(mask[0]) > STRIP * mask.shape[1]


def _cut_strip(mask: np.ndarray) -> None:
    """Clear the ink that a column has without a gap from the top, but no strokes."""
    below = np.where(mask.all(axis=0), mask.shape[0], np.argmin(mask, axis=0))
    depth = np.minimum(below, 1.5 * np.median(below) + 2)
    mask[np.arange(mask.shape[0])[:, None] < depth] = 0


def _remove_lines(mask: np.ndarray, traces: np.ndarray) -> np.ndarray:
    """Remove straight lines across the picture, and mend the strokes that they crossed.

    `traces` are the pixels of `mask` and fainter ones, in which lines have no gaps.
    """
    level = _level_lines(traces)
    upright = _transposed(_level_lines(_transposed(traces)))
    if not (level.any() or upright.any()):
        return mask
    # Frames and grids that the digit does not touch.
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    surrounding = _surrounding(labels, stats)
    if surrounding.any():
        mask = (mask & ~surrounding[labels]).astype(np.uint8)
    rest = mask & ~(level | upright)
    mended = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, _bridge(level & mask)) & level
    bridge = _transposed(_bridge(_transposed(upright & mask)))
    mended |= cv2.morphologyEx(rest, cv2.MORPH_CLOSE, bridge) & upright
    without = rest | (mended & mask)
    if cv2.countNonZero(without) < 0.2 * cv2.countNonZero(mask):
        # A stroke across the whole picture: the digit itself.
        return mask
    return without


def _transposed(mask: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(mask.T)


def _bridge(lines: np.ndarray) -> np.ndarray:
    """Return a kernel that closes gaps as high as level lines."""
    thickness = min(5, int(lines.sum(axis=0).max()))
    return np.ones((2 * thickness + 3, 1), dtype=np.uint8)


def _level_lines(mask: np.ndarray) -> np.ndarray:
    """Return the pixels (height, width) of lines from the left to the right border."""
    if not (mask[:, :3].any() and mask[:, -3:].any()):
        return np.zeros_like(mask)
    height, width = mask.shape
    # Strokes are thicker than lines, as a rule. Lines continue behind them.
    thick = max(4, round(LINE_THICKNESS * max(height, width)))
    square = np.ones((thick, thick), dtype=np.uint8)
    thin = mask & ~cv2.morphologyEx(mask, cv2.MORPH_OPEN, square)
    run = np.ones((1, max(3, round(LINE_RUN * width))), dtype=np.uint8)
    runs = cv2.morphologyEx(thin, cv2.MORPH_OPEN, run)
    if not (runs[:, :3].any() and runs[:, -3:].any()):
        return np.zeros_like(mask)
    # A line that is not quite level consists of overlapping runs, with gaps at strokes.
    joined = cv2.dilate(runs, np.ones((3, 3), dtype=np.uint8))
    gap = np.ones((1, 2 * run.size + 1), dtype=np.uint8)
    joined = cv2.morphologyEx(joined, cv2.MORPH_CLOSE, gap)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    chosen = np.zeros(count, dtype=np.uint8)
    for number, (left, top, length, extent, area) in enumerate(stats):
        thickness = area / length
        chosen[number] = (
            number > 0
            and left <= 2
            and left + length >= width - 2
            # A bar along the edge is more often the digit's own.
            and top > 2
            and top + extent < height - 2
            and thickness < 0.1 * height
            and extent < 0.1 * width + thickness
        )
    return chosen[labels]


def _digit_components(
    labels: np.ndarray, stats: np.ndarray, centres: np.ndarray
) -> np.ndarray:
    """Return the numbers of the connected components that belong to the digit."""
    if len(stats) == 2:
        return np.array([1])
    height, width = labels.shape
    left, top, widths, heights, areas = stats.T
    right, bottom = left + widths, top + heights
    sizes = np.maximum(widths, heights)
    off_centre = np.abs(centres / (width, height) - 0.5).max(axis=1) * 2
    contact = _contact_with_border(labels, len(stats))
    beside = contact > 0.5 * sizes  # edges of the paper, frames
    scores = np.sqrt(areas) * sizes * np.exp(-2 * off_centre**2)
    excluded = beside | _surrounding(labels, stats)
    scores[excluded] *= 0.05
    scores[0] = 0
    excluded[0] = True
    main = int(np.argmax(scores))
    size = sizes[main]

    gap_x = np.maximum(left[main] - right, left - right[main])
    gap_y = np.maximum(top[main] - bottom, top - bottom[main])
    gap = np.maximum(gap_x, gap_y)
    related = (gap < 0.15 * size) & (sizes > 0.1 * size) & ~excluded
    related &= (contact == 0) | (gap <= 0)
    # Beside the digit: a neighbour, or a piece of one.
    related &= (gap_x < 0) | (heights < 0.4 * heights[main])
    related[main] = True
    return np.flatnonzero(related)


def _contact_with_border(labels: np.ndarray, count: int) -> np.ndarray:
    """Return the number of border pixels of each component."""
    border = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    return np.bincount(np.concatenate(border), minlength=count)


def _surrounding(labels: np.ndarray, stats: np.ndarray) -> np.ndarray:
    """Return which components are frames: hollow, with something digit-sized inside."""
    left, top, widths, heights, areas = stats.T
    right, bottom = left + widths, top + heights
    height, width = labels.shape
    frames = np.zeros(len(stats), dtype=bool)
    large = (widths > 0.4 * width) & (heights > 0.4 * height)
    for outer in np.flatnonzero(large & (areas < 0.4 * widths * heights)):
        inside = (left > left[outer]) & (right < right[outer])
        inside &= (top > top[outer]) & (bottom < bottom[outer])
        inside &= heights > 0.3 * heights[outer]
        frames[outer] = outer > 0 and inside.any()
    return frames
