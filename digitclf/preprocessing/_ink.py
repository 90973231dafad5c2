"""Ink of a picture: contrast against the paper, of either polarity and any colour."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]

WIDEST_STROKE = 0.35
"""Strokes are narrower than this fraction of the picture's longer side.

A digit that fills its picture has strokes of 0.2 of the height at most, and junctions
and blots are wider than strokes. Anything wider is paper, a shadow or a table."""


BORDER = 0.1
"""Weight of a pixel at the border, in pixels per pixel of the longer side.

The border of a picture is paper more often than its inside, above all if the digit
fills the picture, so it counts more in the decision what is paper."""


def ink_contrast(picture: np.ndarray, ink: str) -> Plane:
    """Return the contrast of each pixel with the paper around it, positive for ink.

    `picture` has shape (height, width) or (height, width, 3). The unit is the grey
    level of the picture.
    """
    # Grey levels stay bytes, which OpenCV processes several times as fast as floats.
    plane = picture
    if plane.ndim == 3:
        plane = _most_contrasting_colour(picture.astype(np.float32, copy=False))
    smooth = cv2.GaussianBlur(plane, (3, 3), 0)
    side = max(plane.shape)
    window = max(3, round(WIDEST_STROKE * side)) | 1
    kernel = np.ones((window, window), dtype=np.uint8)
    darkest, lightest = cv2.erode(smooth, kernel), cv2.dilate(smooth, kernel)
    light = (
        _is_ink_light(smooth, darkest, lightest) if ink == "auto" else ink == "light"
    )
    if not light:
        smooth, darkest = _inverted(smooth), _inverted(lightest)
    contrast = cv2.subtract(smooth, _level_of_paper(darkest, kernel))
    return contrast.astype(np.float32, copy=False)


def _inverted(plane: np.ndarray) -> np.ndarray:
    return cv2.bitwise_not(plane) if plane.dtype == np.uint8 else -plane


def _level_of_paper(darkest: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return the level of the paper at each pixel, for light ink.

    `darkest` is the darkest pixel of the window around each pixel. The lightest of
    these among the windows that contain a pixel is a morphological opening: light ink
    that is narrower than the window is gone, the edges of shadows are kept.
    """
    paper = cv2.dilate(darkest, kernel)
    # Along the border, blots look wide, because the rest of their window is not seen.
    # They exceed the level of the paper where windows are whole.
    half = kernel.shape[0] // 2
    whole = darkest[half:-half:3, half:-half:3].ravel()
    if whole.size < 4:
        whole = darkest[::2, ::2].ravel()
    low, high = whole.size // 10, whole.size - 1
    ordered = np.partition(whole, (low, high)).astype(np.float32)
    limit = ordered[high] + 2 * (ordered[high] - ordered[low])
    return cv2.min(paper, float(limit))


def _most_contrasting_colour(picture: Plane) -> Plane:
    """Project colours on the axis along which ink and paper differ most.

    Yellow on white differs in blue alone, and red on blue differs little in brightness.
    The axis is the first principal component of the colours relative to their
    surroundings, weighted towards the strongest differences. It points towards white.
    """
    window = max(3, round(WIDEST_STROKE * max(picture.shape[:2]))) | 1
    detail = (picture - cv2.blur(picture, (window, window))).reshape(-1, 3)
    weights = np.einsum("ij,ij->i", detail, detail)
    scatter = detail.T @ (detail * weights[:, None])
    axis = np.linalg.eigh(scatter)[1][:, -1]
    axis *= np.sign(axis.sum()) or 1.0
    return picture @ axis.astype(np.float32)


def _is_ink_light(plane: Plane, darkest: Plane, lightest: Plane) -> bool:
    """Return whether ink is lighter than paper.

    Most pixels of any neighbourhood are paper. So most are closer to its darkest pixel
    if ink is light; neighbourhoods count by their contrast.
    """
    height, width = plane.shape
    inside = slice(None, None, 2), slice(None, None, 2)
    borders = (0, slice(None)), (-1, slice(None)), (slice(None), 0), (slice(None), -1)
    votes = 4 * _votes_for_light_ink(plane, darkest, lightest, inside)
    for border in borders:
        weight = BORDER * max(height, width)
        votes += weight * _votes_for_light_ink(plane, darkest, lightest, border)
    return votes > 0


def _votes_for_light_ink(
    plane: Plane, darkest: Plane, lightest: Plane, pixels: tuple
) -> float:
    low, high, level = (
        values[pixels].astype(np.float32) for values in (darkest, lightest, plane)
    )
    return float(((low + high - 2 * level) * (high - low)).sum())
