"""Printed lines of a page, and whether they are parallel or meet in a point."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._canvas import reduced

FEW_PIXELS = 600
"""Longer side of the picture in which lines are found."""

SCALE = 0.6
"""Scale of that picture on which the detector works."""

LIGHT_WINDOW = 41
"""Side in pixels of the window whose mean is the light."""

GAIN = 2.0
"""Factor by which contrast is increased: gradients of lines have to be about five grey
levels."""

SHORTEST = 0.04
"""Length of segments of lines, at least. All lengths are relative to half of the longer
side of the page."""

SPREAD = 6.0
"""Standard deviation in degrees of the directions of segments around the main one."""

ACROSS = 30.0
"""Angle in degrees between lines of one direction, at most."""

STEEPEST, STEP_OF_SLOPE = 0.6, 0.01
"""Slope of lines in the middle of the page relative to the main direction, at most, and
the step in which slopes are tried."""

STRONGEST, STEP_OF_CHANGE = 0.7, 0.02
"""By how much it changes over half of the longer side, at most, and the step in which
changes are tried."""

TOLERANCE = 0.012
"""Standard deviation of the slopes of segments."""

CLEAR, LONG = 0.4, 3.0
"""Share of the length of the segments along a direction that belongs to lines, and its
total, at least. With handwriting alone, a share of about 0.2 seems to meet in a point.
"""

ALSO_CLEAR, ALSO_LONG = 0.25, 1.2
"""The same if the lines across them are clear."""

FEWEST_LINES = 5
"""Number of lines, at least: two always meet somewhere."""

THICKEST = 0.04
"""Distance below which segments are edges of the same line."""

MORE = 1.3
"""Length of the segments that meet in a point relative to those that are parallel, at
least."""


class Lines(NamedTuple):
    """Lines of about one direction, in axes along and across it.

    The origin is the middle of the page. The slope of the line through a point (x, y)
    is ``(slope - change * y) / (1 - change * x)``.
    """

    slope: float
    """In the middle of the page."""
    change: float
    """How fast it changes across the lines, 0 if they are parallel."""


class Grid(NamedTuple):
    """Printed lines in two directions."""

    direction: float
    """Angle in degrees of the axes, clockwise, from -45 to 45."""
    along: Lines | None
    """Lines along the first axis, None if there are few."""
    across: Lines | None
    """Lines along the second axis, in axes that are turned by another 90 degrees."""


def printed_grid(picture: np.ndarray) -> Grid | None:
    """Return the printed lines of a page, None if there are none.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
    """
    segments = _segments(picture)
    if not len(segments.lengths):
        return None
    direction = _main_direction(segments)
    parts = segments.turned(direction), segments.turned(direction + 90)
    along, across = (_lines(part, CLEAR, LONG) for part in parts)
    if along is None and across is None:
        return None
    return Grid(
        direction,
        along or _lines(parts[0], ALSO_CLEAR, ALSO_LONG),
        across or _lines(parts[1], ALSO_CLEAR, ALSO_LONG),
    )


class _Segments(NamedTuple):
    """Straight pieces of edges, in units of half the longer side from the middle."""

    middles: np.ndarray
    """Of shape (n, 2)."""
    steps: np.ndarray
    """From one end to the other, of shape (n, 2)."""
    lengths: np.ndarray
    """Of shape (n,)."""

    def turned(self, degrees: float) -> _Segments:
        """Return the segments in axes that are turned clockwise."""
        angle = np.radians(degrees)
        axes = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        )
        return _Segments(self.middles @ axes, self.steps @ axes, self.lengths)


def _segments(picture: np.ndarray) -> _Segments:
    small = reduced(picture, FEW_PIXELS)
    grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    light = cv2.blur(grey, (LIGHT_WINDOW, LIGHT_WINDOW))
    clear = cv2.addWeighted(grey, GAIN, light, -GAIN, 128, dtype=cv2.CV_8U)
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, SCALE)
    found = detector.detect(clear)[0]
    ends = np.reshape([] if found is None else found, (-1, 2, 2)).astype(float)
    ends = (ends - np.array(grey.shape[::-1]) / 2) / (max(grey.shape) / 2)
    steps = ends[:, 1] - ends[:, 0]
    lengths = np.hypot(*steps.T)
    chosen = lengths >= SHORTEST
    return _Segments(ends.mean(axis=1)[chosen], steps[chosen], lengths[chosen])


def _main_direction(segments: _Segments) -> float:
    """Return the direction in degrees of most lines, or of those across them."""
    tried = np.arange(-45.0, 45.0)
    angles = np.degrees(np.arctan2(segments.steps[:, 1], segments.steps[:, 0]))
    apart = (angles - tried[:, None] + 45) % 90 - 45
    weights = np.exp(-0.5 * (apart / SPREAD) ** 2) @ segments.lengths
    return float(tried[weights.argmax()])


def _lines(segments: _Segments, share: float, length: float) -> Lines | None:
    """Return the lines along the first axis, None if there are few.

    Of all slopes and changes, those of most segments are sought, as in a Hough
    transform.

    Parameters
    ----------
    segments : _Segments
    share, length : float
        Share of the length of the segments that belongs to lines, and its total, at
        least.
    """
    x_step, y_step = segments.steps.T
    chosen = np.abs(y_step) < np.tan(np.radians(ACROSS)) * np.abs(x_step)
    slopes = y_step[chosen] / x_step[chosen]
    x, y = segments.middles[chosen].T
    lengths = segments.lengths[chosen]
    n_changes = round(STRONGEST / STEP_OF_CHANGE)
    changes = STEP_OF_CHANGE * np.arange(-n_changes, n_changes + 1)
    # For each change, the slopes in the middle of the page of the lines of segments.
    in_middle = slopes - changes[:, None] * (slopes * x - y)
    votes = _votes(in_middle, lengths)
    best = int(votes.max(axis=1).argmax())
    if votes[best].max() < MORE * votes[n_changes].max():
        best = n_changes
    place = int(votes[best].argmax())
    if votes[best, place] < max(length, share * lengths.sum()):
        return None
    slope = STEP_OF_SLOPE * (place - votes.shape[1] // 2)
    are_on_lines = np.abs(in_middle[best] - slope) < 2 * TOLERANCE
    heights = (y - slope * x)[are_on_lines]
    if len(np.unique(np.rint(heights / THICKEST))) < FEWEST_LINES:
        return None
    return Lines(slope, float(changes[best]))


def _votes(in_middle: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the length of the segments for each change and each slope.

    Parameters
    ----------
    in_middle : ndarray of shape (n_changes, n_segments)
        Slopes in the middle of the page.
    lengths : ndarray of shape (n_segments,)

    Returns
    -------
    votes : ndarray of shape (n_changes, n_slopes), float32
        Segments count for slopes that are about the same.
    """
    half = round(STEEPEST / STEP_OF_SLOPE)
    limits = STEP_OF_SLOPE * (np.arange(-half, half + 2) - 0.5)
    votes = np.stack(
        [np.histogram(row, limits, weights=lengths)[0] for row in in_middle]
    )
    sigma = TOLERANCE / STEP_OF_SLOPE
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return cv2.sepFilter2D(
        votes.astype(np.float32),
        cv2.CV_32F,
        kernel,
        np.ones(1),
        borderType=cv2.BORDER_CONSTANT,
    )
