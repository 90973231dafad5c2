"""Ink of a picture: contrast against the paper, of either polarity and any colour."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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

BORDER = 0.4
"""Weight of the border in the decision what is paper. That of the whole picture is 1.

The border of a picture is paper more often than its inside, above all if the digit
fills the picture, so its pixels count more than others."""


COLOUR_GRID = 48
"""Longer side in pixels at which the colours of ink and paper are compared."""

GRID = 16
"""Side in pixels of the reduced plane in which a gradient of the light is sought."""

GRADIENT_TERMS = np.stack(
    (np.ones(GRID**2), *(np.indices((GRID, GRID)) / (GRID - 1) - 0.5).reshape(2, -1))
).astype(np.float32)
"""Constant term of the light at each pixel, and its terms down and across."""

REGULAR = np.float32(1e-3) * np.eye(3, dtype=np.float32)
"""Added to the normal equations, so that they always have a solution."""

FITS = 3
"""Number of fits of the light, each to the pixels that the one before describes."""

LEAST_GRADIENT = 2.0
"""Median deviation from even light in grey levels that is worth the work, at least."""

CLEAR_GRADIENT = 0.2
"""Deviation from a clear gradient, relative to that from even light, at most."""


def ink_contrasts(
    pictures: Sequence[np.ndarray], ink: str
) -> list[tuple[np.ndarray, str]]:
    """Return the contrast of pixels with their paper, and if ink is dark or light.

    Pictures have shape (height, width) or (height, width, 3). The contrast is positive
    for ink. Its unit is the grey level of the picture.
    """
    # Grey levels stay bytes, which OpenCV processes several times as fast as floats.
    planes = [
        picture if picture.ndim == 2 else projected(picture, _axis_of_reduced(picture))
        for picture in pictures
    ]
    planes = [
        plane if is_small(plane) else cv2.GaussianBlur(even, (3, 3), 0)
        for plane, even in zip(planes, without_gradients(planes), strict=True)
    ]
    inks = [_ink_of(plane) if ink == "auto" else ink for plane in planes]
    planes = [
        plane if chosen == "light" else negative(plane)
        for plane, chosen in zip(planes, inks, strict=True)
    ]
    contrasts = [cv2.subtract(plane, _level_of_paper(plane)) for plane in planes]
    return list(zip(contrasts, inks, strict=True))


def is_small(picture: np.ndarray) -> bool:
    """Return whether a picture has few pixels, which show nothing but the digit."""
    return max(picture.shape[:2]) < FEW_PIXELS


def _window(plane: np.ndarray) -> int:
    """Return the side in pixels of a window that is wider than strokes."""
    side = max(plane.shape)
    if is_small(plane):
        return 2 * side + 1
    return max(3, round(WIDEST_STROKE * side)) | 1


def _ink_of(plane: np.ndarray) -> str:
    return "light" if is_ink_light(plane, _window(plane)) else "dark"


def negative(plane: np.ndarray) -> np.ndarray:
    """Return a plane whose light and dark are exchanged."""
    return cv2.bitwise_not(plane) if plane.dtype == np.uint8 else -plane


def _level_of_paper(plane: np.ndarray) -> np.ndarray:
    """Return the level of the paper at each pixel, for light ink.

    This is a morphological opening: light ink that is narrower than the window is gone,
    the edges of shadows are kept.
    """
    window = _window(plane)
    kernel = square(window)
    darkest = cv2.erode(plane, kernel)
    paper = cv2.dilate(darkest, kernel)
    # Along the border, blots look wide, because the rest of their window is not seen.
    # They exceed the level of the paper where windows are whole.
    half = window // 2
    whole = darkest[half:-half:3, half:-half:3]
    if whole.size < 4:
        whole = darkest[::2, ::2]
    ordered = in_ascending_order(whole)
    low, highest = float(ordered[whole.size // 10]), float(ordered[-1])
    return cv2.min(paper, highest + 2 * (highest - low))


def _axis_of_reduced(picture: np.ndarray) -> np.ndarray:
    """Return the axis of colours along which ink and paper differ most.

    Yellow on white differs in blue alone, and red on blue differs little in brightness.
    The axis is the first principal component of the colours of a reduced picture
    relative to their surroundings, weighted towards the strongest differences. It
    points towards white.
    """
    height, width = picture.shape[:2]
    # Whole blocks of pixels are averaged several times as fast as parts of blocks.
    block = max(1, min(height, width, max(height, width) // COLOUR_GRID))
    height, width = height // block, width // block
    whole = picture[: block * height, : block * width]
    reduced = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    window = max(3, round(WIDEST_STROKE * max(height, width))) | 1
    detail, weights = differences(reduced, cv2.blur(reduced, (window, window)))
    return axis_of(detail * weights @ detail.T)


def differences(
    picture: np.ndarray, paper: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how the colours of a sample of pixels differ from those of the paper.

    Returns
    -------
    detail : ndarray of shape (3, n), float32
    weights : ndarray of shape (n,), float32
        Larger for stronger differences.
    """
    rows, columns = sample_of(picture.shape)
    detail = cv2.subtract(
        np.ascontiguousarray(picture[rows, columns]),
        np.ascontiguousarray(paper[rows, columns]),
        dtype=cv2.CV_32F,
    )
    # NumPy is slow at rows of three elements.
    detail = np.ascontiguousarray(detail.reshape(-1, 3).T)
    return detail, np.einsum("ij,ij->j", detail, detail)


def sample_of(shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return rows and columns of a sample of the pixels inside a picture.

    Tables and edges of the paper are at the border.
    """
    height, width = shape[:2]
    step = max(1, max(height, width) // (2 * FEW_PIXELS))
    return (
        slice(height // 10, height - height // 10, step),
        slice(width // 10, width - width // 10, step),
    )


def axis_of(scatter: np.ndarray) -> np.ndarray:
    """Return the axis along which colours with a scatter (3, 3) differ most."""
    return towards_white(cv2.eigen(scatter)[2][:1])


def towards_white(axis: np.ndarray) -> np.ndarray:
    """Return an axis of colours (1, 3) in its direction towards white."""
    return -axis if axis.sum() < 0 else axis


def projected(picture: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Return a picture as a plane of its colours along an axis."""
    return _as_bytes(cv2.transform(picture.astype(np.float32, copy=False), axis))


def _as_bytes(plane: Plane) -> np.ndarray:
    """Return a plane whose darkest pixel is 0, with less contrast if it exceeds 255."""
    darkest, lightest, _, _ = cv2.minMaxLoc(plane)
    scale = 255 / max(255, lightest - darkest)
    return cv2.convertScaleAbs(plane, alpha=scale, beta=-scale * darkest)


def without_gradients(planes: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return planes without linear gradients of the light, where there are clear ones.

    The gradient is that of most pixels of a sample: others are ink, or lie beyond the
    edge of a shadow.
    """
    samples = [
        cv2.resize(plane, (GRID, GRID), interpolation=cv2.INTER_NEAREST)
        for plane in planes
    ]
    gradients, clear = _gradients(np.array(samples, dtype=np.float32))
    return [
        _as_bytes(plane - _light(gradient, plane.shape)) if is_clear else plane
        for plane, gradient, is_clear in zip(planes, gradients, clear, strict=True)
    ]


def _gradients(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return gradients (n, 2) down and across of samples, and which are clear ones."""
    values = samples.reshape(-1, 1, GRID**2)
    residuals = np.abs(values - _medians(values))
    typical = uneven = _medians(residuals)
    for _ in range(FITS):
        chosen = GRADIENT_TERMS * (residuals <= 1.5 * typical + 0.5)
        normal = chosen @ GRADIENT_TERMS.T + REGULAR
        fits = np.linalg.solve(normal, chosen @ values.swapaxes(1, 2))
        residuals = np.abs(values - fits.swapaxes(1, 2) @ GRADIENT_TERMS)
        typical = _medians(residuals)
    clear = (uneven >= LEAST_GRADIENT) & (typical <= CLEAR_GRADIENT * uneven)
    return fits[:, 1:, 0], clear.ravel()


def _medians(rows: np.ndarray) -> np.ndarray:
    """Return the medians along the last axis, which is kept."""
    middle = rows.shape[-1] // 2
    return np.partition(rows, middle)[..., middle : middle + 1]


def _light(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the light at each pixel of a plane, relative to that at its centre."""
    height, width = shape
    # This product is several times as fast as a sum of a column and a row.
    return (_ramp(height) * gradient) @ _ramp(width)[:, ::-1].T


@lru_cache(maxsize=64)
def _ramp(side: int) -> np.ndarray:
    """Return positions of pixels along a side, from -0.5 to 0.5, beside ones."""
    positions = np.arange(side, dtype=np.float32) / max(1, side - 1) - 0.5
    return np.column_stack((positions, np.ones_like(positions)))


@lru_cache(maxsize=64)
def square(side: int) -> np.ndarray:
    """Return the kernel of a square window."""
    return np.ones((side, side), dtype=np.uint8)


def in_ascending_order(levels: np.ndarray) -> np.ndarray:
    """Return the levels of pixels in ascending order, in one dimension."""
    ordered = levels.flatten()
    # NumPy counts bytes instead of comparing them if the order has to be stable.
    ordered.sort(kind="stable" if levels.dtype == np.uint8 else None)
    return ordered


def median(levels: np.ndarray) -> float:
    """Return the median of the levels of pixels."""
    return float(in_ascending_order(levels)[levels.size // 2])


def is_ink_light(plane: np.ndarray, window: int) -> bool:
    """Return whether ink is lighter than paper.

    Most pixels of any neighbourhood are paper. So most are closer to its darkest pixel
    if ink is light; neighbourhoods count by their contrast.
    """
    # A sample of the pixels is enough for a decision about all of them.
    step = max(1, max(plane.shape) // FEW_PIXELS)
    plane, window = plane[::step, ::step].astype(np.float32), window // step | 1
    kernel = square(window)
    darkest, lightest = cv2.erode(plane, kernel), cv2.dilate(plane, kernel)
    votes = (darkest + lightest - 2 * plane) * (lightest - darkest)
    border = np.concatenate((votes[0], votes[-1], votes[:, 0], votes[:, -1]))
    return cv2.mean(votes)[0] + BORDER * cv2.mean(border)[0] > 0
