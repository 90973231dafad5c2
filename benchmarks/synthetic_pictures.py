"""Pictures of single digits, made from MNIST's images, as pens and cameras make them.

A picture has a digit, drawn with a pen of some width and colour, on a paper of some
colour and texture, under some light, taken by some camera. `draw_picture` returns one
of a given kind; everything that the kind leaves open is drawn at random.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import cv2
import numpy as np
from PIL import Image
from skimage.morphology import skeletonize

Array = np.ndarray
Generator = np.random.Generator


@dataclass(frozen=True)
class Settings:
    """Ranges (low, high) and probabilities from which a picture is drawn."""

    digit_height: tuple[float, float] = (40, 260)  # pixels, drawn on a log scale
    fill: tuple[float, float] = (0.45, 0.92)  # height of the digit / of the picture
    aspect: tuple[float, float] = (0.8, 1.25)  # width / height of the picture
    stroke: tuple[float, float] = (0.04, 0.15)  # width / height of the digit
    rotation: float = 10.0  # degrees, standard deviation of half of it
    corner: float = 0.05
    colour: float = 0.4  # of ink and of paper
    light_on_dark: float = 0.14
    contrast: tuple[float, float] = (0.35, 1.0)
    pressure: tuple[float, float] = (0.0, 0.35)  # unevenness of the ink
    gaps: float = 0.0  # in the strokes
    jagged: float = 0.0  # drawn with a mouse, in straight pieces of whole pixels
    texture: tuple[float, float] = (0.0, 0.03)
    gradient: tuple[float, float] = (0.0, 0.25)
    vignette: float = 0.1
    shadow: float = 0.1
    creases: float = 0.05
    ruled: float = 0.08
    squared: float = 0.05
    line_contrast: tuple[float, float] = (0.2, 0.7)
    line_tilt: float = 1.5  # degrees, standard deviation
    frame: float = 0.05
    neighbour: float = 0.1
    neighbour_sides: int = 1
    table: float = 0.05
    table_sides: int = 1
    finger: float = 0.0
    show_through: float = 0.0
    specks: float = 0.1
    blur: tuple[float, float] = (0.0, 1.2)  # pixels
    noise: tuple[float, float] = (0.0, 0.03)
    moire: float = 0.0
    jpeg: float = 0.5
    quality: tuple[float, float] = (30, 95)
    resolution: int = 0  # longer side in pixels that the picture is reduced to
    stretched: float = 0.0  # to a square
    binary: float = 0.0


CLEAN = Settings(
    colour=0,
    light_on_dark=0,
    corner=0,
    contrast=(0.8, 1.0),
    pressure=(0, 0),
    texture=(0, 0),
    gradient=(0, 0),
    vignette=0,
    shadow=0,
    ruled=0,
    creases=0,
    squared=0,
    frame=0,
    neighbour=0,
    table=0,
    specks=0,
    blur=(0, 0.5),
    noise=(0, 0),
    jpeg=0,
)
PHOTO = Settings(
    ruled=0, squared=0, frame=0, neighbour=0, table=0, vignette=0, shadow=0
)
RECORD = replace(
    PHOTO,
    digit_height=(30, 110),
    fill=(0.6, 0.98),
    aspect=(0.6, 1.1),
    stroke=(0.04, 0.14),
    contrast=(0.25, 0.7),
    pressure=(0.1, 0.6),
    texture=(0.0, 0.05),
    neighbour=0.7,
    neighbour_sides=3,
    show_through=0.4,
    ruled=0.2,
    line_contrast=(0.2, 0.8),
    blur=(0.3, 1.5),
    jpeg=1.0,
)

KINDS: dict[str, Settings] = {
    "drawn": CLEAN,
    "hair-thin": replace(CLEAN, stroke=(0.008, 0.03)),
    "marker": replace(CLEAN, stroke=(0.15, 0.24)),
    "inverted": replace(CLEAN, light_on_dark=1.0),
    "coloured": replace(CLEAN, colour=1.0, contrast=(0.2, 1.0)),
    "corner": replace(CLEAN, corner=1.0, fill=(0.2, 0.5)),
    "tight": replace(CLEAN, fill=(0.96, 1.0)),
    "tiny": replace(CLEAN, digit_height=(9, 20), stroke=(0.09, 0.18)),
    "huge": replace(PHOTO, digit_height=(500, 1600), fill=(0.3, 0.8)),
    "photo": PHOTO,
    "faint": replace(PHOTO, contrast=(0.08, 0.25), noise=(0, 0.01), texture=(0, 0.01)),
    "texture": replace(PHOTO, texture=(0.03, 0.07)),
    "gradient": replace(PHOTO, gradient=(0.3, 0.7)),
    "vignette": replace(PHOTO, vignette=1.0),
    "shadow": replace(PHOTO, shadow=1.0),
    "creases": replace(PHOTO, creases=1.0),
    "noise": replace(PHOTO, noise=(0.03, 0.1)),
    "blur": replace(PHOTO, blur=(1.5, 4.0)),
    "ruled": replace(PHOTO, ruled=1.0),
    "squared": replace(PHOTO, squared=1.0),
    "frame": replace(PHOTO, frame=1.0),
    "neighbour": replace(PHOTO, neighbour=1.0),
    "table": replace(PHOTO, table=1.0),
    "specks": replace(PHOTO, specks=1.0),
    "dark grid": replace(PHOTO, squared=1.0, line_contrast=(0.7, 1.0), line_tilt=2.5),
    "dark lines": replace(PHOTO, ruled=1.0, line_contrast=(0.7, 1.0), line_tilt=2.5),
    "neighbours": replace(PHOTO, neighbour=1.0, neighbour_sides=4),
    "desk": replace(PHOTO, table=1.0, table_sides=3),
    "finger": replace(PHOTO, finger=1.0),
    "pencil": replace(
        PHOTO,
        contrast=(0.12, 0.4),
        pressure=(0.4, 0.9),
        stroke=(0.02, 0.06),
        noise=(0, 0.015),
    ),
    "gaps": replace(PHOTO, gaps=1.0),
    "mouse": replace(CLEAN, jagged=1.0, stroke=(0.01, 0.08), blur=(0, 0)),
    "chalk": replace(
        PHOTO, light_on_dark=1.0, pressure=(0.4, 0.9), texture=(0.02, 0.07)
    ),
    "screen": replace(PHOTO, moire=1.0),
    "compressed": replace(PHOTO, jpeg=1.0, quality=(5, 20)),
    "church record": RECORD,
    "16 pixels": replace(
        CLEAN, fill=(1.0, 1.0), stroke=(0.08, 0.2), resolution=16, light_on_dark=0.5
    ),
    "8 pixels": replace(
        CLEAN, fill=(1.0, 1.0), stroke=(0.08, 0.16), resolution=8, light_on_dark=0.5
    ),
    "stretched": replace(
        CLEAN,
        fill=(1.0, 1.0),
        stroke=(0.06, 0.16),
        resolution=16,
        stretched=1.0,
        binary=1.0,
        light_on_dark=0.5,
    ),
    "anything": Settings(
        stroke=(0.015, 0.2), contrast=(0.2, 1.0), digit_height=(20, 400)
    ),
}
"""Kinds of pictures. Each has a single difficulty, except `anything`."""


def draw_picture(digits: Array, position: int, kind: str, rng: Generator) -> Array:
    """Return a picture (height, width, 3) uint8 of the digit at a position.

    `digits` are MNIST's images (n, 28, 28); others of them serve as neighbours.
    """
    settings = KINDS[kind]
    shape = pen_strokes(digits[position], settings, rng)
    if rng.random() < settings.gaps:
        shape = _cut(shape, rng)
    coverage, box = _place(shape, settings, rng)
    if rng.random() < settings.neighbour:
        for _ in range(rng.integers(1, settings.neighbour_sides + 1)):
            other = digits[rng.integers(len(digits))]
            part = _neighbour(other, coverage, box, settings, rng)
            coverage = np.maximum(coverage, part)
    if rng.random() < settings.frame:
        coverage = np.maximum(coverage, _frame(coverage.shape, box, rng))
    if rng.random() < settings.specks:
        coverage = np.maximum(coverage, _specks(coverage.shape, box, rng))
    coverage *= _pressure(coverage.shape, settings, rng)

    paper, ink = _record_colours(settings, rng) or colours(settings, rng)
    picture = np.broadcast_to(paper, (*coverage.shape, 3)).astype(np.float32)
    if rng.random() < settings.show_through:
        back = digits[rng.integers(len(digits))]
        picture = _show_through(picture, ink, back, box, settings, rng)
    picture = _print_lines(picture, box, settings, rng)
    picture = picture + (ink - picture) * coverage[..., None]
    if rng.random() < settings.table:
        for _ in range(rng.integers(1, settings.table_sides + 1)):
            picture = _put_on_table(picture, rng)
    if rng.random() < settings.finger:
        picture = _put_finger(picture, box, rng)
    picture = picture * light(coverage.shape, settings, rng)[..., None]
    return take(picture, settings, rng)


def between(limits: tuple[float, float], rng: Generator) -> float:
    return float(rng.uniform(*limits))


def smooth_noise(shape: tuple[int, int], grain: float, rng: Generator) -> Array:
    """Return noise of unit deviation whose structures are about `grain` pixels wide."""
    small = [max(2, round(side / grain)) for side in shape]
    noise = rng.normal(size=small).astype(np.float32)
    return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)


def pen_strokes(digit: Array, settings: Settings, rng: Generator) -> Array:
    """Return the digit as soft strokes (height, width) in 0 … 1, cut out."""
    height = np.exp(between(tuple(np.log(settings.digit_height)), rng))
    zoom = 8
    large = cv2.resize(
        digit.astype(np.float32), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC
    )
    angle = rng.normal(0, settings.rotation / 2)
    centre = (large.shape[1] / 2, large.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(centre, angle, 1.0)
    large = cv2.warpAffine(large, matrix, large.shape[::-1], flags=cv2.INTER_LINEAR)
    solid = cv2.GaussianBlur(large, (0, 0), zoom / 4) > 110
    line = skeletonize(solid)
    if rng.random() < settings.jagged:
        return _drawn_with_mouse(line, height, settings, rng)
    side = 20 * zoom
    width = between(settings.stroke, rng) * side
    distance = cv2.distanceTransform(
        np.pad(1 - line.astype(np.uint8), 32, constant_values=1), cv2.DIST_L2, 5
    )
    strokes = np.clip(width / 2 + 0.5 - distance, 0, 1)
    if settings.stroke[0] > 0.06 and rng.random() < 0.3:
        # The pen that wrote the original.
        strokes = np.pad(solid, 32).astype(np.float32)
    rows = np.flatnonzero(strokes.max(axis=1) > 0)
    columns = np.flatnonzero(strokes.max(axis=0) > 0)
    strokes = strokes[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = height / max(strokes.shape)
    size = [max(2, round(length * scale)) for length in strokes.shape[::-1]]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    strokes = cv2.resize(strokes, size, interpolation=method)
    # Even a hair-thin stroke darkens the pixels that it crosses.
    return np.clip(strokes / max(0.4, np.percentile(strokes, 99.5)), 0, 1)


def _drawn_with_mouse(
    line: Array, height: float, settings: Settings, rng: Generator
) -> Array:
    """Return a centre line as straight pieces of a line of whole pixels."""
    rows, columns = np.nonzero(line)
    line = line[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    contours, _ = cv2.findContours(
        np.pad(line.astype(np.uint8), 1), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    scale = height / max(line.shape)
    width = max(1, round(between(settings.stroke, rng) * height))
    margin = width + 2
    size = [round(side * scale) + 2 * margin for side in line.shape]
    sheet = np.zeros(size, dtype=np.float32)
    kind = cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8
    for contour in contours:
        pieces = cv2.approxPolyDP(contour, rng.uniform(1, 3), True)
        points = np.rint((pieces - 1) * scale + margin).astype(np.int32)
        cv2.polylines(sheet, [points], True, 1.0, width, kind)
    rows, columns = np.nonzero(sheet)
    return sheet[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _cut(shape: Array, rng: Generator) -> Array:
    """Return strokes with one or two narrow gaps, where the pen left the paper."""
    rows, columns = shape.shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    for _ in range(rng.integers(1, 3)):
        angle = rng.uniform(0, np.pi)
        row, column = rng.choice(np.argwhere(shape > 0.5))
        width = rng.uniform(0.02, 0.07) * max(shape.shape)
        along = (x - column) * np.cos(angle) + (y - row) * np.sin(angle)
        across = (y - row) * np.cos(angle) - (x - column) * np.sin(angle)
        near = np.abs(across) < 0.15 * max(shape.shape)
        shape = np.where((np.abs(along) < width / 2) & near, 0, shape)
    return shape.astype(np.float32)


def _place(
    shape: Array, settings: Settings, rng: Generator
) -> tuple[Array, tuple[int, int, int, int]]:
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


def _neighbour(
    digit: Array, sheet: Array, box: tuple, settings: Settings, rng: Generator
) -> Array:
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


def paste(sheet: Array, part: Array, top: int, left: int) -> None:
    rows, columns = sheet.shape
    part = part[max(0, -top) :, max(0, -left) :]
    top, left = max(0, top), max(0, left)
    part = part[: max(0, rows - top), : max(0, columns - left)]
    sheet[top : top + part.shape[0], left : left + part.shape[1]] = part


def _frame(shape: tuple[int, int], box: tuple, rng: Generator) -> Array:
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


def _specks(shape: tuple[int, int], box: tuple, rng: Generator) -> Array:
    sheet = np.zeros(shape, dtype=np.float32)
    long = max(box[2:])
    for _ in range(rng.integers(1, 12)):
        centre = (int(rng.integers(shape[1])), int(rng.integers(shape[0])))
        radius = max(1, round(rng.uniform(0.004, 0.025) * long))
        cv2.circle(sheet, centre, radius, float(rng.uniform(0.4, 1)), -1, cv2.LINE_AA)
    return sheet


def _pressure(shape: tuple[int, int], settings: Settings, rng: Generator) -> Array:
    """Return how much ink is left where: pens fade, ball-points skip."""
    amount = between(settings.pressure, rng)
    broad = smooth_noise(shape, max(shape) / 6, rng)
    fine = smooth_noise(shape, 2.0, rng)
    return np.clip(1 - amount * (0.5 + 0.35 * broad + 0.25 * fine), 0.25, 1)


def colours(settings: Settings, rng: Generator) -> tuple[Array, Array]:
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


def _record_colours(settings: Settings, rng: Generator) -> tuple | None:
    """Return yellowed paper and brown ink, for the kind that needs them."""
    if settings.show_through == 0:
        return None
    paper = np.array([0.88, 0.8, 0.65]) * rng.uniform(0.75, 1.1, size=(1,))
    paper = paper + rng.normal(0, 0.04, size=3)
    ink = np.array([0.3, 0.22, 0.17]) + rng.normal(0, 0.06, size=3)
    contrast = between(settings.contrast, rng)
    ink = paper + (ink - paper) * min(1.0, 1.4 * contrast)
    return np.float32(paper), np.float32(ink)


def _show_through(
    picture: Array,
    ink: Array,
    back: Array,
    box: tuple,
    settings: Settings,
    rng: Generator,
) -> Array:
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


def _put_finger(picture: Array, box: tuple, rng: Generator) -> Array:
    """Show the tip of a finger that comes in at a border, clear of the digit."""
    rows, columns = picture.shape[:2]
    left, top, width, height = box
    centre = left + width / 2, top + height / 2
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    thick = rng.uniform(0.12, 0.25) * max(rows, columns)
    reach = 0.62 * np.hypot(width, height) + thick
    tip = centre[0] + reach * np.cos(angle), centre[1] + reach * np.sin(angle)
    along = (x - tip[0]) * np.cos(angle) + (y - tip[1]) * np.sin(angle)
    across = (y - tip[1]) * np.cos(angle) - (x - tip[0]) * np.sin(angle)
    distance = np.hypot(np.minimum(along, 0), across) - thick
    skin = np.float32(rng.uniform(0.3, 1.0) * np.array([0.9, 0.68, 0.55]))
    shading = 1 - 0.3 * np.clip(1 + distance / thick, 0, 1)
    shadow = 1 - rng.uniform(0, 0.4) * np.exp(-np.maximum(distance, 0) / (0.3 * thick))
    cover = np.clip(0.5 - distance, 0, 1)[..., None]
    picture = picture * shadow[..., None].astype(np.float32)
    return picture + (skin * shading[..., None] - picture) * cover


def _print_lines(
    picture: Array, box: tuple, settings: Settings, rng: Generator
) -> Array:
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


def _put_on_table(picture: Array, rng: Generator) -> Array:
    """Show a strip of the table beyond one edge of the paper."""
    rows, columns = picture.shape[:2]
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    angle = rng.choice([0, 90, 180, 270]) + rng.normal(0, 4)
    direction = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along = (x / columns - 0.5) * direction[0] + (y / rows - 0.5) * direction[1]
    beyond = along > rng.uniform(0.40, 0.48)
    colour = rng.uniform(0.05, 0.7) * (1 + rng.normal(0, 0.15, 3))
    grain = 1 + 0.1 * smooth_noise((rows, columns), 4, rng)[..., None]
    return np.where(beyond[..., None], np.float32(colour) * grain, picture)


def light(shape: tuple[int, int], settings: Settings, rng: Generator) -> Array:
    """Return the brightness of the light, the paper's relief included, about 1."""
    rows, columns = shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    y, x = y / rows - 0.5, x / columns - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - between(settings.gradient, rng) * (
        x * np.cos(angle) + y * np.sin(angle) + 0.5
    )
    if rng.random() < settings.vignette:
        light *= 1 - rng.uniform(0.3, 0.9) * (x**2 + y**2)
    if rng.random() < settings.shadow:
        angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.35, 0.35)
        side = (x * np.cos(angle) + y * np.sin(angle) > offset).astype(np.float32)
        softness = rng.uniform(0.002, 0.06) * max(shape)
        light *= 1 - rng.uniform(0.15, 0.55) * cv2.GaussianBlur(side, (0, 0), softness)
    if rng.random() < settings.creases:
        for _ in range(rng.integers(1, 4)):
            angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.4, 0.4)
            along = x * np.cos(angle) + y * np.sin(angle) - offset
            width = rng.uniform(0.005, 0.02)
            light *= 1 + rng.uniform(-0.15, 0.1) * np.exp(-((along / width) ** 2))
            light *= 1 + rng.uniform(-0.08, 0.08) * (along > 0)
    texture = between(settings.texture, rng)
    light *= 1 + texture * 0.7 * smooth_noise(shape, rng.uniform(1, 4), rng)
    return light * (1 + texture * 0.7 * smooth_noise(shape, max(shape) / 8, rng))


def take(picture: Array, settings: Settings, rng: Generator) -> Array:
    """Return what a camera makes of it: blur, noise, JPEG."""
    blur = between(settings.blur, rng)
    # Blur grows with the size of the picture, as the focus of a camera does.
    blur *= max(1.0, max(picture.shape) / 400)
    if blur > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    if rng.random() < settings.moire:
        picture = picture * _moire(picture.shape[:2], rng)
    noise = between(settings.noise, rng)
    if noise > 0:
        grain = rng.normal(0, noise, size=picture.shape[:2]).astype(np.float32)
        tint = rng.normal(0, noise / 2, size=picture.shape).astype(np.float32)
        picture = picture + grain[..., None] + tint
    pixels = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    if rng.random() < settings.jpeg:
        stream = io.BytesIO()
        quality = round(between(settings.quality, rng))
        Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
        pixels = np.asarray(Image.open(stream))
    if settings.resolution:
        pixels = _reduced(pixels, settings, rng)
    return pixels


def _reduced(pixels: Array, settings: Settings, rng: Generator) -> Array:
    """Return a picture of few pixels, stretched to a square or with its aspect."""
    side = settings.resolution
    rows, columns = pixels.shape[:2]
    if rng.random() < settings.stretched:
        size = side, side
    else:
        scale = side / max(rows, columns)
        size = max(2, round(columns * scale)), max(2, round(rows * scale))
    pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if rng.random() < settings.binary:
        middle = (int(pixels.max()) + int(pixels.min())) / 2
        pixels = np.where(pixels > middle, 255, 0).astype(np.uint8)
    return pixels


def _moire(shape: tuple[int, int], rng: Generator) -> Array:
    """Return the stripes of a photographed screen, as brightness of each channel."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    stripes = np.ones((*shape, 3), dtype=np.float32)
    for period in rng.uniform(2.2, 14, size=2):
        angle = rng.uniform(0, np.pi)
        phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period
        for channel in range(3):
            stripes[..., channel] += rng.uniform(0, 0.06) * np.sin(phase + channel)
    return stripes
