"""Paper: its colour and that of the ink, printed lines, and ink from the back."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from benchmarks.synthetic_pictures.ink import paste
from benchmarks.synthetic_pictures.kinds import Settings
from benchmarks.synthetic_pictures.random_values import between
from benchmarks.synthetic_pictures.strokes import pen_strokes


def colours(
    settings: Settings, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return the colours of the paper and of the ink, which differ by the contrast."""
    contrast = between(settings.contrast, rng)
    if rng.random() < settings.colour:
        for _ in range(50):
            paper = rng.uniform(0.5, 1, size=3) if rng.random() < 0.8 else rng.random(3)
            ink = rng.random(3)
            difference = np.linalg.norm(paper - ink)
            if difference > 0.5:
                break
        ink = paper + (ink - paper) * min(1.0, 1.2 * contrast / difference)
        if rng.random() < settings.light_on_dark:
            paper, ink = ink, paper
    else:
        light = rng.uniform(max(contrast, 0.75), 1.0)
        paper, ink = np.full(3, light), np.full(3, light - contrast * light)
        if rng.random() < settings.light_on_dark:
            paper, ink = ink, paper
    return np.float32(paper), np.float32(ink)


def record_colours(settings: Settings, rng: np.random.Generator) -> tuple | None:
    """Return yellowed paper and brown ink, for the kind that needs them."""
    if settings.show_through == 0:
        return None
    paper = np.array([0.88, 0.8, 0.65]) * rng.uniform(0.75, 1.1, size=(1,))
    paper = paper + rng.normal(0, 0.04, size=3)
    ink = np.array([0.3, 0.22, 0.17]) + rng.normal(0, 0.06, size=3)
    contrast = between(settings.contrast, rng)
    ink = paper + (ink - paper) * min(1.0, 1.4 * contrast)
    return np.float32(paper), np.float32(ink)


def show_through(
    picture: np.ndarray,
    ink: np.ndarray,
    back: np.ndarray,
    box: tuple,
    settings: Settings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Show a mirrored, blurred digit of the other side of the sheet, faintly."""
    long = max(box[2:])
    sized = replace(settings, digit_height=(long * 0.8, long * 1.2))
    strokes = pen_strokes(back, sized, rng)[:, ::-1]
    sheet = np.zeros(picture.shape[:2], dtype=np.float32)
    top = round(rng.uniform(-0.4, 0.8) * sheet.shape[0])
    left = round(rng.uniform(-0.4, 0.8) * sheet.shape[1])
    paste(sheet, strokes, top, left)
    sheet = cv2.GaussianBlur(sheet, (0, 0), max(0.5, 0.015 * long))
    return (
        picture
        + (ink - picture) * (np.float32(rng.uniform(0.05, 0.25)) * sheet)[..., None]
    )


def print_lines(
    picture: np.ndarray, box: tuple, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
    """Print ruled or squared lines on the paper, slightly rotated."""
    ruled, squared = rng.random() < settings.ruled, rng.random() < settings.squared
    if not (ruled or squared):
        return picture
    rows, columns = picture.shape[:2]
    long = max(box[2:])
    spacing = long * (rng.uniform(0.25, 0.7) if squared else rng.uniform(0.6, 1.3))
    thickness = max(1, round(rng.uniform(0.004, 0.012) * long))
    tilt = np.tan(np.radians(rng.normal(0, settings.line_tilt)))
    sheet = np.zeros((rows, columns), dtype=np.float32)
    for start in np.arange(rng.uniform(0, spacing) - spacing, rows + spacing, spacing):
        ends = (0, round(start)), (columns, round(start + tilt * columns))
        cv2.line(sheet, *ends, 1.0, thickness, cv2.LINE_AA)
    if squared:
        for start in np.arange(
            rng.uniform(0, spacing) - spacing, columns + spacing, spacing
        ):
            ends = (round(start), 0), (round(start - tilt * rows), rows)
            cv2.line(sheet, *ends, 1.0, thickness, cv2.LINE_AA)
    tint = np.float32(
        rng.choice([[0.35, 0.5, 0.85], [0.5, 0.5, 0.5], [0.85, 0.4, 0.4]])
    )
    sheet *= np.float32(between(settings.line_contrast, rng))
    return picture + (tint * picture - picture) * sheet[..., None]
