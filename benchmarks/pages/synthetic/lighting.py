"""Light on a page that `synthetic_pictures.light` does not have."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.pages.synthetic.sheet import Array

Generator = np.random.Generator


def flash(page: Array, rng: Generator) -> Array:
    """Reflect a flash: a spot in which paper and ink become nearly white."""
    rows, columns = page.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    centre = rng.uniform(0.1, 0.9, size=2) * [columns, rows]
    radius = rng.uniform(0.08, 0.25) * min(rows, columns)
    distance = np.hypot(x - centre[0], (y - centre[1]) * rng.uniform(0.6, 1.5))
    glare = rng.uniform(0.5, 0.85) * np.exp(-((distance / radius) ** 2))
    # The camera exposes for the spot, so that the rest of the page is darker.
    page = page * np.float32(rng.uniform(0.55, 0.9))
    return page + (1 - page) * glare[..., None].astype(np.float32)


def lamp(page: Array, rng: Generator) -> Array:
    """Light a page by a lamp beside it, with the shadow of a hand or a phone."""
    rows, columns = page.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    centre = rng.uniform(-0.2, 1.2, size=2) * [columns, rows]
    distance = np.hypot(x - centre[0], y - centre[1]) / max(rows, columns)
    brightness = 1.05 / (1 + rng.uniform(0.5, 1.5) * distance**2)
    shadow = np.zeros((rows, columns), dtype=np.float32)
    place = [round(side) for side in rng.random(2) * [columns, rows]]
    axes = [round(side) for side in rng.uniform(0.15, 0.4, 2) * [columns, rows]]
    angle = rng.uniform(0, 180)
    cv2.ellipse(shadow, place, axes, angle, 0, 360, 1.0, -1, cv2.LINE_AA)
    softness = rng.uniform(0.01, 0.05) * max(rows, columns)
    shadow = cv2.GaussianBlur(shadow, (0, 0), softness)
    brightness *= 1 - rng.uniform(0.2, 0.45) * shadow
    return page * brightness[..., None].astype(np.float32)
