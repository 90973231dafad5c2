"""Checks of images and labels, against what was learnt from earlier ones."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from digitclf._data.images import (
    as_pixels,
    flatten_images,
    square_side,
)
from digitclf._data.labels import check_labels
from digitclf._data.lazy import LazyImages, open_images
from digitclf._data.pixel_range import warn_of_other_range
from digitclf._data.statistics import ArrayStatistics
from digitclf._messages import naming


def check_same_length(
    n_images: int, n_labels: int, X_name: str = "X", y_name: str = "y"
) -> None:
    """Raise a ValueError if there is not one label per image."""
    if n_images != n_labels:
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"{X_name} has {n_images}, {y_name} has {n_labels}."
        )


class ReadsDigits:
    """Mixin of an estimator that learns the shape and pixel range of its images."""

    n_features_in_: int
    image_shape_: tuple[int, int]
    pixel_range_: tuple[float, float]

    def _check_X_y(
        self, X: Any, y: Any, reset: bool, X_name: str = "X", y_name: str = "y"
    ) -> tuple[np.ndarray | LazyImages, np.ndarray]:
        """Return checked pixels (n_samples, n_features) and labels."""
        pixels = self._check_X(X, reset, X_name)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires {y_name} to be passed, but the target "
                f"{y_name} is None."
            )
        labels = check_labels(y, y_name)
        check_same_length(len(pixels), len(labels), X_name, y_name)
        return pixels, labels

    def _check_X(self, X: Any, reset: bool, name: str = "X") -> np.ndarray | LazyImages:
        """Return checked pixels (n_samples, n_features); learn their shape if new.

        The values of `LazyImages` are checked when they are read.
        """
        if not reset and self._is_plain(X):
            pixels = as_pixels(X.reshape(len(X), self.n_features_in_), name)
            warn_of_other_range(ArrayStatistics(pixels), self.pixel_range_, name)
            return pixels
        X = open_images(X, name)
        if isinstance(X, LazyImages):
            self._check_rows(X.read_raw(0, 1), X.shape, X.image_shape, reset, name)
            return X
        shape: tuple[int, ...] = getattr(X, "shape", ())
        X, image_shape = flatten_images(X, name)
        X = self._check_rows(X, shape, image_shape, reset, name)
        pixels = as_pixels(X, name)
        if not reset:
            warn_of_other_range(ArrayStatistics(pixels), self.pixel_range_, name)
        return pixels

    def _check_rows(
        self,
        X: Any,
        shape: tuple[int, ...],
        image_shape: tuple[int, int] | None,
        reset: bool,
        name: str,
    ) -> np.ndarray:
        """Return checked rows of pixels of images that had a shape before."""
        if not reset and getattr(X, "shape", None) == self.image_shape_ != (
            1,
            self.n_features_in_,
        ):
            raise ValueError(
                f"{name} has shape {shape}, which is one image of the fitted shape. "
                f"Pass a batch of images, here {name}[np.newaxis]."
            )
        expected = None if reset else self.image_shape_
        if image_shape and expected and not self._matches_fitted_shape(image_shape):
            raise ValueError(
                f"{name} has images of shape {image_shape}, but {type(self).__name__} "
                f"is expecting images of shape {expected} as seen in fit."
            )
        with naming(name):
            X = validate_data(self, X, reset=reset, dtype="numeric")
        if reset:
            self.image_shape_ = image_shape or self._shape_of_flat(X.shape[1])
        return X

    def _is_plain(self, X: Any) -> bool:
        """Return whether `X` would pass all checks of scikit-learn as it is.

        They take several times as long as the network for a single image.
        """
        return bool(
            type(X) is np.ndarray
            and len(X.shape) in (2, 3)
            and X.shape[0] > 0
            and X.shape[1:] in ((self.n_features_in_,), self.image_shape_)
            and math.prod(X.shape[1:]) == self.n_features_in_
            and not hasattr(self, "feature_names_in_")
            and (
                X.dtype.kind in "biu" or (X.dtype.kind == "f" and np.isfinite(X).all())
            )
        )

    def _matches_fitted_shape(self, image_shape: tuple[int, int]) -> bool:
        """Return whether images of a shape match those of `fit`, if it saw a shape."""
        height, width = self.image_shape_
        saw_no_shape = height == 1 or height * width != self.n_features_in_
        return image_shape == self.image_shape_ or (
            saw_no_shape and math.prod(image_shape) == self.n_features_in_
        )

    def _shape_of_flat(self, n_features: int) -> tuple[int, int]:
        """Return the (height, width) of images passed as rows of pixels."""
        side = square_side(n_features)
        return (side, side) if side else (1, n_features)

    def _input_shape(self) -> tuple[int, ...]:
        """Return the input shape of the network, without the batch."""
        return (self.n_features_in_,)

    def _as_network_input(self, pixels: np.ndarray) -> np.ndarray:
        return pixels.reshape(len(pixels), *self._input_shape())
