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

FEW_PIXELS = 32
"""Pictures with a shorter longer side are cut to the digit, on even paper.

Their strokes may be as wide as 0.4 of the picture."""

BORDER = 0.1
"""Weight of a pixel at the border, in pixels per pixel of the longer side.

The border of a picture is paper more often than its inside, above all if the digit
fills the picture, so it counts more in the decision what is paper."""


def ink_contrast(picture: np.ndarray, ink: str) -> tuple[np.ndarray, str]:
    """Return the contrast of each pixel with its paper, and if ink is dark or light.

    `picture` has shape (height, width) or (height, width, 3). The contrast is positive
    for ink. Its unit is the grey level of the picture.
    """
    # Grey levels stay bytes, which OpenCV processes several times as fast as floats.
    plane = picture
    if plane.ndim == 3:
        plane = _most_contrasting_colour(picture.astype(np.float32, copy=False))
    side = max(plane.shape)
    few = side < FEW_PIXELS
    smooth = plane if few else cv2.GaussianBlur(plane, (3, 3), 0)
    window = 2 * side + 1 if few else max(3, round(WIDEST_STROKE * side)) | 1
    kernel = np.ones((window, window), dtype=np.uint8)
    darkest = lightest = None
    if ink == "auto":
        darkest, lightest = cv2.erode(smooth, kernel), cv2.dilate(smooth, kernel)
        ink = "light" if _is_ink_light(smooth, darkest, lightest) else "dark"
    if ink == "light":
        darkest = cv2.erode(smooth, kernel) if darkest is None else darkest
    else:
        lightest = cv2.dilate(smooth, kernel) if lightest is None else lightest
        smooth, darkest = _inverted(smooth), _inverted(lightest)
    return cv2.subtract(smooth, _level_of_paper(darkest, kernel)), ink


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
    ordered = np.partition(whole, (low, high))
    highest = float(ordered[high])
    return cv2.min(paper, highest + 2 * (highest - float(ordered[low])))


def _most_contrasting_colour(picture: Plane) -> Plane:
    """Project colours on the axis along which ink and paper differ most.

    Yellow on white differs in blue alone, and red on blue differs little in brightness.
    The axis is the first principal component of the colours relative to their
    surroundings, weighted towards the strongest differences. It points towards white.
    """
    window = max(3, round(WIDEST_STROKE * max(picture.shape[:2]))) | 1
    detail = picture - cv2.blur(picture, (window, window))
    # Tables and edges of the paper are at the border.
    top, left = detail.shape[0] // 10, detail.shape[1] // 10
    height, width = detail.shape[:2]
    detail = detail[top : height - top, left : width - left].reshape(-1, 3)
    weights = np.einsum("ij,ij->i", detail, detail)
    scatter = detail.T @ (detail * weights[:, None])
    axis = np.linalg.eigh(scatter)[1][:, -1]
    axis *= np.sign(axis.sum()) or 1.0
    return picture @ axis.astype(np.float32)


def _is_ink_light(plane: np.ndarray, darkest: np.ndarray, lightest: np.ndarray) -> bool:
    """Return whether ink is lighter than paper.

    Most pixels of any neighbourhood are paper. So most are closer to its darkest pixel
    if ink is light; neighbourhoods count by their contrast.
    """
    planes = plane, darkest, lightest
    inside = _votes_for_light_ink(*(values[::2, ::2] for values in planes))
    border = _votes_for_light_ink(*(_border(values) for values in planes))
    return 4 * inside + BORDER * max(plane.shape) * border > 0


def _border(plane: np.ndarray) -> np.ndarray:
    return np.concatenate((plane[0], plane[-1], plane[:, 0], plane[:, -1]))


def _votes_for_light_ink(
    plane: np.ndarray, darkest: np.ndarray, lightest: np.ndarray
) -> float:
    level, low, high = (
        values.astype(np.float32) for values in (plane, darkest, lightest)
    )
    return float(np.vdot(low + high - 2 * level, high - low))
