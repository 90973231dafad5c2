"""Random numbers of a range, and random fields."""

from __future__ import annotations

import cv2
import numpy as np


def between(limits: tuple[float, float], rng: np.random.Generator) -> float:
    return float(rng.uniform(*limits))


def smooth_noise(
    shape: tuple[int, int], grain: float, rng: np.random.Generator
) -> np.ndarray:
    """Return noise of unit deviation whose structures are about `grain` pixels wide."""
    small = [max(2, round(side / grain)) for side in shape]
    noise = rng.normal(size=small).astype(np.float32)
    return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
