"""Kinds of synthetic pages, each with a single difficulty, and how a page is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from benchmarks.pages.synthetic import distractors as ink_that_is_no_digit
from benchmarks.pages.synthetic import layouts, lighting, papers, prints, scenes
from benchmarks.pages.synthetic.scenes import Scene
from benchmarks.pages.synthetic.sheet import Array, Box, Sheet, Writer
from benchmarks.synthetic_pictures import (
    PHOTO,
    Settings,
    between,
    colours,
    light,
    smooth_noise,
    take,
)

Generator = np.random.Generator

SHARP_HEIGHT = 60.0
"""Height of digits in pixels for which the ranges of blur are meant."""


@dataclass(frozen=True)
class PageSettings:
    """Ranges (low, high), probabilities and steps from which a page is drawn."""

    width: tuple[float, float] = (700, 2200)
    digit_height: tuple[float, float] = (28, 90)  # pixels
    lines: tuple[int, int] = (2, 8)
    digits: tuple[int, int] = (3, 10)  # per line
    gap: tuple[float, float] = (0.25, 0.9)  # between digits / their height
    empty: float = 1.8  # width of the page / of its longest line, at most
    touching: float = 0.0  # probability that a digit touches the one before
    overlap: float = 0.06  # of digits that touch / their height
    zeros: float = 0.0  # probability of a zero after another digit or a zero
    sizes: float = 0.15  # relative deviation of the heights
    slant: float = 1.0  # degrees, standard deviation of the lines
    curve: float = 0.0  # of the lines / height of the digits
    superscripts: float = 0.0
    signs: float = 0.0  # probability of a sign after a digit
    digits_per_cell: int = 1
    layout: Callable[[Writer, float, PageSettings], Sheet] = layouts.in_lines
    printed: Callable[[Sheet, PageSettings, Generator], Array] | None = None
    distractors: tuple[Callable[[Sheet, Generator], None], ...] = ()
    colours: Callable[[Settings, Generator], tuple[Array, Array]] = colours
    papers: tuple[Callable[[Array, float, Generator], Array], ...] = ()
    scenes: tuple[Callable[[Scene, Generator], Scene], ...] = ()
    lights: tuple[Callable[[Array, Generator], Array], ...] = ()
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

PLAIN = replace(PHOTO, light_on_dark=0, contrast=(0.5, 1.0))
"""Photos on which the ink is darker than the paper."""

TABLE = PageSettings(
    layout=layouts.in_cells, printed=prints.table, digits=(3, 8), sizes=0.1
)

KINDS: dict[str, PageSettings] = {
    # Pens
    "scan": PageSettings(paper=CLEAN),
    "photo": PageSettings(),
    "hair-thin": PageSettings(paper=replace(CLEAN, stroke=(0.02, 0.05))),
    "marker": PageSettings(paper=replace(CLEAN, stroke=(0.13, 0.2))),
    "pencil": PageSettings(
        paper=replace(
            PHOTO, contrast=(0.15, 0.35), pressure=(0.2, 0.5), noise=(0, 0.01)
        )
    ),
    # Papers
    "white on black": PageSettings(paper=replace(CLEAN, light_on_dark=1.0)),
    "coloured": PageSettings(paper=replace(PHOTO, colour=1.0)),
    "brown": PageSettings(colours=papers.brown, paper=PLAIN),
    "whiteboard": PageSettings(
        colours=papers.whiteboard,
        papers=(papers.wiped,),
        lights=(lighting.lamp,),
        paper=replace(PLAIN, stroke=(0.07, 0.13)),
    ),
    "blackboard": PageSettings(
        colours=papers.blackboard,
        papers=(papers.wiped,),
        paper=replace(PLAIN, pressure=(0.2, 0.6), stroke=(0.07, 0.13)),
    ),
    "show-through": PageSettings(papers=(papers.show_through,), paper=PLAIN),
    "stains": PageSettings(papers=(papers.stained,), paper=PLAIN),
    # Prints
    "ruled": PageSettings(printed=prints.ruled),
    "squared": PageSettings(printed=prints.squared),
    "character boxes": PageSettings(
        layout=layouts.in_cells, printed=prints.character_boxes, digits=(4, 10)
    ),
    "dark squares": PageSettings(printed=prints.dark_squares),
    "table": replace(TABLE, digits_per_cell=3),
    "cells": TABLE,
    "puzzle": replace(TABLE, printed=prints.puzzle, lines=(9, 9), digits=(9, 9)),
    # Light
    "shadow": PageSettings(paper=replace(PHOTO, shadow=1.0)),
    "lamp": PageSettings(lights=(lighting.lamp,), paper=PLAIN),
    "vignette": PageSettings(paper=replace(PHOTO, vignette=1.0)),
    "flash": PageSettings(lights=(lighting.flash,), paper=PLAIN),
    # Cameras
    "noise": PageSettings(paper=replace(PHOTO, noise=(0.03, 0.08))),
    "blur": PageSettings(paper=replace(PHOTO, blur=(1.0, 2.5))),
    "compressed": PageSettings(paper=replace(PHOTO, jpeg=1.0, quality=(10, 30))),
    "tilted": PageSettings(scenes=(scenes.tilted,)),
    "turned": PageSettings(scenes=(scenes.turned,)),
    "rotated": PageSettings(scenes=(scenes.rotated,)),
    "perspective": PageSettings(scenes=(scenes.from_an_angle,)),
    "desk": PageSettings(
        scenes=(scenes.bound, scenes.on_a_desk, scenes.held), paper=PLAIN
    ),
    # Writing
    "touching": PageSettings(touching=0.3),
    "round amounts": PageSettings(
        touching=0.5, overlap=0.12, zeros=0.5, gap=(0.1, 0.3), digits=(3, 7)
    ),
    "broken": PageSettings(distractors=(ink_that_is_no_digit.gaps,)),
    "sizes": PageSettings(sizes=0.35),
    "superscripts": PageSettings(superscripts=0.15),
    "slanting": PageSettings(slant=10.0, lines=(1, 4)),
    "curved": PageSettings(curve=0.7),
    "columns": PageSettings(layout=layouts.in_columns),
    # What else is on the page
    "signs": PageSettings(signs=0.3, gap=(0.3, 0.6)),
    "words": PageSettings(
        lines=(3, 8),
        digits=(2, 6),
        width=(1200, 2200),
        distractors=(
            ink_that_is_no_digit.handwritten_words,
            ink_that_is_no_digit.printed_words,
        ),
    ),
    "letters": PageSettings(
        digits=(2, 6), width=(1200, 2200), distractors=(ink_that_is_no_digit.letters,)
    ),
    "scribbles": PageSettings(
        digits=(2, 6),
        width=(1200, 2200),
        distractors=(ink_that_is_no_digit.scribbles, ink_that_is_no_digit.drawings),
    ),
    "specks": PageSettings(distractors=(ink_that_is_no_digit.specks,)),
    "framed": PageSettings(gap=(1.0, 1.6), distractors=(ink_that_is_no_digit.frames,)),
    # Sizes
    "tiny": PageSettings(width=(200, 900), digit_height=(10, 14), lines=(2, 5)),
    "small": PageSettings(width=(1500, 3000), digit_height=(14, 26), lines=(3, 12)),
    "large": PageSettings(
        width=(500, 1500), digit_height=(120, 320), lines=(1, 2), digits=(1, 4)
    ),
    "huge": PageSettings(
        width=(2500, 5000), digit_height=(250, 500), lines=(1, 4), digits=(2, 6)
    ),
    "large page": PageSettings(
        width=(3500, 5000),
        digit_height=(24, 60),
        lines=(5, 20),
        digits=(4, 16),
        empty=20,
    ),
}


class Page(NamedTuple):
    """A page, uint8 (height, width, 3), and the digits of its lines."""

    pixels: Array
    lines: list[str]
    boxes: list[Box]
    """Left, top, width and height of the digits in the picture, in reading order."""


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
    height = np.exp(between(tuple(np.log(settings.digit_height)), rng))
    stroke = between(settings.paper.stroke, rng)
    paper = replace(settings.paper, stroke=(stroke * 0.9, stroke * 1.1))
    writer = Writer(images, labels, paper, settings.sizes, rng)
    sheet = settings.layout(writer, height, settings)
    for draw in settings.distractors:
        draw(sheet, rng)
    scene = Scene(_coloured(sheet, settings, rng), sheet.boxes, height)
    for see in settings.scenes:
        scene = see(scene, rng)
    pixels = scene.pixels * light(scene.pixels.shape[:2], paper, rng)[..., None]
    for shine in settings.lights:
        pixels = shine(pixels, rng)
    # `take` blurs larger pictures more, but the digits of a page are a part of it.
    smaller = height / SHARP_HEIGHT / max(1.0, max(pixels.shape) / 400)
    paper = replace(paper, blur=tuple(smaller * limit for limit in paper.blur))
    return Page(take(pixels, paper, rng), sheet.lines, scene.boxes)


def _coloured(sheet: Sheet, settings: PageSettings, rng: Generator) -> Array:
    """Return the sheet in colours, float32 (height, width, 3) in 0 … 1."""
    paper, ink = settings.colours(settings.paper, rng)
    page = np.broadcast_to(paper, (*sheet.ink.shape, 3)).astype(np.float32)
    for change in settings.papers:
        page = change(page, sheet.digit_height, rng)
    if settings.printed is not None:
        tints = [[0.35, 0.5, 0.85], [0.3, 0.3, 0.3], [0.85, 0.4, 0.4]]
        tint = np.float32(tints[rng.integers(len(tints))])
        printed = settings.printed(sheet, settings, rng)
        page = page + (tint * page - page) * printed[..., None]
    amount = between(settings.paper.pressure, rng)
    uneven = 0.5 + 0.4 * smooth_noise(sheet.ink.shape, 2, rng)
    coverage = sheet.ink * np.clip(1 - amount * uneven, 0.3, 1)
    return page + (ink - page) * coverage[..., None]
