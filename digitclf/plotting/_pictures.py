"""Images of any layout as pictures, (height, width) each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from digitclf._data.images import flatten_images, square_side


def as_pictures(
    X: Any, image_shape: tuple[int, int] | None = None, name: str = "X"
) -> np.ndarray:
    """Return images as pictures.

    Parameters
    ----------
    X : array-like of shape (n_samples, height * width), \
            (n_samples, height, width) or (n_samples, height, width, 1)
    image_shape : tuple of (height, width), optional
        The shape of images that come as rows of pixels. They are square otherwise.
    name : str
        What errors call `X`.

    Returns
    -------
    ndarray of shape (n_samples, height, width)

    Raises
    ------
    ValueError
        If `X` holds no images, or images whose shape is not known.
    """
    X, own_shape = flatten_images(X, name)
    pixels = np.asarray(X)
    if pixels.ndim != 2 or pixels.dtype.kind not in "buif":
        raise ValueError(
            f"{name} should hold images of shape (n_samples, height * width), "
            "(n_samples, height, width) or (n_samples, height, width, 1), got an array "
            f"of dtype {pixels.dtype} and shape {pixels.shape}."
        )
    if not np.isfinite(pixels).all():
        raise ValueError(f"{name} has pixels that are NaN or infinite.")
    shape = own_shape or _shape_of_flat(pixels.shape[1], image_shape, name)
    return pixels.reshape(-1, *shape)


def as_picture(
    image: Any, image_shape: tuple[int, int] | None = None, name: str = "X"
) -> np.ndarray:
    """Return one image as a picture.

    Parameters
    ----------
    image : array-like of shape (height, width), (height, width, 1), \
            (height * width,) or a batch of one image
    image_shape : tuple of (height, width), optional
        The shape of an image that comes as a row of pixels. It is square otherwise.
    name : str
        What errors call `image`.

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
    """Return one image, in the layout that it has, as a batch of one.

    A DataFrame stays one: estimators look at the names of its columns.
    """
    pixels = image if hasattr(image, "columns") else np.asarray(image)
    batch = pixels if _is_batch(pixels.shape, image_shape) else pixels[np.newaxis]
    if len(batch) != 1:
        raise ValueError(
            f"{name} should be one image, got {len(batch)} (shape {pixels.shape}). "
            f"Pass {name}[0], for example."
        )
    return batch


def _is_batch(shape: tuple[int, ...], image_shape: tuple[int, int] | None) -> bool:
    """Return whether an array has an axis for several images."""
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
            f"{name} has {n_pixels} pixels an image, but the estimator was fitted on "
            f"images of {height} x {width} = {height * width} pixels."
        )
    side = square_side(n_pixels)
    if side is None:
        raise ValueError(
            f"{name} has {n_pixels} pixels an image, which make no square. Pass images "
            "that are not square as (n_samples, height, width)."
        )
    return side, side
