"""Synthetic pages: lines or cells of handwritten digits, as cameras see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.synthetic_pictures import (
    PHOTO,
    Settings,
    between,
    colours,
    light,
    paste,
    pen_strokes,
    smooth_noise,
    take,
)

Array = np.ndarray
Generator = np.random.Generator


SHARP_HEIGHT = 60.0
"""Height of digits in pixels for which the ranges of blur are meant."""


@dataclass(frozen=True)
class PageSettings:
    """Ranges (low, high) and probabilities from which a page is drawn."""

    width: tuple[float, float] = (700, 2200)
    digit_height: tuple[float, float] = (28, 90)  # pixels
    lines: tuple[int, int] = (2, 8)
    digits: tuple[int, int] = (3, 10)  # per line
    gap: tuple[float, float] = (0.25, 0.9)  # between digits / their height
    touching: float = 0.0  # probability that a digit touches the one before
    sizes: float = 0.15  # relative deviation of the heights
    slant: float = 1.0  # degrees, standard deviation of the lines
    rotation: float = 0.0  # degrees, standard deviation of the page
    perspective: float = 0.0
    ruled: float = 0.0
    squared: float = 0.0
    cells: float = 0.0  # digits in the cells of a printed grid
    specks: float = 0.1
    paper: Settings = PHOTO


CLEAN = replace(
    PHOTO,
    colour=0,
    light_on_dark=0,
    contrast=(0.7, 1.0),
    pressure=(0, 0.1),
    texture=(0, 0.01),
    gradient=(0, 0.1),
    noise=(0, 0.01),
    creases=0,
)

KINDS: dict[str, PageSettings] = {
    "scan": PageSettings(paper=CLEAN),
    "photo": PageSettings(),
    "white on black": PageSettings(paper=replace(CLEAN, light_on_dark=1.0)),
    "coloured": PageSettings(paper=replace(PHOTO, colour=1.0)),
    "hair-thin": PageSettings(paper=replace(CLEAN, stroke=(0.02, 0.05))),
    "marker": PageSettings(paper=replace(CLEAN, stroke=(0.13, 0.2))),
    "pencil": PageSettings(
        paper=replace(
            PHOTO, contrast=(0.15, 0.35), pressure=(0.2, 0.5), noise=(0, 0.01)
        )
    ),
    "shadow": PageSettings(paper=replace(PHOTO, shadow=1.0, vignette=0.5)),
    "noise": PageSettings(paper=replace(PHOTO, noise=(0.03, 0.08))),
    "blur": PageSettings(paper=replace(PHOTO, blur=(1.0, 2.5))),
    "compressed": PageSettings(paper=replace(PHOTO, jpeg=1.0, quality=(10, 30))),
    "ruled": PageSettings(ruled=1.0),
    "squared": PageSettings(squared=1.0),
    "cells": PageSettings(cells=1.0, gap=(0.5, 0.9), slant=0),
    "touching": PageSettings(touching=0.3),
    "large": PageSettings(
        width=(500, 1500), digit_height=(120, 320), lines=(1, 2), digits=(1, 4)
    ),
    "small": PageSettings(width=(1500, 3000), digit_height=(14, 26), lines=(3, 12)),
    "sizes": PageSettings(sizes=0.35),
    "rotated": PageSettings(rotation=5.0, perspective=0.04),
}
"""Kinds of pages. Each has a single difficulty."""


class Page(NamedTuple):
    """A page, uint8 (height, width, 3), and the digits of its lines."""

    pixels: Array
    lines: list[str]
    boxes: list[tuple[int, int, int, int]]
    """Left, top, width and height of the digits, in reading order. They are those
    before the page is rotated."""


def draw_page(images: Array, labels: Array, kind: str, rng: Generator) -> Page:
    """Return a page with digits of MNIST.

    Parameters
    ----------
    images : ndarray of shape (n, 28, 28)
    labels : ndarray of shape (n,)
    kind : str
    rng : numpy.random.Generator
    """
    settings = KINDS[kind]
    paper = settings.paper
    height = np.exp(between(tuple(np.log(settings.digit_height)), rng))
    stroke = between(paper.stroke, rng)
    paper = replace(paper, stroke=(stroke * 0.9, stroke * 1.1))
    lines, boxes, sheet = _write(images, labels, height, settings, paper, rng)
    printed = _print(sheet.shape, height, boxes, settings, rng)
    for _ in range(rng.integers(0, 20) if rng.random() < settings.specks else 0):
        centre = int(rng.integers(sheet.shape[1])), int(rng.integers(sheet.shape[0]))
        radius = max(1, round(0.03 * height * rng.random()))
        cv2.circle(sheet, centre, radius, 1.0, -1, cv2.LINE_AA)
    amount = between(paper.pressure, rng)
    sheet *= np.clip(
        1 - amount * (0.5 + 0.4 * smooth_noise(sheet.shape, 2, rng)), 0.3, 1
    )
    background, ink = colours(paper, rng)
    page = np.broadcast_to(background, (*sheet.shape, 3)).astype(np.float32)
    tint = np.float32(
        rng.choice([[0.35, 0.5, 0.85], [0.3, 0.3, 0.3], [0.85, 0.4, 0.4]])
    )
    page = page + (tint * page - page) * printed[..., None]
    page = page + (ink - page) * sheet[..., None]
    page = page * light(sheet.shape, paper, rng)[..., None]
    page = _as_seen(page, settings, rng)
    # `take` blurs larger pictures more, but the digits of a page are a part of it.
    smaller = height / SHARP_HEIGHT / max(1.0, max(page.shape) / 400)
    paper = replace(paper, blur=tuple(smaller * limit for limit in paper.blur))
    return Page(take(page, paper, rng), lines, boxes)


def _write(
    images: Array,
    labels: Array,
    height: float,
    settings: PageSettings,
    paper: Settings,
    rng: Generator,
) -> tuple[list[str], list[tuple[int, int, int, int]], Array]:
    """Return the lines, the boxes of their digits, and a sheet with the strokes."""
    n_lines = int(rng.integers(settings.lines[0], settings.lines[1] + 1))
    pitch = height * rng.uniform(1.6, 2.4)
    in_cells = rng.random() < settings.cells
    width = int(between(settings.width, rng))
    rows = int(pitch * n_lines + 2 * height)
    sheet = np.zeros((rows, width), dtype=np.float32)
    gap = between(settings.gap, rng) * height
    step = pitch if in_cells else 0.0
    most = int((width - 2 * height) / (step or 0.75 * height + gap))
    lines, boxes = [], []
    for number in range(n_lines):
        wanted = rng.integers(settings.digits[0], settings.digits[1] + 1)
        slope = np.tan(np.radians(rng.normal(0, settings.slant / 2)))
        x, text = float(height * rng.uniform(0.6, 1.2)), ""
        start = x
        for place in range(max(1, min(int(wanted), most))):
            chosen = int(rng.integers(len(images)))
            size = height * float(np.clip(rng.normal(1, settings.sizes / 2), 0.6, 1.5))
            sized = replace(paper, digit_height=(size, size))
            shape = pen_strokes(images[chosen], sized, rng)
            if in_cells:
                x = start + place * step + (step - shape.shape[1]) / 2
            elif place and rng.random() < settings.touching:
                x -= gap + 0.06 * height
            y = (
                height
                + number * pitch
                + slope * (x - start)
                + rng.normal(0, 0.04) * height
            )
            top = round(y + height - shape.shape[0])
            if round(x) + shape.shape[1] > width - 3:
                break
            drawn = np.zeros_like(sheet)
            paste(drawn, shape, top, round(x))
            sheet = np.maximum(sheet, drawn)
            boxes.append((round(x), top, shape.shape[1], shape.shape[0]))
            text += str(labels[chosen])
            x += shape.shape[1] + gap * rng.uniform(0.7, 1.3)
        lines.append(text)
    return lines, boxes, sheet


def _print(
    shape: tuple[int, int],
    height: float,
    boxes: list[tuple[int, int, int, int]],
    settings: PageSettings,
    rng: Generator,
) -> Array:
    """Return the contrast of printed lines."""
    rows, columns = shape
    sheet = np.zeros(shape, dtype=np.float32)
    across = rng.random() < settings.ruled
    squared = rng.random() < settings.squared
    in_cells = rng.random() < settings.cells
    if not (across or squared or in_cells):
        return sheet
    spacing = height * (rng.uniform(0.4, 0.7) if squared else rng.uniform(1.3, 2.0))
    thickness = max(1, round(height * rng.uniform(0.015, 0.04)))
    tilt = np.tan(np.radians(rng.normal(0, 0.5)))
    if in_cells:
        left = min(box[0] for box in boxes)
        top = min(box[1] for box in boxes)
        spacing = height * 2.0
        for x in np.arange(left - 0.6 * height, columns, spacing):
            cv2.line(sheet, (round(x), 0), (round(x), rows), 1.0, thickness)
        for y in np.arange(top - 0.5 * height, rows, spacing):
            cv2.line(sheet, (0, round(y)), (columns, round(y)), 1.0, thickness)
        return sheet * np.float32(rng.uniform(0.5, 1))
    for y in np.arange(rng.uniform(0, spacing), rows, spacing):
        ends = (0, round(y)), (columns, round(y + tilt * columns))
        cv2.line(sheet, *ends, 1.0, thickness, cv2.LINE_AA)
    if squared:
        for x in np.arange(rng.uniform(0, spacing), columns, spacing):
            ends = (round(x), 0), (round(x - tilt * rows), rows)
            cv2.line(sheet, *ends, 1.0, thickness, cv2.LINE_AA)
    return sheet * np.float32(rng.uniform(0.2, 0.6))


def _as_seen(page: Array, settings: PageSettings, rng: Generator) -> Array:
    """Rotate the page, and see it from an angle."""
    if settings.rotation == 0 and settings.perspective == 0:
        return page
    rows, columns = page.shape[:2]
    angle = float(np.clip(rng.normal(0, settings.rotation), -12, 12))
    matrix = np.vstack(
        [cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, 0.9), [0, 0, 1]]
    )
    corners = np.float32([[0, 0], [columns, 0], [columns, rows], [0, rows]])
    moved = corners + np.float32(
        rng.normal(0, settings.perspective / 2, (4, 2)) * [columns, rows]
    )
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32)) @ matrix
    return cv2.warpPerspective(
        page, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE
    )
