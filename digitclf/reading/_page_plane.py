"""A page as one plane, in which its ink differs from everything else the most."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from digitclf.preprocessing._canvas import reduced
from digitclf.preprocessing._ink import (
    axis_of,
    differences,
    projected,
    sample_of,
    towards_white,
    without_gradients,
)
from digitclf.reading._rotation import FEW_PIXELS, direction_of_lines, rotated

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

KEPT = 0.06
"""Scatter of the ink relative to that along this axis, at least."""

MOST_NOISE, MORE_NOISE = 0.2, 1.2
"""Noise of the paper relative to the contrast of the ink, at most, and relative to the
same along this axis, at most, if it is more."""

STEP = 4
"""Distance in pixels of the sample in which the colour of the paper is found."""

LEAST_SCATTER = 1e-6
"""Scatter in all directions, relative to the whole, for pages that are only lines."""


def page_plane(picture: np.ndarray) -> np.ndarray:
    """Return a page as one smooth plane.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
    """
    plane = picture if picture.ndim == 2 else projected(picture, _axis(picture))
    return cv2.GaussianBlur(_without_noise(without_gradients([plane])[0]), (3, 3), 0)


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

    Long lines differ from the paper as little as possible along it, if ink is clearly
    seen then.
    """
    paper = _paper(picture)
    detail, weights = differences(picture, paper)
    beside = _share_beside_lines(_contrast(picture, paper), _direction(picture))
    of_ink = weights * beside.ravel()
    colours = _Colours(detail, of_ink, weights - of_ink)
    usual = axis_of(colours.of_ink())[0]
    axis = _discriminant(colours)
    is_better = (
        colours.lines_along(axis) < FAINTER_LINES * colours.lines_along(usual)
        and colours.ink_along(axis) > KEPT * colours.ink_along(usual)
        and colours.noise_along(axis)
        < max(MOST_NOISE, MORE_NOISE * colours.noise_along(usual))
    )
    return towards_white((axis if is_better else usual)[None])


class _Colours(NamedTuple):
    """Differences of a sample of pixels from the paper."""

    detail: np.ndarray
    """Float32 (3, n)."""
    ink: np.ndarray
    """Weights of ink, float32 (n,)."""
    lines: np.ndarray
    """Weights of lines, float32 (n,)."""

    def of_ink(self) -> np.ndarray:
        """Return the scatter of the colours of ink, (3, 3)."""
        return self.detail * self.ink @ self.detail.T

    def of_lines(self) -> np.ndarray:
        """Return the scatter of the colours of lines, (3, 3)."""
        return self.detail * self.lines @ self.detail.T

    def ink_along(self, axis: np.ndarray) -> float:
        """Return the scatter of ink along an axis (3,)."""
        return float(axis @ self.of_ink() @ axis)

    def lines_along(self, axis: np.ndarray) -> float:
        """Return the scatter of lines along an axis relative to that of ink."""
        return float(axis @ self.of_lines() @ axis) / max(self.ink_along(axis), 1e-9)

    def noise_along(self, axis: np.ndarray) -> float:
        """Return the noise of the paper along an axis relative to the ink."""
        ink = self.ink_along(axis) / max(float(self.ink.sum()), 1e-9)
        # Most of a page is paper.
        return float(np.median(np.abs(axis @ self.detail))) / max(ink**0.5, 1e-9)


def _discriminant(colours: _Colours) -> np.ndarray:
    """Return the axis along which ink differs most, relative to everything else."""
    of_ink, of_lines = colours.of_ink(), colours.of_lines()
    total = np.trace(of_ink + of_lines)
    limit = SAME_COLOUR * np.trace(of_ink) + LEAST_SCATTER * (1 + total)
    others = of_lines + limit * np.eye(3)
    values, vectors = np.linalg.eig(np.linalg.solve(others, of_ink))
    return np.real(vectors[:, np.real(values).argmax()]).astype(np.float32)


def _paper(picture: np.ndarray) -> np.ndarray:
    """Return the colour of the paper at each pixel.

    It is the median of a sample of pixels around, so that dense lines do not change it.
    """
    sample = np.clip(picture[::STEP, ::STEP], 0, 255).astype(np.uint8)
    window = round(WIDEST_STROKE * max(sample.shape[:2])) | 1
    paper = cv2.medianBlur(np.ascontiguousarray(sample), window)
    return cv2.resize(paper, picture.shape[1::-1]).astype(picture.dtype, copy=False)


def _direction(picture: np.ndarray) -> float:
    """Return the direction of printed lines in degrees, 0 if there are few."""
    small = reduced(picture, FEW_PIXELS)
    return direction_of_lines(_contrast(small, _paper(small))) or 0.0


def _contrast(picture: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return how much pixels differ from the paper in any channel."""
    blue, green, red = cv2.split(cv2.absdiff(picture, paper))
    return cv2.max(cv2.max(blue, green), red)


def _share_beside_lines(contrast: np.ndarray, direction: float) -> np.ndarray:
    """Return the share of the contrast of pixels that is not that of a long line.

    The pixels are those of `sample_of`.
    """
    level, back = rotated(contrast, direction) if direction else (contrast, None)
    along = cv2.max(
        cv2.blur(level, (LINE_LENGTH, 1)), cv2.blur(level, (1, LINE_LENGTH))
    )
    if back is not None:
        along = cv2.warpAffine(
            along, back[:2], contrast.shape[::-1], borderMode=cv2.BORDER_REPLICATE
        )
    sample = sample_of(contrast.shape)
    of_line = OF_LINE * contrast[sample]
    return np.maximum(1 - along[sample] / np.maximum(of_line, np.float32(1)), 0)
