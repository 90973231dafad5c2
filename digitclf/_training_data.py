"""Training data: checked images, labels and weights as the sources of a fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from digitclf._augmentation import augmentation_of
from digitclf._compiled.interruption import raise_if_interrupted
from digitclf._compiled.labelled_images import Images
from digitclf._compiled.trainer import Distortion
from digitclf._data.labels import encode_labels
from digitclf._data.lazy import LazyImages, survey
from digitclf._data.pixel_range import learn_pixel_range, warn_of_other_range
from digitclf._data.split import split_off_validation
from digitclf._data.statistics import ArrayStatistics
from digitclf._data.weights import weigh
from digitclf._training.windows import Blockwise, InMemory, Source

PixelRange = tuple[float, float]


class Encoded(NamedTuple):
    """Images of a fit, and what was learnt from them."""

    source: Source
    """The images whose weight is not 0."""
    by_class: np.ndarray
    """Weight of each class."""
    pixel_range: PixelRange
    """Range of the pixel values."""


def encode(
    pixels: np.ndarray | LazyImages,
    labels: np.ndarray,
    classes: np.ndarray,
    sample_weight: Any,
    class_weight: Any = None,
    *,
    input_shape: tuple[int, ...],
    pixel_range: PixelRange | None,
    by_class: np.ndarray | None = None,
    suffix: str = "",
) -> Encoded:
    """Encode images and labels for training or validation.

    Parameters
    ----------
    pixels : ndarray of shape (n_samples, n_features), or LazyImages
        Checked images. Those of `LazyImages` are checked here.
    labels : ndarray of shape (n_samples,)
    classes : ndarray of shape (n_classes,)
        All labels, sorted.
    sample_weight : array-like of shape (n_samples,) or None
    class_weight : dict, "balanced" or None
    input_shape : tuple of int
        Shape of an image as the network takes it.
    pixel_range : tuple of (low, high) or None
        Range of the pixel values that was learnt before, None to learn it.
    by_class : ndarray of shape (n_classes,), optional
        Weights of the classes that replace `class_weight`.
    suffix : str
        Suffix of the names of the arguments in errors.
    """
    codes = encode_labels(labels, classes, f"y{suffix}")
    weights, by_class = weigh(
        sample_weight,
        codes,
        classes,
        class_weight,
        by_class=by_class,
        name=f"sample_weight{suffix}",
    )
    chosen = np.flatnonzero(weights)
    source: Source
    if isinstance(pixels, LazyImages):
        pixel_range = _range_of_lazy(pixels, weights, pixel_range)
        source = Blockwise(pixels, codes, weights, input_shape, chosen)
    else:
        if pixel_range is None:
            counted = pixels if weights.all() else pixels[weights != 0]
            pixel_range = learn_pixel_range(ArrayStatistics(counted))
        inputs = pixels.reshape(len(pixels), *input_shape)
        source = InMemory(Images.of(inputs, codes, weights), chosen)
    return Encoded(source, by_class, pixel_range)


def _range_of_lazy(
    images: LazyImages, weights: np.ndarray, learnt: PixelRange | None
) -> PixelRange:
    """Check images that are read block by block, and learn the range of their pixels.

    If it was learnt before, there is a warning if the pixels are in another one.
    """
    if learnt is None:
        found = survey(images, weights, after_block=raise_if_interrupted)
        return learn_pixel_range(found)
    found = survey(images, after_block=raise_if_interrupted)
    warn_of_other_range(found, learnt, images.name)
    return learnt


def hold_out(
    source: Source, validation_split: float, seed: int
) -> tuple[Source, Source | None]:
    """Split images into those to train on and those to validate on."""
    training, held_out = split_off_validation(source.labels, validation_split, seed)
    validation = source.choose(held_out) if len(held_out) else None
    return source.choose(training), validation


def distortion_of(
    augment: str | Mapping[str, float] | None,
    image_shape: tuple[int, int],
    n_features: int,
) -> Distortion | None:
    """Return the distortion of training images that `augment` describes.

    Raises
    ------
    ValueError
        If the features do not form an image.
    """
    ranges = augmentation_of(augment)
    if ranges is None:
        return None
    if min(image_shape) == 1 < n_features:
        raise ValueError(
            f"augment={augment!r} distorts images, and {n_features} features do not "
            "form a square image. Pass images with shape (n_samples, height, width)."
        )
    return Distortion(ranges, image_shape)
