"""What is printed on the paper: ruled lines, squares, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from benchmarks.pages.synthetic.layouts import cell_size
from benchmarks.pages.synthetic.sheet import Array, Sheet

if TYPE_CHECKING:
    from benchmarks.pages.synthetic.kinds import PageSettings

Generator = np.random.Generator

DARK = 0.95
"""Contrast of printed lines that are as dark as ink."""


def ruled(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return lines across the page, which cross digits anywhere."""
    return _lines(sheet, rng.uniform(1.3, 2.0), False, rng) * _level(0.2, 0.6, rng)


def squared(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return squares smaller than the digits."""
    return _lines(sheet, rng.uniform(0.4, 0.7), True, rng) * _level(0.2, 0.6, rng)


def dark_squares(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return squares about as large as the digits, nearly as dark as the ink."""
    return _lines(sheet, rng.uniform(0.8, 1.4), True, rng) * _level(0.6, DARK, rng)


def table(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return the lines between cells."""
    lines = _table_lines(sheet, settings, 1, rng)
    return lines * _level(0.4, DARK, rng)


def puzzle(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return the lines between cells, every third one thicker."""
    lines = _table_lines(sheet, settings, 1, rng)
    thick = _table_lines(sheet, settings, 3, rng)
    return np.maximum(lines * _level(0.4, DARK, rng), thick * DARK)


def character_boxes(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return a box for each digit, alone or side by side, or the teeth of a comb."""
    height = sheet.digit_height
    high, wide = cell_size(settings, height)
    box_high, box_wide = height * rng.uniform(1.15, 1.5), wide * rng.uniform(0.65, 0.9)
    are_joined, is_comb = rng.random() < 0.6, rng.random() < 0.3
    if are_joined or is_comb:
        box_wide = wide
    thickness = max(1, round(height * rng.uniform(0.015, 0.06)))
    lines = np.zeros_like(sheet.ink)
    rows, columns = lines.shape
    for y in np.arange(height + high / 2, rows - height, high):
        for x in np.arange(height + wide / 2, columns - height, wide):
            left, right = round(x - box_wide / 2), round(x + box_wide / 2)
            top, bottom = round(y - box_high / 2), round(y + box_high / 2)
            if not is_comb:
                cv2.rectangle(lines, (left, top), (right, bottom), 1.0, thickness)
                continue
            corners = [(left, y), (left, bottom), (right, bottom), (right, y)]
            cv2.polylines(lines, [np.int32(corners)], False, 1.0, thickness)
    return lines * _level(0.4, DARK, rng)


def _level(low: float, high: float, rng: Generator) -> np.float32:
    return np.float32(rng.uniform(low, high))


def _lines(sheet: Sheet, spacing: float, crossed: bool, rng: Generator) -> Array:
    """Return lines at a distance given in heights of a digit, tilted slightly."""
    rows, columns = sheet.ink.shape
    lines = np.zeros((rows, columns), dtype=np.float32)
    spacing *= sheet.digit_height
    thickness = max(1, round(sheet.digit_height * rng.uniform(0.015, 0.04)))
    tilt = np.tan(np.radians(rng.normal(0, 0.5)))
    for y in np.arange(rng.uniform(0, spacing), rows, spacing):
        ends = (0, round(y)), (columns, round(y + tilt * columns))
        cv2.line(lines, *ends, 1.0, thickness, cv2.LINE_AA)
    for x in np.arange(rng.uniform(0, spacing), columns if crossed else 0, spacing):
        ends = (round(x), 0), (round(x - tilt * rows), rows)
        cv2.line(lines, *ends, 1.0, thickness, cv2.LINE_AA)
    return lines


def _table_lines(
    sheet: Sheet, settings: PageSettings, step: int, rng: Generator
) -> Array:
    """Return every so many lines of the table that `in_cells` has written in."""
    rows, columns = sheet.ink.shape
    margin = sheet.digit_height
    high, wide = cell_size(settings, sheet.digit_height)
    lines = np.zeros((rows, columns), dtype=np.float32)
    share = rng.uniform(0.015, 0.04) if step == 1 else 0.07
    thickness = max(1, round(sheet.digit_height * share))
    last_row = margin + high * round((rows - 2 * margin) / high)
    last_column = margin + wide * round((columns - 2 * margin) / wide)
    for y in np.arange(margin, last_row + 1, high * step):
        ends = (round(margin), round(y)), (round(last_column), round(y))
        cv2.line(lines, *ends, 1.0, thickness)
    for x in np.arange(margin, last_column + 1, wide * step):
        ends = (round(x), round(margin)), (round(x), round(last_row))
        cv2.line(lines, *ends, 1.0, thickness)
    return lines
