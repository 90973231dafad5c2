"""A page as one plane, in which its ink differs from everything else the most."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.preprocessing._ink import (
    differences,
    in_even_light,
    projected,
    sample_of,
    surroundings_of,
    towards_white,
)
from digitclf.reading._rotation import (
    FEW_PIXELS,
    direction_of_lines,
    reduced,
    rotated,
)

WIDEST_STROKE = 0.06
"""Strokes on a page are narrower than this fraction of its longer side. The light of a
flash is wider."""

LEAST_NOISE = 3.0
"""Standard deviation of noise in grey levels that is smoothed, at least."""

NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], dtype=np.float32)
"""Kernel that responds to noise, but not to edges along rows and columns."""

OF_NOISE = 3.0
"""Difference of pixels that are smoothed together, in standard deviations of noise."""

SMOOTHED, SPREAD = 7, 2.0
"""Diameter of the neighbourhood in pixels that noise is smoothed over, and the standard
deviation of the weights in it."""

LINE_LENGTH = 101
"""Length in pixels over which the contrast of printed lines is averaged."""

OF_LINE = 0.6
"""Mean contrast along a line relative to that of its pixels, at least."""

SAME_COLOUR = 0.3
"""Weight of the ink's own scatter beside that of lines. With less, the axis follows
small differences between their colours, along which there is little contrast."""

FAINTER_LINES = 0.85
"""Scatter of lines relative to that of the ink, compared with the axis along which ink
differs most, below which lines are clearly fainter."""

MOST_LOST = 0.12
"""Scatter of the ink relative to that along this axis, at least."""

LEAST_SCATTER = 1e-6
"""Scatter in all directions, relative to the whole, for pages that are only lines."""


def page_plane(picture: np.ndarray) -> np.ndarray:
    """Return a page as one smooth plane.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
    """
    plane = picture if picture.ndim == 2 else projected(picture, _axis(picture))
    return cv2.GaussianBlur(_without_noise(in_even_light([plane])[0]), (3, 3), 0)


def _without_noise(plane: np.ndarray) -> np.ndarray:
    """Return a plane whose noise is smoothed, but not its edges, if there is much.

    References
    ----------
    .. [1] Immerkær, J., "Fast noise variance estimation", 1996.
    """
    # The kernel is that of [1]_.
    response = cv2.filter2D(plane, cv2.CV_32F, NOISE_KERNEL)[::3, ::3]
    # A median is that of the paper. It is 0.67 standard deviations, and the weights of
    # the kernel have a norm of 6.
    noise = float(np.median(np.abs(response))) / 0.67 / 6
    if noise < LEAST_NOISE:
        return plane
    return cv2.bilateralFilter(plane, SMOOTHED, OF_NOISE * noise, SPREAD)


def _axis(picture: np.ndarray) -> np.ndarray:
    """Return the axis of colours along which ink differs most.

    Long lines differ from the paper as little as possible along it.
    """
    surroundings = surroundings_of(picture, WIDEST_STROKE)
    detail, weights = differences(picture, surroundings)
    beside = _share_beside_lines(_contrast(picture, surroundings), _direction(picture))
    share = beside[sample_of(picture.shape)].ravel()
    of_ink = detail * (share * weights) @ detail.T
    return towards_white(_axis_of_ink(of_ink, detail * weights @ detail.T))


def _axis_of_ink(of_ink: np.ndarray, scatter: np.ndarray) -> np.ndarray:
    """Return the axis along which ink differs most, relative to everything else.

    If this does not make lines clearly fainter, compared with the ink, it is the axis
    along which ink differs most.
    """
    of_lines = scatter - of_ink
    usual = cv2.eigen(of_ink)[2][0]
    limit = SAME_COLOUR * np.trace(of_ink) + LEAST_SCATTER * (1 + np.trace(scatter))
    others = of_lines + limit * np.eye(3)
    values, vectors = np.linalg.eig(np.linalg.solve(others, of_ink))
    axis = np.real(vectors[:, np.real(values).argmax()]).astype(np.float32)
    ink, usual_ink = axis @ of_ink @ axis, usual @ of_ink @ usual
    lines, usual_lines = axis @ of_lines @ axis, usual @ of_lines @ usual
    are_fainter = lines * usual_ink < FAINTER_LINES * usual_lines * ink
    is_seen = ink > MOST_LOST * usual_ink
    return (axis if are_fainter and is_seen else usual)[None]


def _direction(picture: np.ndarray) -> float:
    """Return the direction of printed lines in degrees, 0 if there are few."""
    small = reduced(picture, FEW_PIXELS)
    contrast = _contrast(small, surroundings_of(small, WIDEST_STROKE))
    return direction_of_lines(contrast) or 0.0


def _contrast(picture: np.ndarray, surroundings: np.ndarray) -> np.ndarray:
    """Return how much pixels differ from their surroundings in any channel."""
    blue, green, red = cv2.split(cv2.absdiff(picture, surroundings))
    return cv2.max(cv2.max(blue, green), red)


def _share_beside_lines(contrast: np.ndarray, direction: float) -> np.ndarray:
    """Return the share of the contrast of pixels that is not that of a long line."""
    level, back = rotated(contrast, direction) if direction else (contrast, None)
    along = cv2.max(
        cv2.blur(level, (LINE_LENGTH, 1)), cv2.blur(level, (1, LINE_LENGTH))
    )
    if back is not None:
        along = cv2.warpAffine(
            along, back[:2], contrast.shape[::-1], borderMode=cv2.BORDER_REPLICATE
        )
    return np.maximum(1 - along / np.maximum(OF_LINE * contrast, np.float32(1)), 0)
