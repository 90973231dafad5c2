"""What is in a picture besides the paper: a finger, a table."""

from __future__ import annotations

import numpy as np

from benchmarks.synthetic_pictures.random_values import smooth_noise


def put_finger(picture: np.ndarray, box: tuple, rng: np.random.Generator) -> np.ndarray:
    """Show the tip of a finger that comes in at a border, clear of the digit."""
    rows, columns = picture.shape[:2]
    left, top, width, height = box
    centre = left + width / 2, top + height / 2
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    thick = rng.uniform(0.12, 0.25) * max(rows, columns)
    reach = 0.62 * np.hypot(width, height) + thick
    tip = centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle)
    along = (x - tip[0]) * np.cos(angle) + (y - tip[1]) * np.sin(angle)
    across = (y - tip[1]) * np.cos(angle) - (x - tip[0]) * np.sin(angle)
    distance = np.hypot(np.minimum(along, 0), across) - thick
    skin = np.float32(rng.uniform(0.3, 1.0) * np.array([0.9, 0.68, 0.55]))
    shading = 1 - 0.3 * np.clip(1 + distance / thick, 0, 1)
    shadow = 1 - rng.uniform(0, 0.4) * np.exp(-np.maximum(distance, 0) / (0.3 * thick))
    cover = np.clip(0.5 - distance, 0, 1)[..., None]
    picture = picture * shadow[..., None].astype(np.float32)
    return picture + (skin * shading[..., None] - picture) * cover


def put_on_table(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Show a strip of the table beyond one edge of the paper."""
    rows, columns = picture.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    angle = rng.choice([0, 90, 180, 270]) + rng.normal(0, 4)
    direction = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along = (x / columns - 0.5) * direction[0] + (y / rows - 0.5) * direction[1]
    beyond = along > rng.uniform(0.40, 0.48)
    colour = rng.uniform(0.05, 0.7) * (1 + rng.normal(0, 0.15, 3))
    grain = 1 + 0.1 * smooth_noise((rows, columns), 4, rng)[..., None]
    return np.where(beyond[..., None], np.float32(colour) * grain, picture)
