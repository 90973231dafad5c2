"""How a sheet lies in the picture: rotated, seen from an angle, on a desk, held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from benchmarks.pages.synthetic.sheet import Array, Box
from benchmarks.synthetic_pictures import smooth_noise

Generator = np.random.Generator


class Scene(NamedTuple):
    """A picture of a page, float32 (height, width, 3), and the boxes of its digits."""

    pixels: Array
    boxes: list[Box]
    digit_height: float


def tilted(scene: Scene, rng: Generator) -> Scene:
    """Rotate the page by a few degrees, and see it from a slight angle."""
    angle = float(np.clip(rng.normal(0, 5), -12, 12))
    rows, columns = scene.pixels.shape[:2]
    corners = _corners(rows, columns)
    moved = corners + rng.normal(0, 0.02, (4, 2)) * [columns, rows]
    return _warped(scene, _turned(moved, angle))


def turned(scene: Scene, rng: Generator) -> Scene:
    """Rotate the page by 90, 180 or 270 degrees."""
    rows, columns = scene.pixels.shape[:2]
    angle = 90 * int(rng.integers(1, 4))
    return _warped(scene, _turned(_corners(rows, columns), angle))


def rotated(scene: Scene, rng: Generator) -> Scene:
    """Rotate the page by 5 to 40 degrees to either side."""
    rows, columns = scene.pixels.shape[:2]
    angle = rng.uniform(5, 40) * rng.choice([-1, 1])
    return _warped(scene, _turned(_corners(rows, columns), angle))


def from_an_angle(scene: Scene, rng: Generator) -> Scene:
    """See the page from one of its sides, so that the other one is shorter."""
    rows, columns = scene.pixels.shape[:2]
    share = rng.uniform(0.08, 0.25)
    shorter = [(share, 0), (1 - share, 0), (1, 1), (0, 1)]
    quad = _rotated_by_quarters(shorter, int(rng.integers(4)))
    quad = quad * [columns, rows * rng.uniform(0.75, 1)]
    return _warped(scene, _turned(quad, rng.normal(0, 3)))


def on_a_desk(scene: Scene, rng: Generator) -> Scene:
    """Lay the sheet on a desk, rotated by some degrees, with a shadow at its edge."""
    rows, columns = scene.pixels.shape[:2]
    sheet = _corners(rows, columns)
    quad = _turned(sheet, float(np.clip(rng.normal(0, 5), -10, 10)))
    quad += rng.normal(0, 0.01, (4, 2)) * [columns, rows]
    margin = rng.uniform(0.04, 0.2, size=2) * max(rows, columns)
    size = np.ptp(quad, axis=0) + 2 * margin
    quad += margin - quad.min(axis=0)
    width, height = (round(side) for side in size)
    matrix = _matrix(sheet, quad)
    pixels = cv2.warpPerspective(scene.pixels, matrix, (width, height))
    cover = cv2.warpPerspective(
        np.ones((rows, columns), np.float32), matrix, (width, height)
    )
    offset = rng.uniform(0.003, 0.012, 2) * max(rows, columns)
    moved = cv2.warpAffine(
        cover, np.float32([[1, 0, offset[0]], [0, 1, offset[1]]]), (width, height)
    )
    shadow = cv2.GaussianBlur(moved, (0, 0), max(1.0, float(offset.max())))
    desk = _desk((height, width), rng) * (1 - 0.4 * shadow[..., None])
    pixels = desk + (pixels - desk) * cover[..., None]
    return Scene(pixels, _moved(scene.boxes, matrix), scene.digit_height)


def held(scene: Scene, rng: Generator) -> Scene:
    """Show the tips of fingers that hold the sheet at its borders."""
    pixels = scene.pixels
    rows, columns = pixels.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    skin = np.float32(rng.uniform(0.35, 1.0) * np.array([0.9, 0.68, 0.55]))
    for _ in range(rng.integers(1, 4)):
        thick = rng.uniform(0.03, 0.06) * max(rows, columns)
        angle = rng.choice([0, 90, 180, 270]) + rng.normal(0, 15)
        outward = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        border = np.array([columns, rows]) * (0.5 + 0.5 * np.rint(outward))
        along_border = rng.uniform(0.15, 0.85)
        border = np.where(
            np.rint(outward) == 0, along_border * np.array([columns, rows]), border
        )
        tip = border - np.multiply(outward, thick * rng.uniform(0, 1.2))
        if _covers_digit(tip, 1.2 * thick, scene.boxes):
            continue
        along = (x - tip[0]) * outward[0] + (y - tip[1]) * outward[1]
        across = (y - tip[1]) * outward[0] - (x - tip[0]) * outward[1]
        distance = np.hypot(np.minimum(along, 0), across) - thick
        shading = 1 - 0.3 * np.clip(1 + distance / thick, 0, 1)
        cover = np.clip(0.5 - distance / 2, 0, 1)[..., None]
        shadow = 1 - 0.25 * np.exp(-np.maximum(distance, 0) / (0.3 * thick))
        pixels = pixels * shadow[..., None]
        pixels = pixels + (skin * shading[..., None] - pixels) * cover
    return scene._replace(pixels=pixels)


def bound(scene: Scene, rng: Generator) -> Scene:
    """Bind the sheet: holes along its left or upper edge, and a wire through them."""
    margin = round(scene.digit_height * rng.uniform(0.8, 1.4))
    at_left = rng.random() < 0.6
    before = (0, margin) if at_left else (margin, 0)
    pad = ((before[0], 0), (before[1], 0), (0, 0))
    pixels = np.pad(scene.pixels, pad, mode="edge").copy()
    rows, columns = pixels.shape[:2]
    step = margin * rng.uniform(0.6, 1.0)
    radius = max(2, round(0.18 * margin))
    colour = rng.uniform(0.02, 0.3)
    for place in np.arange(step / 2, rows if at_left else columns, step):
        middle = round(0.55 * margin), round(place)
        start = 0, round(place - 0.2 * step)
        if not at_left:
            middle, start = middle[::-1], start[::-1]
        cv2.circle(pixels, middle, radius, [colour] * 3, -1, cv2.LINE_AA)
        wire = [float(rng.uniform(0.3, 0.6))] * 3
        cv2.line(pixels, start, middle, wire, max(1, radius // 2), cv2.LINE_AA)
    boxes = [(x + before[1], y + before[0], *size) for x, y, *size in scene.boxes]
    return Scene(pixels, boxes, scene.digit_height)


def _desk(shape: tuple[int, int], rng: Generator) -> Array:
    """Return wood, cloth or a plain surface."""
    colour = np.float32(rng.uniform(0.08, 0.7) * (1 + rng.normal(0, 0.15, 3)))
    if rng.random() < 0.4:
        colour = np.float32(np.array([0.6, 0.42, 0.27]) * rng.uniform(0.5, 1.2))
    rows, columns = shape
    grain = smooth_noise((rows, max(2, columns // 12)), rng.uniform(3, 12), rng)
    grain = cv2.resize(grain, (columns, rows), interpolation=cv2.INTER_LINEAR)
    amount = np.float32(rng.uniform(0, 0.12))
    return np.clip(colour * (1 + amount * grain[..., None]), 0, 1)


def _corners(rows: int, columns: int) -> Array:
    return np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], dtype=float)


def _rotated_by_quarters(quad: Sequence, quarters: int) -> Array:
    """Return a quadrilateral in the unit square whose sides have moved on.

    The first corner remains the upper left one.
    """
    points = np.asarray(quad, dtype=float) - 0.5
    for _ in range(quarters):
        points = np.roll(np.stack([-points[:, 1], points[:, 0]], axis=1), 1, axis=0)
    return points + 0.5


def _turned(quad: Array, angle: float) -> Array:
    """Return a quadrilateral rotated by an angle in degrees."""
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return quad @ np.array([[cos, sin], [-sin, cos]])


def _matrix(corners: Array, quad: Array) -> Array:
    return cv2.getPerspectiveTransform(corners.astype(np.float32), np.float32(quad))


def _warped(scene: Scene, quad: Array) -> Scene:
    """Bring the corners of a page to those of a quadrilateral.

    The picture becomes as large as it has to be; beyond the page there is more paper.
    """
    rows, columns = scene.pixels.shape[:2]
    quad = quad - quad.min(axis=0)
    width, height = (round(side) for side in np.ptp(quad, axis=0))
    matrix = _matrix(_corners(rows, columns), quad)
    paper = np.median(scene.pixels[::7, ::7].reshape(-1, 3), axis=0)
    pixels = cv2.warpPerspective(
        scene.pixels, matrix, (width, height), borderValue=[float(c) for c in paper]
    )
    return Scene(pixels, _moved(scene.boxes, matrix), scene.digit_height)


def _moved(boxes: list[Box], matrix: Array) -> list[Box]:
    """Return the boxes around transformed boxes."""
    moved = []
    for left, top, width, height in boxes:
        corners = _corners(height, width) + np.array([left, top])
        points = cv2.perspectiveTransform(corners[None], matrix)[0]
        x, y = np.rint(points.min(axis=0)).astype(int)
        wide, high = np.rint(np.ptp(points, axis=0)).astype(int)
        moved.append((int(x), int(y), int(wide), int(high)))
    return moved


def _covers_digit(centre: Array, radius: float, boxes: list[Box]) -> bool:
    """Return whether a disc touches the box of a digit."""
    for left, top, width, height in boxes:
        across = max(left - centre[0], centre[0] - left - width, 0)
        down = max(top - centre[1], centre[1] - top - height, 0)
        if np.hypot(across, down) < 1.3 * radius:
            return True
    return False
