"""Papers and boards: colours, wiped writing, stains and print from the back."""

from __future__ import annotations

import cv2
import numpy as np

from benchmarks.pages.synthetic.distractors import printed
from benchmarks.pages.synthetic.sheet import Array
from benchmarks.synthetic_pictures import Settings, between, smooth_noise

Generator = np.random.Generator


def brown(settings: Settings, rng: Generator) -> tuple[Array, Array]:
    """Return the colours of packing paper, and of a dark pen or a white one."""
    paper = np.array([0.76, 0.59, 0.41]) * rng.uniform(0.7, 1.15)
    paper += rng.normal(0, 0.03, size=3)
    ink = rng.uniform(0.9, 1.0) if rng.random() < 0.2 else rng.uniform(0.02, 0.25)
    return np.float32(paper), np.float32(np.full(3, ink) + rng.normal(0, 0.03, 3))


def whiteboard(settings: Settings, rng: Generator) -> tuple[Array, Array]:
    """Return the colours of a whiteboard and of a marker."""
    board = np.full(3, rng.uniform(0.75, 0.95)) + rng.normal(0, 0.01, 3)
    markers = [[0.1, 0.1, 0.1], [0.1, 0.2, 0.7], [0.75, 0.1, 0.15], [0.05, 0.5, 0.25]]
    ink = markers[rng.integers(len(markers))] + rng.normal(0, 0.04, 3)
    return np.float32(board), np.float32(ink)


def blackboard(settings: Settings, rng: Generator) -> tuple[Array, Array]:
    """Return the colours of a green or black board and of chalk."""
    board = np.array([[0.13, 0.13, 0.13], [0.1, 0.25, 0.18]])[rng.integers(2)]
    return np.float32(board), np.float32(np.full(3, rng.uniform(0.7, 0.95)))


def wiped(page: Array, height: float, rng: Generator) -> Array:
    """Add the smears of ink that was wiped off."""
    rows, columns = page.shape[:2]
    smears = np.zeros((rows, columns), dtype=np.float32)
    for _ in range(rng.integers(3, 9)):
        centre = rng.random(2) * [columns, rows]
        reach = height * rng.uniform(1, 4) * np.array([1, rng.uniform(-0.4, 0.4)])
        ends = tuple(np.rint(centre + side * reach).astype(int) for side in (-1, 1))
        first, last = (tuple(int(value) for value in end) for end in ends)
        cv2.line(smears, first, last, 1.0, round(height * rng.uniform(0.5, 1.5)))
    smears = cv2.GaussianBlur(smears, (0, 0), 0.4 * height)
    grain = 1 + 0.3 * smooth_noise((rows, columns), max(2.0, height / 8), rng)
    share = np.clip(rng.uniform(0.04, 0.14) * smears * grain, 0, 0.3)[..., None]
    return page + (np.float32([0.35, 0.35, 0.45]) - page) * share


def stained(page: Array, height: float, rng: Generator) -> Array:
    """Add rings of cups, and spots of coffee and grease."""
    rows, columns = page.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    for _ in range(rng.integers(1, 4)):
        centre = rng.random(2) * [columns, rows]
        radius = height * rng.uniform(1.0, 3.5)
        wobble = 0.08 * radius * smooth_noise((rows, columns), max(8.0, radius), rng)
        distance = np.hypot(x - centre[0], y - centre[1]) + wobble
        spot = np.clip((radius - distance) / (0.05 * radius), 0, 1)
        edge = np.exp(-(((distance - radius) / (0.07 * radius)) ** 2))
        filled = rng.uniform(0, 0.8)
        amount = rng.uniform(0.1, 0.4) * np.maximum(filled * spot, edge)
        page = page * (1 - amount[..., None] * np.float32([0.35, 0.6, 0.9]))
    return page


def show_through(page: Array, height: float, rng: Generator) -> Array:
    """Show the print of the other side of the sheet, mirrored, blurred and faint."""
    rows, columns = page.shape[:2]
    back = np.zeros((rows, columns), dtype=np.float32)
    size = height * rng.uniform(0.4, 0.9)
    for y in np.arange(0.5 * size, rows - 2 * size, 1.8 * size):
        text = "".join(rng.choice(list("abcdefghiklmnoprstuvw 0123456789"), 60))
        strokes = printed(text, size, rng)[:, ::-1][:, :columns]
        top = round(y)
        part = back[top : top + len(strokes), columns - strokes.shape[1] :]
        np.maximum(part, strokes[: len(part)], out=part)
    back = cv2.GaussianBlur(back, (0, 0), max(0.7, 0.03 * height))
    return page * (1 - between((0.05, 0.2), rng) * back[..., None])
