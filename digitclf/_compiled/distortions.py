"""Random distortions of training images, computed in the graph."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from digitclf._augmentation import Augmentation

ELASTIC_SMOOTHNESS = 1 / 7
"""Standard deviation of the Gaussian that smooths elastic displacements, as a fraction
of the side: 4 pixels of 28."""

BINARY_STEPS = 512.0
"""Resolution of the numbers that elastic displacements are computed from."""

AFFINE = ("rotation", "shear", "scale", "aspect", "translation")
"""The distortions that keep straight strokes straight."""


def augment(
    images: tf.Tensor,
    augmentation: Augmentation,
    seed: tf.Tensor,
    pixel_range: tuple[tf.Tensor | float, tf.Tensor | float],
) -> tf.Tensor:
    """Return a distorted copy of each image.

    The result depends on the images and the seed only, to the last bit: all random
    numbers come from stateless operations, and no operation depends on the number of
    threads. What is off is not computed. The distortions that move pixels are combined,
    so that pixels are interpolated once.

    Parameters
    ----------
    images : tensor of shape (n, height, width)
        uint8 or float32. The number of images may be unknown.
    augmentation : Augmentation
    seed : int32 tensor of shape (2,)
    pixel_range : tuple
        Lowest and highest value of a pixel. The lowest one is the background.

    Returns
    -------
    float32 tensor of shape (n, height, width)
        With the pixel range of `images`.
    """
    low, high = (tf.cast(limit, tf.float32) for limit in pixel_range)
    _, height, width = images.shape
    seeds = tf.unstack(tf.random.split(seed, 3, alg="philox"))
    draws = _Draws(tf.shape(images)[0], seeds[0])
    # From here on, the background is 0 and full ink is 1.
    ink = (tf.cast(images, tf.float32) - low) * tf.math.reciprocal_no_nan(high - low)
    if augmentation.thickness:
        ink = _change_thickness(ink, augmentation.thickness, draws)
    positions = _positions(height, width, augmentation, draws, seeds[1])
    if positions is not None:
        ink = _sample(ink, *positions)
    if augmentation.erasing:
        ink = _erase(ink, augmentation.erasing, draws)
    if augmentation.blur:
        ink = _blur(ink, augmentation.blur, draws)
    if augmentation.contrast:
        change = draws.within("contrast", augmentation.contrast)
        ink += (draws.up_to("grey level", 1.0) - ink) * change
    if augmentation.noise:
        ink += _noise(ink, draws.up_to("noise", augmentation.noise), seeds[2])
    if augmentation.contrast or augmentation.noise:
        ink = tf.clip_by_value(ink, 0.0, 1.0)
    return low + ink * (high - low)


class _Draws:
    """Random numbers that each image has one of, as tensors of shape (n, 1, 1)."""

    NAMES = (
        *Augmentation._fields,
        *("vertical translation", "grey level"),
        *("erased row", "erased column", "erased height", "erased width"),
    )
    """All of them are drawn, so that a distortion does not change with the others."""

    def __init__(self, n_images: tf.Tensor, seed: tf.Tensor) -> None:
        shape = (len(self.NAMES), n_images, 1, 1)
        self._uniform = tf.random.stateless_uniform(shape, seed, alg="philox")

    def up_to(self, name: str, largest: float) -> tf.Tensor:
        """Return numbers between 0 and `largest`."""
        return self._uniform[self.NAMES.index(name)] * largest

    def within(self, name: str, largest: float) -> tf.Tensor:
        """Return numbers between `-largest` and `largest`."""
        return self.up_to(name, 2.0 * largest) - largest


def _change_thickness(ink: tf.Tensor, thickness: float, draws: _Draws) -> tf.Tensor:
    largest = thickness * min(ink.shape[1:])
    pixels = draws.within("thickness", largest)
    for done in range(math.ceil(largest)):
        dilated, eroded = _largest_around(ink), _smallest_around(ink)
        # Gaps that would be closed stay open, and strokes that would vanish are kept.
        closed = tf.maximum(_smallest_around(dilated), ink)  # also at the border
        thicker = dilated + ink - closed
        thinner = eroded + ink - _largest_around(eroded)
        outwards = tf.clip_by_value(pixels - done, 0.0, 1.0)
        inwards = tf.clip_by_value(-pixels - done, 0.0, 1.0)
        ink += outwards * (thicker - ink) + inwards * (thinner - ink)
    return ink


def _largest_around(ink: tf.Tensor) -> tf.Tensor:
    # Twelve times as fast as max pooling of a single channel.
    return _over_three(_over_three(ink, tf.maximum, 1), tf.maximum, 2)


def _smallest_around(ink: tf.Tensor) -> tf.Tensor:
    return _over_three(_over_three(ink, tf.minimum, 1), tf.minimum, 2)


def _over_three(ink: tf.Tensor, function: Callable, axis: int) -> tf.Tensor:
    """Apply a function to each pixel and its two neighbours in a row or a column."""
    before, after = _neighbours(ink, axis)
    return function(function(before, ink), after)


def _neighbours(
    ink: tf.Tensor, axis: int, distance: int = 1
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the images shifted by a number of pixels in both directions."""
    border, ends = [distance, distance], 2 * distance
    if axis == 1:
        padded = tf.pad(ink, [[0, 0], border, [0, 0]])
        return padded[:, :-ends], padded[:, ends:]
    padded = tf.pad(ink, [[0, 0], [0, 0], border])
    return padded[:, :, :-ends], padded[:, :, ends:]


def _positions(
    height: int,
    width: int,
    augmentation: Augmentation,
    draws: _Draws,
    seed: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor] | None:
    """Return the rows and the columns from which pixels are taken.

    Their shapes are broadcast to (n, height, width). None if no pixel moves.
    """
    y = np.arange(height, dtype=np.float32)[None, :, None]
    x = np.arange(width, dtype=np.float32)[None, None, :]
    is_affine = any(getattr(augmentation, name) for name in AFFINE)
    if not is_affine and not augmentation.elastic:
        return None
    if is_affine:
        y, x = _affine_map(y, x, augmentation, draws)
    if augmentation.elastic:
        amplitude = draws.up_to("elastic", augmentation.elastic * min(height, width))
        down, right = _smooth_noise(tf.shape(amplitude)[0], height, width, seed)
        y, x = y + amplitude * down, x + amplitude * right
    return y, x


def _affine_map(
    y: np.ndarray, x: np.ndarray, augmentation: Augmentation, draws: _Draws
) -> tuple[tf.Tensor, tf.Tensor]:
    degree, shift = math.pi / 180, augmentation.translation
    angle = draws.within("rotation", augmentation.rotation * degree)
    slant = tf.tan(draws.within("shear", augmentation.shear * degree))
    zoom = 1.0 + draws.within("scale", augmentation.scale)
    stretch = tf.sqrt(1.0 + draws.within("aspect", augmentation.aspect))
    down = draws.within("vertical translation", shift * y.size)
    right = draws.within("translation", shift * x.size)
    cos, sin = tf.cos(angle), tf.sin(angle)
    centre_y, centre_x = (y.size - 1) / 2, (x.size - 1) / 2
    y, x = y - centre_y - down, x - centre_x - right
    # The inverse of stretching, slanting, rotating and shifting a digit, in this order.
    to_y, to_x = stretch / zoom, 1.0 / (stretch * zoom)
    return (
        (cos * to_y) * y + centre_y + (sin * to_y) * x,
        ((cos - slant * sin) * to_x) * x + centre_x - ((sin + slant * cos) * to_x) * y,
    )


def _smooth_noise(
    n_images: tf.Tensor, height: int, width: int, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return two smooth random fields of variance 1 per image, (n, height, width)."""
    functions = _smooth_functions(height, width)
    shape = (2 * n_images, len(functions))
    coefficients = tf.random.stateless_normal(shape, seed, alg="philox")
    # Both have so few binary digits that their products and all sums of them are exact.
    # Otherwise the last bits would depend on the number of threads.
    coefficients = tf.round(coefficients * BINARY_STEPS) / BINARY_STEPS
    functions = np.round(functions * BINARY_STEPS) / BINARY_STEPS
    fields = coefficients @ tf.constant(functions, tf.float32)
    fields = tf.reshape(fields, [-1, height, width])
    return fields[:n_images], fields[n_images:]


def _smooth_functions(height: int, width: int) -> np.ndarray:
    """Return Gaussians on a grid, (n_functions, height * width).

    The squares of all functions at a pixel add up to 1. A sum of them with independent
    normal coefficients is therefore a random field of variance 1 that is as smooth as
    the Gaussians: white noise, smoothed.
    """

    def along(side: int) -> np.ndarray:
        step = 1 / math.ceil(1 / (1.25 * ELASTIC_SMOOTHNESS))
        centres = np.arange(-step / 2, 1 + step, step)
        distances = (np.arange(side) + 0.5) / side - centres[:, None]
        values = np.exp(-((distances / ELASTIC_SMOOTHNESS) ** 2) / 2)
        return values / np.sqrt(np.sum(values**2, axis=0))

    rows, columns = along(height), along(width)
    products = rows[:, None, :, None] * columns[None, :, None, :]
    return products.reshape(-1, height * width)


def _sample(ink: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Return the images at the given positions, bilinearly interpolated."""
    _, height, width = ink.shape
    padded_width = width + 3
    # A border of background: what lies outside of an image is taken from there.
    pixels = tf.pad(ink, [[0, 0], [1, 2], [1, 2]])
    pixels = tf.reshape(pixels, [-1, (height + 3) * padded_width])
    rows = tf.clip_by_value(rows + 1.0, 0.0, height + 1.0)
    columns = tf.clip_by_value(columns + 1.0, 0.0, width + 1.0)
    above, left = tf.floor(rows), tf.floor(columns)
    down, right = rows - above, columns - left
    corner = tf.cast(above * padded_width + left, tf.int32)

    def neighbour(offset: int) -> tf.Tensor:
        return tf.gather(pixels, corner + offset, batch_dims=1)

    upper_left, lower_left = neighbour(0), neighbour(padded_width)
    upper = upper_left + right * (neighbour(1) - upper_left)
    lower = lower_left + right * (neighbour(padded_width + 1) - lower_left)
    return upper + down * (lower - upper)


def _erase(ink: tf.Tensor, erasing: float, draws: _Draws) -> tf.Tensor:
    def is_erased(side: int, place: str, length: str) -> tf.Tensor:
        centre = draws.up_to(place, side)
        half = draws.up_to(length, erasing * side / 2)
        pixels = tf.reshape(tf.range(side, dtype=tf.float32) + 0.5, [1, -1, 1])
        return tf.cast(tf.abs(pixels - centre) < half, tf.float32)

    _, height, width = ink.shape
    rows = is_erased(height, "erased row", "erased height")
    columns = is_erased(width, "erased column", "erased width")
    return ink * (1.0 - rows * tf.transpose(columns, [0, 2, 1]))


def _blur(ink: tf.Tensor, blur: float, draws: _Draws) -> tf.Tensor:
    """Blur with the kernel (1, 2, 1) / 4, whose taps move apart from pass to pass."""
    shorter = min(ink.shape[1:])
    distances, variance = [1], 0.5
    while variance < (blur * shorter) ** 2:
        distances.append(2 * distances[-1])
        variance += distances[-1] ** 2 / 2
    share = draws.up_to("blur", blur * shorter) ** 2 / variance
    for distance in distances:
        blurred = ink
        for axis in (1, 2):
            before, after = _neighbours(blurred, axis, distance)
            blurred = 0.5 * blurred + 0.25 * (before + after)
        ink += share * (blurred - ink)
    return ink


def _noise(ink: tf.Tensor, deviation: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Return uniform noise in 256 levels: a random number serves four pixels."""
    _, height, width = ink.shape
    n_words = math.ceil(height * width / 4)
    words = tf.random.stateless_uniform(
        (tf.shape(ink)[0], n_words), seed, None, None, tf.int32, alg="philox"
    )
    levels = tf.reshape(tf.bitcast(words, tf.uint8), [-1, 4 * n_words])
    levels = tf.cast(levels[:, : height * width], tf.float32)
    unit = (levels - 127.5) * (math.sqrt(12) / 256)
    return deviation * tf.reshape(unit, [-1, height, width])
