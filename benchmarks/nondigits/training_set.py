"""Candidates of synthetic pages, as images in MNIST's form: digits and other ink.

Digits of MNIST's training images and signs are drawn on sheets, and the candidates of
`digitclf.reading` are cut out of them. What a candidate shows is known from the ink of
each thing that was drawn: a digit, a piece of one, several of them, or something else.
Candidates that could be taken for either are left out.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.pretrained.forms import other_form
from benchmarks.signs import FONTS, SIGNS, draw_printed_digit, draw_sign
from benchmarks.synthetic_pictures import (
    PHOTO,
    Settings,
    between,
    light,
    pen_strokes,
    smooth_noise,
    take,
)
from benchmarks.training_images import N_HELD_OUT_DIGITS
from digitclf.datasets import load_mnist
from digitclf.reading._apart import parts_between_cuts
from digitclf.reading._page_ink import plane_of
from digitclf.reading._strokes import Candidate, find_candidates

Array = np.ndarray
Generator = np.random.Generator

N_TRAINING_IMAGES = 60_000

HELD_OUT_FONTS = (
    "DejaVuSans-Bold.ttf",
    "DejaVuSansMono-Oblique.ttf",
    "cmr10.ttf",
    "hershey-script-simplex",
)
"""Fonts of held-out sheets."""

DIGITS = ("digit", "printed")
"""Kinds of images that are digits: written ones and printed ones."""

LETTERS = ("letter", "word", "back")
"""Kinds of images that are letters."""

SYMMETRIC = (0, 1, 2, 5, 8)
"""Digits that look like a digit in a mirror."""

WHOLE, PIECE = 0.85, 0.5
"""Share of the ink of a digit which is all of it, at least, or a piece, at most."""

NEIGHBOUR = 0.3
"""Share of the ink of a digit that may be its neighbours', which the cut left there."""

OF_NEIGHBOUR = 0.4
"""Share of a neighbour's ink that may be there."""

NARROW = 0.45
"""Width over height of ink, below which it may be a one."""

MOST_PARTS = 4
"""Parts of a candidate that are taken, between the places at which it may be cut."""


class Item(NamedTuple):
    """Something on a sheet."""

    kind: str
    strokes: Array
    """Soft strokes, cut out."""


class Sheet(NamedTuple):
    """A page, what is on it, and the number of the item of each pixel, from 1."""

    pixels: Array
    items: list[Item]
    numbers: Array
    is_light: bool
    """Whether its ink is lighter than its paper."""


@dataclass(frozen=True)
class Writing:
    """How a sheet is written on: ranges (low, high) and probabilities."""

    digits: tuple[float, float] = (0.3, 0.8)  # share of the items
    zeros: float = 0.0  # additional share of zeros among the digits
    touching: float = 0.25  # probability that a digit touches the next item
    overlap: tuple[float, float] = (0.0, 0.15)  # of items that touch / height


WRITINGS = {
    "mixed": Writing(),
    "touching": Writing(digits=(0.8, 1.0), zeros=0.3, touching=0.7, overlap=(0, 0.3)),
}


class Part(NamedTuple):
    """Some of the sheets, from a seed of their own."""

    writing: str
    seed: int
    number: int
    n_sheets: int
    is_held_out: bool


def training_set(
    n_sheets: Mapping[str, int],
    seed: int,
    *,
    is_held_out: bool = False,
    n_processes: int = 1,
) -> tuple[Array, Array]:
    """Return images (n, 784) uint8 and what they show.

    That is ``digit`` or ``printed``; or, for what is not one, ``piece``, ``pair``,
    ``mirrored``, ``rest`` or a kind of sign. `n_sheets` are the numbers of sheets, by
    `WRITINGS`.
    """
    per_part = 20
    parts = [
        Part(writing, seed, first, min(per_part, number - first), is_held_out)
        for writing, number in n_sheets.items()
        for first in range(0, number, per_part)
    ]
    with multiprocessing.get_context("spawn").Pool(n_processes) as pool:
        made = pool.map(make_part, parts, chunksize=1)
    images, kinds = zip(*made, strict=True)
    return np.concatenate(images), np.concatenate(kinds)


def make_part(part: Part) -> tuple[Array, Array]:
    """Return the images of some sheets and what they show."""
    cv2.setNumThreads(1)
    mnist = load_mnist()
    end = N_TRAINING_IMAGES - N_HELD_OUT_DIGITS
    chosen = slice(end, N_TRAINING_IMAGES) if part.is_held_out else slice(end)
    fonts = HELD_OUT_FONTS if part.is_held_out else FONTS
    rng = np.random.default_rng(
        [part.seed, part.number, part.is_held_out, *part.writing.encode()]
    )
    images: list[Array] = []
    kinds: list[str] = []
    for _ in range(part.n_sheets):
        sheet = draw_sheet(
            mnist.images[chosen],
            mnist.target[chosen],
            WRITINGS[part.writing],
            fonts,
            rng,
        )
        for image, kind in candidates_of(sheet, rng):
            images.append(image.ravel())
            kinds.append(kind)
    return np.reshape(images, (-1, 784)), np.array(kinds, dtype="<U16")


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
        return Item("digit", strokes)
    kind = str(rng.choice(list(SIGNS)))
    if kind == "speck":
        size *= rng.uniform(0.4, 1)
    strokes = draw_sign(kind, size, pen * rng.uniform(0.7, 1.4), rng, fonts)
    return Item(kind, strokes)


def _digit(
    image: Array, label: int, height: float, pen: float, rng: Generator
) -> Array:
    if label in (0, 1, 7) and rng.random() < 0.3:
        image = other_form(image, label, rng)
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


def candidates_of(sheet: Sheet, rng: Generator) -> list[tuple[Array, str]]:
    """Return the images of candidates and of their parts, and what they show."""
    ink = plane_of(sheet.pixels).ink(is_light=sheet.is_light)
    if ink.mask.shape != sheet.numbers.shape:
        raise ValueError("The page was resized: its items are elsewhere.")
    totals = np.bincount(sheet.numbers.ravel(), minlength=len(sheet.items) + 1)
    candidates, height = find_candidates(ink)
    chosen: list[Candidate] = []
    for candidate in candidates:
        chosen.append(candidate)
        if candidate.width >= 0.5 * height:
            _, parts = parts_between_cuts(candidate, height)
            places = rng.permutation(len(parts))[:MOST_PARTS]
            chosen += [list(parts.values())[place] for place in places]
    found = []
    for candidate in chosen:
        kind = _kind_of(candidate, sheet, totals)
        if kind is not None:
            found.append((candidate.image(ink), kind))
    return found


def _kind_of(candidate: Candidate, sheet: Sheet, totals: Array) -> str | None:
    """Return what a candidate shows, None if it may be taken for either."""
    rows = slice(candidate.top, candidate.bottom)
    columns = slice(candidate.left, candidate.right)
    numbers = sheet.numbers[rows, columns][candidate.pixels > 0]
    counts = np.bincount(numbers, minlength=len(totals))
    shares = counts[1:] / np.maximum(totals[1:], 1)
    ink = counts[1:] / max(1, counts.sum())
    is_digit = np.array([item.kind in DIGITS for item in sheet.items])
    main = int(ink.argmax())
    kind = sheet.items[main].kind
    is_narrow = candidate.width < NARROW * candidate.height
    others = ink.sum() - ink[main]
    is_whole = shares[main] >= WHOLE and others <= NEIGHBOUR and ink[main] > 0.5
    is_whole &= np.delete(shares, main).max(initial=0) <= OF_NEIGHBOUR
    if is_digit[main] and is_whole:
        return kind
    if is_narrow:
        return None
    if ink.sum() < 0.15:
        return "rest"
    if np.count_nonzero(is_digit & (shares > 0.5)) >= 2 and ink.sum() > 0.6:
        return "pair"
    if is_digit[main]:
        is_piece = shares[main] <= PIECE and ink[main] > 0.6
        return "piece" if is_piece and others <= 0.1 else None
    if ink[main] < 0.6 or ink[is_digit].sum() > 0.1:
        return None
    if kind in ("word", "back"):
        # Single letters of a word may look like digits.
        return kind if candidate.width > 1.2 * candidate.height else None
    return kind if shares[main] > 0.5 else None
