"""Conversion of images of any layout to arrays of shape (height, width)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from digitclf._data.images import flatten_images, square_side


def as_pictures(
    X: Any, image_shape: tuple[int, int] | None = None, name: str = "X"
) -> np.ndarray:
    """Return images as two-dimensional arrays.

    Parameters
    ----------
    X : array-like of shape (n_samples, height * width), \
            (n_samples, height, width) or (n_samples, height, width, 1)
    image_shape : tuple of (height, width), optional
        Shape of flat images. By default, they are assumed to be square.
    name : str
        Name of `X` in error messages.

    Returns
    -------
    ndarray of shape (n_samples, height, width)

    Raises
    ------
    ValueError
        If `X` does not contain images, or flat images whose shape is unknown.
    """
    X, own_shape = flatten_images(X, name)
    pixels = np.asarray(X)
    if pixels.ndim != 2 or pixels.dtype.kind not in "buif":
        raise ValueError(
            f"{name} should have shape (n_samples, height * width), "
            "(n_samples, height, width) or (n_samples, height, width, 1), got an array "
            f"of dtype {pixels.dtype} and shape {pixels.shape}."
        )
    if not np.isfinite(pixels).all():
        raise ValueError(f"{name} contains NaN or infinite pixels.")
    shape = own_shape or _shape_of_flat(pixels.shape[1], image_shape, name)
    return pixels.reshape(-1, *shape)


def as_picture(
    image: Any, image_shape: tuple[int, int] | None = None, name: str = "X"
) -> np.ndarray:
    """Return one image as a two-dimensional array.

    Parameters
    ----------
    image : array-like of shape (height, width), (height, width, 1), \
            (height * width,) or a batch of one image
    image_shape : tuple of (height, width), optional
        Shape of a flat image. By default, it is assumed to be square.
    name : str
        Name of `image` in error messages.

    Returns
    -------
    ndarray of shape (height, width)

    Raises
    ------
    ValueError
        If `image` is not one image.
    """
    return as_pictures(as_batch(image, image_shape, name), image_shape, name)[0]


def as_batch(
    image: Any, image_shape: tuple[int, int] | None = None, name: str = "X"
) -> Any:
    """Return one image as a batch of one, in its own layout.

    A DataFrame is not converted, because estimators check its column names.
    """
    pixels = image if hasattr(image, "columns") else np.asarray(image)
    batch = pixels if _is_batch(pixels.shape, image_shape) else pixels[np.newaxis]
    if len(batch) != 1:
        raise ValueError(
            f"{name} should be one image, got {len(batch)} images (shape "
            f"{pixels.shape}). Pass {name}[0], for example."
        )
    return batch


def _is_batch(shape: tuple[int, ...], image_shape: tuple[int, int] | None) -> bool:
    """Return whether the first axis of an array counts images."""
    if len(shape) == 4:
        return True
    if len(shape) == 3:
        return shape[-1] != 1 or shape[:2] == (1, 1)
    if len(shape) == 2 and image_shape is not None:
        return shape != image_shape and shape[1] == math.prod(image_shape)
    return len(shape) == 2 and shape[0] == 1


def _shape_of_flat(
    n_pixels: int, image_shape: tuple[int, int] | None, name: str
) -> tuple[int, int]:
    if image_shape and math.prod(image_shape) == n_pixels:
        return image_shape
    if image_shape:
        height, width = image_shape
        raise ValueError(
            f"{name} has {n_pixels} pixels per image, but the estimator was fitted on "
            f"images of {height} x {width} = {height * width} pixels."
        )
    side = square_side(n_pixels)
    if side is None:
        raise ValueError(
            f"{name} has {n_pixels} pixels per image, which is not a square number. "
            "Pass images that are not square with shape (n_samples, height, width)."
        )
    return side, side
