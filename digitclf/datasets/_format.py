"""``format_image``: the grey levels of an image as text."""

import math

import numpy as np
from numpy.typing import ArrayLike


def format_image(image: ArrayLike) -> str:
    """Format the grey levels of an image as an aligned table of numbers.

    The digit is visible in the table because its pixels have the largest numbers.

    Parameters
    ----------
    image : array-like of shape (h, w), (h, w, 1) or (h * h,)
        The grey levels of one image: integers, floats or bools. A flat image is
        assumed to be square.

    Returns
    -------
    str
        One line per row of pixels, one number per pixel, right-aligned and separated by
        spaces. Floats are rounded to two decimals.

    Raises
    ------
    ValueError
        If `image` is not one greyscale image, is empty, or does not contain real
        numbers.

    See Also
    --------
    load_mnist : Load the MNIST dataset.

    Examples
    --------
    >>> from digitclf.datasets import format_image
    >>> print(format_image([[12, 255], [0, 7]]))
     12 255
      0   7
    >>> print(format_image([0.0, 0.5, 0.25, 1.0]))
    0.00 0.50
    0.25 1.00

    The centre of the first image of MNIST, a five:

    >>> from digitclf.datasets import load_mnist
    >>> five = load_mnist().images[0]
    >>> print(format_image(five[10:18, 10:20]))
      1 154 253  90   0   0   0   0   0   0
      0 139 253 190   2   0   0   0   0   0
      0  11 190 253  70   0   0   0   0   0
      0   0  35 241 225 160 108   1   0   0
      0   0   0  81 240 253 253 119  25   0
      0   0   0   0  45 186 253 253 150  27
      0   0   0   0   0  16  93 252 253 187
      0   0   0   0   0   0   0 249 253 249
    """
    pixels = _to_rows(np.asarray(image))
    if pixels.dtype.kind == "f":
        # "z" formats -0.001 as 0.00, not as -0.00.
        rows = [[f"{value:z.2f}" for value in row] for row in pixels]
    else:
        rows = [[f"{value:d}" for value in row] for row in pixels]
    width = max(len(cell) for row in rows for cell in row)
    return "\n".join(" ".join(cell.rjust(width) for cell in row) for row in rows)


def _to_rows(pixels: np.ndarray) -> np.ndarray:
    """Return the pixels of one image with shape (h, w), or raise an error."""
    if pixels.dtype.kind not in "buif":
        raise ValueError(
            "`image` must contain real numbers, one grey level per pixel; got an array "
            f"of dtype {pixels.dtype}."
        )
    if pixels.size == 0:
        raise ValueError(f"`image` is empty; its shape is {pixels.shape}.")
    if pixels.ndim == 2:
        return pixels
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        return pixels[:, :, 0]
    if pixels.ndim == 1:
        side = math.isqrt(pixels.size)
        if side * side == pixels.size:
            return pixels.reshape(side, side)
        raise ValueError(
            f"A flat `image` must be square; {pixels.size} pixels are not a square "
            "number. Reshape it to (height, width) first."
        )
    if pixels.ndim == 3 and pixels.shape[2] in (3, 4):
        raise ValueError(
            f"`image` is a colour image of shape {pixels.shape}; only greyscale images "
            "can be formatted. Convert it first, for example with "
            "`image[..., :3].mean(axis=-1)`."
        )
    raise ValueError(
        "`image` must be one greyscale image of shape (h, w), (h, w, 1) or (h * h,); "
        f"got shape {pixels.shape}."
    )
