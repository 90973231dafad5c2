"""A model file that a command opens, and image files as its model takes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from digitclf.cli._image_files import WHITE, is_grey_level
from digitclf.cli._stderr import shown, without_startup_messages

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier


def open_model(path: Path) -> BaseDigitClassifier:
    """Return the classifier in a file, after checking that it takes grey levels."""
    if not path.exists():
        raise FileNotFoundError(f"There is no model file {shown(path)}")
    with without_startup_messages():
        from digitclf import load_model
    clf = load_model(path)
    low, high = clf.pixel_range_
    if low != 0:
        raise ValueError(
            f"This model was fitted on values from {low:g} to {high:g} (pixel_range_), "
            "which the grey levels of an image file cannot be turned into. Expected a "
            "model fitted on images with pixels from 0 up."
        )
    return clf


def as_fitted(clf: BaseDigitClassifier, images: np.ndarray) -> np.ndarray:
    """Return grey levels, 0 to 255, in the range of values that a model expects.

    A model whose largest value is nearly as large was fitted on grey levels too, the
    lightest of which were not quite white.
    """
    high = clf.pixel_range_[1]
    if is_grey_level(high):
        return images
    return images * (high / WHITE)
