"""Sheets with digits of MNIST and other ink in rows, of which each pixel is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.pretrained.forms import open_zero, other_form
from benchmarks.signs import draw_printed_digit, draw_sign
from benchmarks.synthetic_pictures import (
    PHOTO,
    Settings,
    between,
    light,
    pen_strokes,
    smooth_noise,
    take,
)

Array = np.ndarray
Generator = np.random.Generator

DIGITS_WITH_FORMS = (0, 1, 7)
"""Digits of which some are in another form. A network that was trained without such
fours and nines takes 0 and 3 % of them for other ink."""

SYMMETRIC = (0, 1, 2, 5, 8)
"""Digits that look like a digit in a mirror."""


class Item(NamedTuple):
    """Something on a sheet."""

    kind: str
    strokes: Array
    """Soft strokes, cut out."""
    digit: int | None = None
    """Position of a written digit in MNIST."""


class Sheet(NamedTuple):
    """A page, what is on it, and the number of the item of each pixel, from 1."""

    pixels: Array
    items: list[Item]
    numbers: Array
    is_light: bool
    """Whether its ink is lighter than its paper."""


OPEN = 0.5
"""Share of open zeros among those in another form. The others are slashed."""

ORDINARY = (
    *("letter", "word", "back", "operator", "lines"),
    *("scribble", "speck", "texture", "drawing"),
)
"""Signs of most sheets."""


@dataclass(frozen=True)
class Writing:
    """How a sheet is written on: ranges (low, high) and probabilities."""

    digits: tuple[float, float] = (0.3, 0.8)  # share of the items
    zeros: float = 0.0  # additional share of zeros among the digits
    touching: float = 0.25  # probability that a digit touches the next item
    overlap: tuple[float, float] = (0.0, 0.15)  # of items that touch / height
    signs: tuple[str, ...] = ORDINARY


WRITINGS = {
    "mixed": Writing(),
    "touching": Writing(digits=(0.8, 1.0), zeros=0.3, touching=0.7, overlap=(0, 0.3)),
    "doodles": Writing(digits=(0.2, 0.5), signs=("scribble", "drawing", "doodle")),
}


def draw_sheet(
    digits: Array,
    labels: Array,
    writing: Writing,
    fonts: Sequence[str],
    rng: Generator,
) -> Sheet:
    """Draw digits and signs in rows."""
    height = float(np.exp(rng.uniform(np.log(16), np.log(80))))
    rows = int(max(420, rng.uniform(5, 8) * 1.7 * height))
    columns = int(max(560, rng.uniform(9, 14) * 1.5 * height))
    pen = float(np.exp(rng.uniform(np.log(0.03), np.log(0.17))))
    ink, numbers = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), int)
    items: list[Item] = []
    share = between(writing.digits, rng)
    for top in np.arange(0.4 * height, rows - 1.6 * height, 1.7 * height):
        x = rng.uniform(0.3, 1) * height
        while True:
            item = _item(digits, labels, writing, height, pen, share, fonts, rng)
            high, wide = item.strokes.shape
            if x + wide > columns - 4:
                break
            place = round(top + rng.normal(0, 0.05) * height + max(0, height - high))
            place = min(max(2, place), rows - high - 2)
            items.append(item)
            where = slice(place, place + high), slice(round(x), round(x) + wide)
            is_stronger = item.strokes > np.maximum(ink[where], 0.15)
            numbers[where][is_stronger] = len(items)
            ink[where] = np.maximum(ink[where], item.strokes)
            touches = item.kind == "digit" and rng.random() < writing.touching
            gap = -between(writing.overlap, rng) if touches else rng.uniform(0.2, 0.6)
            x += wide + gap * height
    settings = _paper(rng)
    pixels, is_light = _photograph(ink, height, settings, rng)
    return Sheet(pixels, items, numbers, is_light)


def _item(
    digits: Array,
    labels: Array,
    writing: Writing,
    height: float,
    pen: float,
    share: float,
    fonts: Sequence[str],
    rng: Generator,
) -> Item:
    size = height * float(np.clip(rng.normal(1, 0.12), 0.6, 1.5))
    if rng.random() < 0.08 * share:
        # The letters are printed too: how strokes look must not decide.
        strokes = draw_printed_digit(int(rng.integers(10)), size, rng, fonts)
        return Item("printed", strokes)
    if rng.random() < share:
        is_zero = rng.random() < writing.zeros
        chosen = int(
            rng.choice(np.flatnonzero(labels == 0) if is_zero else len(labels))
        )
        strokes = _digit(digits[chosen], int(labels[chosen]), size, pen, rng)
        if labels[chosen] not in SYMMETRIC and rng.random() < 0.06:
            return Item("mirrored", strokes[:, ::-1])
        return Item("digit", strokes, chosen)
    kind = str(rng.choice(writing.signs))
    if kind == "speck":
        size *= rng.uniform(0.4, 1)
    strokes = draw_sign(kind, size, pen * rng.uniform(0.7, 1.4), rng, fonts)
    return Item(kind, strokes)


def _digit(
    image: Array, label: int, height: float, pen: float, rng: Generator
) -> Array:
    if label in DIGITS_WITH_FORMS and rng.random() < 0.3:
        is_open = label == 0 and rng.random() < OPEN
        image = open_zero(image, rng) if is_open else other_form(image, label, rng)
    settings = Settings(
        digit_height=(height, height), stroke=(0.9 * pen, 1.1 * pen), rotation=12.0
    )
    return pen_strokes(image, settings, rng)


def _paper(rng: Generator) -> Settings:
    return replace(
        PHOTO,
        contrast=(0.15, 1.0),
        light_on_dark=0.15,
        pressure=(0, 0.5),
        shadow=0.2,
        ruled=0.2,
        squared=0.2,
        noise=(0, 0.06) if rng.random() < 0.3 else (0, 0.02),
        blur=(0, 0.05) if rng.random() < 0.7 else (0.02, 0.1),
    )


def _photograph(
    ink: Array, height: float, settings: Settings, rng: Generator
) -> tuple[Array, bool]:
    """Return the sheet as a grey photo, uint8, and whether its ink is light."""
    amount = between(settings.pressure, rng)
    uneven = 0.5 + 0.4 * smooth_noise(ink.shape, 2, rng)
    ink = ink * np.clip(1 - amount * uneven, 0.3, 1)
    contrast = between(settings.contrast, rng)
    paper = rng.uniform(max(contrast, 0.75), 1.0)
    level = paper - contrast
    is_light = bool(rng.random() < settings.light_on_dark)
    if is_light:
        paper, level = level, paper
    printed = _printed(ink.shape, height, settings, rng) * np.float32(level - paper)
    page = paper + printed
    page = page + (level - page) * ink
    page = page * light(ink.shape, settings, rng)
    # `take` makes more of the blur on large pictures; here, digits are a part of it.
    blur = height / max(1.0, max(ink.shape) / 400)
    settings = replace(settings, blur=tuple(blur * limit for limit in settings.blur))
    return take(np.repeat(page[..., None], 3, axis=2), settings, rng), is_light


def _printed(
    shape: tuple[int, int], height: float, settings: Settings, rng: Generator
) -> Array:
    """Return ruled or squared lines, with the contrast of printed ones."""
    rows, columns = shape
    sheet = np.zeros(shape, dtype=np.float32)
    is_ruled = rng.random() < settings.ruled
    is_squared = rng.random() < settings.squared
    if not (is_ruled or is_squared):
        return sheet
    spacing = height * rng.uniform(0.5, 2.5)
    thickness = max(1, round(height * rng.uniform(0.015, 0.05)))
    tilt = np.tan(np.radians(rng.normal(0, 0.7)))
    for y in np.arange(rng.uniform(0, spacing), rows, spacing):
        ends = (0, round(y)), (columns, round(y + tilt * columns))
        cv2.line(sheet, *ends, 1.0, thickness, cv2.LINE_AA)
    for x in np.arange(rng.uniform(0, spacing), columns * is_squared, spacing):
        ends = (round(x), 0), (round(x - tilt * rows), rows)
        cv2.line(sheet, *ends, 1.0, thickness, cv2.LINE_AA)
    return sheet * np.float32(rng.uniform(0.2, 1.0))
