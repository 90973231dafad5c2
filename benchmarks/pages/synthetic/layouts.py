"""Where digits are written on a sheet: in lines, in columns, in cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.pages.synthetic.distractors import sign
from benchmarks.pages.synthetic.sheet import Sheet, Writer
from benchmarks.synthetic_pictures import between

if TYPE_CHECKING:
    from benchmarks.pages.synthetic.kinds import PageSettings

MOST_ROWS = 4200
"""Height of a page in pixels, at most."""


def in_lines(writer: Writer, height: float, settings: PageSettings) -> Sheet:
    """Write lines, which may slant or curve, with signs between some digits."""
    rng = writer.rng
    pitch = height * rng.uniform(1.6, 2.4) * (1 + settings.curve)
    n_lines = int(rng.integers(settings.lines[0], settings.lines[1] + 1))
    n_lines = max(1, min(n_lines, int((MOST_ROWS - 2 * height) / pitch)))
    gap = between(settings.gap, rng) * height
    written = settings.digits[1] * (0.75 * height + gap) + 2 * height
    widest = written * rng.uniform(1, settings.empty)
    width = round(max(min(between(settings.width, rng), widest), 4 * height))
    below = rng.uniform(0, 0.4) * pitch * n_lines
    sheet = _blank(pitch * n_lines + 2 * height + below, width, height)
    indent = rng.uniform(0, 0.8) * max(0.0, width - written)
    for number in range(n_lines):
        wanted = int(rng.integers(settings.digits[0], settings.digits[1] + 1))
        slope = np.tan(np.radians(rng.normal(0, settings.slant / 2)))
        wave, phase = rng.uniform(0.5, 1.5) * np.pi / width, rng.uniform(0, 2 * np.pi)
        start = x = indent + height * rng.uniform(0.6, 1.2)
        base = 2 * height + number * pitch
        text = ""
        while len(text) < wanted:
            raised = text != "" and rng.random() < settings.superscripts
            is_zero = text != "" and rng.random() < settings.zeros
            size = height * (0.55 if raised else 1)
            strokes, label = writer.zero(size) if is_zero else writer.digit(size)
            if text and rng.random() < settings.touching:
                x -= gap + settings.overlap * height
            if round(x) + strokes.shape[1] > width - 3:
                break
            bend = np.sin(wave * x + phase) - np.sin(wave * start + phase)
            y = base + slope * (x - start) + settings.curve * height * bend
            y += rng.normal(0, 0.04) * height - (0.75 * height if raised else 0)
            top = int(np.clip(y - strokes.shape[0], 2, len(sheet.ink) - 3))
            _write(sheet, strokes, round(x), top)
            text += label
            x += strokes.shape[1] + gap * rng.uniform(0.7, 1.3)
            if rng.random() < settings.signs:
                x = _write_sign(sheet, writer, x, y, gap)
        if text:
            sheet.lines.append(text)
    return sheet


def in_columns(writer: Writer, height: float, settings: PageSettings) -> Sheet:
    """Write columns of numbers, aligned at the right. A line has one number of each."""
    rng = writer.rng
    n_columns = int(rng.integers(2, 5))
    n_rows = int(rng.integers(settings.lines[0], settings.lines[1] + 1))
    pitch = height * rng.uniform(1.4, 2.0)
    widest = height * 5.5
    sheet = _blank(pitch * n_rows + 2 * height, n_columns * widest, height)
    for row in range(n_rows):
        text = ""
        for column in range(n_columns):
            digits = [writer.digit(height) for _ in range(rng.integers(1, 5))]
            x = (column + 1) * widest - 0.5 * height
            x -= sum(strokes.shape[1] + 0.3 * height for strokes, _ in digits)
            for strokes, label in digits:
                y = 2 * height + row * pitch + rng.normal(0, 0.04) * height
                _write(sheet, strokes, round(x), round(y) - strokes.shape[0])
                x += strokes.shape[1] + 0.3 * height
                text += label
        sheet.lines.append(text)
    return sheet


def in_cells(writer: Writer, height: float, settings: PageSettings) -> Sheet:
    """Write numbers in cells of `cell_size`. Some stay empty."""
    rng = writer.rng
    high, wide = cell_size(settings, height)
    n_rows = int(rng.integers(settings.lines[0], settings.lines[1] + 1))
    n_columns = max(2, int(between(settings.width, rng) / wide))
    n_columns = min(n_columns, settings.digits[1])
    margin = height
    sheet = _blank(n_rows * high + 2 * margin, n_columns * wide + 2 * margin, height)
    for row in range(n_rows):
        text = ""
        for column in range(n_columns):
            if rng.random() < 0.15 and (text or column < n_columns - 1):
                continue
            count = int(rng.integers(1, settings.digits_per_cell + 1))
            digits = [writer.digit(height) for _ in range(count)]
            width = sum(strokes.shape[1] + 0.15 * height for strokes, _ in digits)
            x = margin + column * wide + max(0.1 * height, (wide - width) / 2)
            x += rng.normal(0, 0.05) * height
            for strokes, label in digits:
                y = margin + row * high + (high - strokes.shape[0]) / 2
                y += rng.normal(0, 0.04) * height
                _write(sheet, strokes, round(x), round(y))
                x += strokes.shape[1] + 0.15 * height
                text += label
        sheet.lines.append(text)
    return sheet


def cell_size(settings: PageSettings, height: float) -> tuple[float, float]:
    """Return height and width of the cells of a table."""
    return 1.6 * height, (0.9 * settings.digits_per_cell + 0.9) * height


def _blank(rows: float, columns: float, height: float) -> Sheet:
    ink = np.zeros((round(rows), round(columns)), dtype=np.float32)
    return Sheet(ink, [], [], height)


def _write(sheet: Sheet, strokes: np.ndarray, left: int, top: int) -> None:
    sheet.add(strokes, left, top)
    sheet.boxes.append((left, top, strokes.shape[1], strokes.shape[0]))


def _write_sign(sheet: Sheet, writer: Writer, x: float, y: float, gap: float) -> float:
    """Write an operator, a point or a comma, and return where the next digit begins."""
    height = sheet.digit_height
    strokes, raise_by = sign(height, writer.thickness(height), writer.rng)
    left = round(x + 0.1 * height)
    top = round(y - strokes.shape[0] - raise_by)
    if left + strokes.shape[1] < sheet.ink.shape[1] - 3 and top > 0:
        sheet.add(strokes, left, top)
    return left + strokes.shape[1] + gap + 0.1 * height
