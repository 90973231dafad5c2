"""Arrays as JSON: text in base64, with shape and range."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

LEVELS = 255


def images_as_json(images: np.ndarray) -> dict[str, Any]:
    """Return images (n, height, width), with 256 levels in their common range.

    The range starts at 0, or at the smallest value if that is negative.
    """
    low = min(0.0, float(images.min(initial=0)))
    high = float(images.max(initial=0))
    scale = LEVELS / (high - low) if high > low else 0.0
    levels = np.rint((images - low) * scale).astype(np.uint8)
    return {
        "shape": list(images.shape),
        "low": low,
        "high": high,
        "levels": _base64(levels),
    }


def floats_as_json(values: np.ndarray) -> dict[str, Any]:
    """Return an array of any shape as float32, in little-endian order."""
    content = np.ascontiguousarray(values, dtype="<f4")
    return {"shape": list(values.shape), "values": _base64(content)}


def grey_levels_as_json(image: np.ndarray) -> list[list[int]]:
    """Return the rows of one image of grey levels."""
    return image.astype(int).tolist()


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.tobytes()).decode("ascii")
