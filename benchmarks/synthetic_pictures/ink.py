"""Ink on a sheet: the digit, what else was drawn, and how much ink is left of it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from benchmarks.synthetic_pictures.kinds import Settings
from benchmarks.synthetic_pictures.random_values import between, smooth_noise
from benchmarks.synthetic_pictures.strokes import pen_strokes


def place(
    shape: np.ndarray, settings: Settings, rng: np.random.Generator
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """Return the strokes on a sheet, and their box (left, top, width, height)."""
    height, width = shape.shape
    side = max(height, width) / between(settings.fill, rng)
    aspect = np.sqrt(between(settings.aspect, rng))
    rows = max(height, round(side / aspect))
    columns = max(width, round(side * aspect))
    if settings.fill[0] > 0.95:
        rows, columns = height + rng.integers(0, 3), width + rng.integers(0, 3)
    y, x = rng.beta(4, 4, size=2)
    if rng.random() < settings.corner:
        y, x = rng.choice([0.0, 0.03, 0.97, 1.0], size=2)
    top, left = round(y * (rows - height)), round(x * (columns - width))
    sheet = np.zeros((rows, columns), dtype=np.float32)
    sheet[top : top + height, left : left + width] = shape
    return sheet, (left, top, width, height)


def neighbour(
    digit: np.ndarray,
    sheet: np.ndarray,
    box: tuple,
    settings: Settings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return a sheet with a part of another digit at one of its borders."""
    rows, columns = sheet.shape
    left, top, width, height = box
    long = max(width, height)
    sized = replace(settings, digit_height=(long * 0.8, long * 1.2))
    other = pen_strokes(digit, sized, rng)
    drawn = np.zeros_like(sheet)
    gap = max(2, round(0.06 * long))
    sides = {
        "left": left - gap,
        "right": columns - left - width - gap,
        "top": top - gap,
        "bottom": rows - top - height - gap,
    }
    side = rng.choice([name for name in sides if sides[name] > 1] or ["none"])
    if side == "none":
        return drawn
    seen = min(sides[side], round(rng.uniform(0.1, 0.45) * long))
    if side in ("left", "right"):
        seen = min(seen, other.shape[1])
        part = other[:, -seen:] if side == "left" else other[:, :seen]
        first = top + round(rng.uniform(-0.3, 0.3) * long)
        first_column = 0 if side == "left" else columns - seen
        paste(drawn, part, first, first_column)
    else:
        seen = min(seen, other.shape[0])
        part = other[-seen:] if side == "top" else other[:seen]
        first = left + round(rng.uniform(-0.3, 0.3) * long)
        paste(drawn, part, 0 if side == "top" else rows - seen, first)
    return drawn


def paste(sheet: np.ndarray, part: np.ndarray, top: int, left: int) -> None:
    """Copy a part onto a sheet, as far as it lies on the sheet."""
    rows, columns = sheet.shape
    part = part[max(0, -top) :, max(0, -left) :]
    top, left = max(0, top), max(0, left)
    part = part[: max(0, rows - top), : max(0, columns - left)]
    sheet[top : top + part.shape[0], left : left + part.shape[1]] = part


def frame(shape: tuple[int, int], box: tuple, rng: np.random.Generator) -> np.ndarray:
    """Return a sheet with a rectangle or an ellipse around the digit."""
    sheet = np.zeros(shape, dtype=np.float32)
    left, top, width, height = box
    rows, columns = shape
    x0 = round(left * rng.uniform(0.0, 0.7))
    y0 = round(top * rng.uniform(0.0, 0.7))
    x1 = round(columns - 1 - (columns - left - width) * rng.uniform(0.0, 0.7))
    y1 = round(rows - 1 - (rows - top - height) * rng.uniform(0.0, 0.7))
    thickness = max(1, round(rng.uniform(0.01, 0.05) * max(width, height)))
    cv2.rectangle(sheet, (x0, y0), (x1, y1), 1.0, thickness, cv2.LINE_AA)
    # The digit lies inside, clear of the frame.
    pad = thickness // 2 + 2
    sheet[
        max(0, top - pad) : top + height + pad, max(0, left - pad) : left + width + pad
    ] = 0
    return sheet


def specks(shape: tuple[int, int], box: tuple, rng: np.random.Generator) -> np.ndarray:
    sheet = np.zeros(shape, dtype=np.float32)
    long = max(box[2:])
    for _ in range(rng.integers(1, 12)):
        centre = (int(rng.integers(shape[1])), int(rng.integers(shape[0])))
        radius = max(1, round(rng.uniform(0.004, 0.025) * long))
        cv2.circle(sheet, centre, radius, float(rng.uniform(0.4, 1)), -1, cv2.LINE_AA)
    return sheet


def pressure(
    shape: tuple[int, int], settings: Settings, rng: np.random.Generator
) -> np.ndarray:
    """Return how much ink is left where: pens fade, ball-points skip."""
    amount = between(settings.pressure, rng)
    broad = smooth_noise(shape, max(shape) / 6, rng)
    fine = smooth_noise(shape, 2.0, rng)
    return np.clip(1 - amount * (0.5 + 0.35 * broad + 0.25 * fine), 0.25, 1)
