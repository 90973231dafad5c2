"""Signs that are not digits: letters, words, operators, pieces of lines, drawings.

Each function of `SIGNS` draws one with a pen of some width. What a person could take
for a digit is left out: o, l, S, Z and others, a slash, a vertical stroke.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from skimage.morphology import skeletonize

Array = np.ndarray
Generator = np.random.Generator

LETTERS = "AEFHJKLMNPQRTVWXYadefhjkmnprtwxyΔΣΠΞλμπω"
"""Letters that look like no digit, in print and in handwriting."""

MIRRORED_LETTERS = "AFHKMNQRTVWXYfhkmnrtwxy"
"""Letters that look like no digit in a mirror either."""

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
"""Letters of words. Words as a whole look like no digit."""

OPERATORS = '+×÷=#%@*±≠≈<√∑∞£"~:;'

FONTS = (
    "DejaVuSans.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSansMono.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Italic.ttf",
    "STIXGeneral.ttf",
    "STIXGeneralItalic.ttf",
    "STIXGeneralBol.ttf",
    "hershey-simplex",
    "hershey-plain",
    "hershey-complex",
    "hershey-script-complex",
)
"""Fonts of signs for training: files of Matplotlib, and stroke fonts of OpenCV."""

STROKE_FONTS = {
    "hershey-simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "hershey-plain": cv2.FONT_HERSHEY_PLAIN,
    "hershey-complex": cv2.FONT_HERSHEY_COMPLEX,
    "hershey-script-complex": cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
    "hershey-script-simplex": cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
}
"""Fonts of OpenCV, which are drawn with a pen, by their names here."""

SIDE = 96
"""Height in pixels at which signs are drawn before they are distorted."""


def draw_sign(
    kind: str,
    height: float,
    stroke: float,
    rng: Generator,
    fonts: Sequence[str] = FONTS,
) -> Array:
    """Return a sign as soft strokes (height, width) in 0 … 1, cut out.

    Parameters
    ----------
    kind : str
        One of `SIGNS`.
    height : float
        Height in pixels. Specks and pieces of lines are smaller.
    stroke : float
        Width of the pen relative to the height.
    rng : numpy.random.Generator
    fonts : sequence of str
        Files of Matplotlib's fonts, and `STROKE_FONTS`.
    """
    while True:
        sign = SIGNS[kind](max(2, round(stroke * SIDE)), rng, fonts)
        sign = _cut_out(_distorted(sign, rng))
        if sign is not None:
            break
    return _resized(sign, height)


def draw_printed_digit(
    digit: int, height: float, rng: Generator, fonts: Sequence[str] = FONTS
) -> Array:
    """Return a digit set in a font as soft strokes (height, width), cut out."""
    pen = round(rng.uniform(0.04, 0.18) * SIDE)
    strokes = _cut_out(_distorted(_text(str(digit), pen, rng, fonts), rng))
    assert strokes is not None
    return _resized(strokes, height)


def _resized(sign: Array, height: float) -> Array:
    scale = height / SIDE
    size = [max(2, round(side * scale)) for side in sign.shape[::-1]]
    return cv2.resize(sign, size, interpolation=cv2.INTER_AREA)


def _letter(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    return _text(str(rng.choice(list(LETTERS))), pen, rng, fonts)


def _word(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    text = "".join(rng.choice(list(ALPHABET), rng.integers(3, 8)))
    if rng.random() < 0.4:
        text = text.capitalize() if rng.random() < 0.6 else text.upper()
    return _text(text, pen, rng, fonts)


def _back(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """Print from the other side of the sheet."""
    if rng.random() < 0.5:
        return np.fliplr(_word(pen, rng, fonts))
    return np.fliplr(_text(str(rng.choice(list(MIRRORED_LETTERS))), pen, rng, fonts))


def _operator(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    return _text(str(rng.choice(list(OPERATORS))), pen, rng, fonts)


def _text(text: str, pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """Set a text in a font; half of the time as the strokes of a pen."""
    name = str(rng.choice(fonts))
    if name in STROKE_FONTS:
        return _stroke_text(text, pen, STROKE_FONTS[name])
    font = _font(name)
    spread = rng.uniform(0.72, 0.9) if rng.random() < 0.5 else 1.0
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8))
    drawing, x = ImageDraw.Draw(image), 4.0 - left
    for letter in text:
        drawing.text((x, 4 - top), letter, fill=255, font=font)
        # Closer letters touch each other, as they do in handwriting.
        x += spread * font.getlength(letter)
    sheet = np.asarray(image, dtype=np.float32) / 255
    if rng.random() < 0.5:
        line = skeletonize(sheet > 0.5).astype(np.uint8)
        distance = cv2.distanceTransform(1 - np.pad(line, 2 * pen), cv2.DIST_L2, 3)
        return np.clip(pen / 2 + 0.5 - distance, 0, 1)
    return sheet


def _stroke_text(text: str, pen: int, font: int) -> Array:
    scale = cv2.getFontScaleFromHeight(font, SIDE, 1)
    (width, height), below = cv2.getTextSize(text, font, scale, pen)
    sheet = np.zeros((height + below + 4 * pen, width + 4 * pen), dtype=np.uint8)
    place = 2 * pen, height + 2 * pen
    cv2.putText(sheet, text, place, font, scale, 255, pen, cv2.LINE_AA)
    return np.float32(sheet / 255)


@cache
def _font(name: str) -> ImageFont.FreeTypeFont:
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(path, round(1.3 * SIDE))


def _lines(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """Pieces of a printed grid: a corner, a branch, a crossing, a box, a dash."""
    sheet = _sheet()
    left, top = rng.integers(10, 50, 2)
    right, bottom = SIDE + 20 - rng.integers(0, 50, 2)
    x = rng.integers((3 * left + right) // 4, (left + 3 * right) // 4)
    y = rng.integers((3 * top + bottom) // 4, (top + 3 * bottom) // 4)
    shapes = {
        "crossing": [((left, y), (right, y)), ((x, top), (x, bottom))],
        "branch": [((left, top), (right, top)), ((x, top), (x, bottom))],
        "other branch": [((left, bottom), (right, bottom)), ((x, top), (x, bottom))],
        "corner": [((left, top), (left, bottom)), ((left, bottom), (right, bottom))],
        "other corner": [((left, top), (left, bottom)), ((left, top), (right, top))],
        "box": [
            ((left, top), (right, top)),
            ((left, bottom), (right, bottom)),
            ((left, top), (left, bottom)),
            ((right, top), (right, bottom)),
        ],
        "two": [((left, top), (right, top)), ((left, bottom), (right, bottom))],
        "fence": [
            ((left, top), (left, bottom)),
            ((right, top), (right, bottom)),
            ((left, y), (right, y)),
        ],
        "dash": [((left, y), (right, y + int(rng.integers(-8, 9))))],
    }
    for start, end in shapes[str(rng.choice(list(shapes)))]:
        ends = (tuple(map(int, point)) for point in (start, end))
        cv2.line(sheet, *ends, 1.0, max(1, pen // 2), cv2.LINE_AA)
    return sheet


def _scribble(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """One stroke that turns often."""
    sheet, number = _sheet(), int(rng.integers(6, 14))
    if rng.random() < 0.4:
        x = np.linspace(15, rng.uniform(60, 130), number)
        x += rng.normal(0, 4, number)
        y = 60 + rng.uniform(15, 45) * np.resize([1, -1], number)
        y += rng.normal(0, 8, number)
        points = np.stack([x, y], axis=1)
        if rng.random() < 0.5:
            points = points[:, ::-1]
    else:
        points = rng.uniform(15, 115, (number, 2))
    _stroke(sheet, points, pen, rng.random() < 0.7)
    return sheet


def _stroke(sheet: Array, points: Array, pen: int, is_smooth: bool) -> None:
    if is_smooth:
        # Quadratic curves through the middles of the sides.
        middles = (points[1:] + points[:-1]) / 2
        share = np.linspace(0, 1, 8, endpoint=False)[:, None]
        points = np.concatenate(
            [
                (1 - share) ** 2 * start + 2 * share * (1 - share) * corner
                + share**2 * end
                for start, corner, end in zip(
                    middles[:-1], points[1:-1], middles[1:], strict=True
                )
            ]
        )  # fmt: skip
    cv2.polylines(
        sheet, [np.rint(points).astype(np.int32)], False, 1.0, pen, cv2.LINE_AA
    )


def _speck(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """A blot or a group of dots."""
    sheet = _sheet()
    for _ in range(rng.integers(1, 5)):
        centre = tuple(int(value) for value in rng.integers(40, 90, 2))
        radius = rng.integers(3, 4 + 2 * pen)
        axes = int(radius), int(radius * rng.uniform(0.6, 1))
        cv2.ellipse(sheet, centre, axes, rng.uniform(0, 180), 0, 360, 1.0, -1)
    return sheet


def _texture(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """A patch of something rough."""
    sheet = _sheet()
    noise = cv2.GaussianBlur(
        rng.normal(size=sheet.shape), (0, 0), rng.uniform(2, 9) * np.sqrt(pen / 8)
    )
    rows, columns = np.indices(sheet.shape) - np.array(sheet.shape)[:, None, None] / 2
    radii = rng.uniform(25, 55, 2)
    inside = (rows / radii[0]) ** 2 + (columns / radii[1]) ** 2 < 1
    return np.float32(inside & (noise > np.quantile(noise, rng.uniform(0.5, 0.85))))


def _drawing(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """A tick, a star, an arrow, a polygon, a face, a ring with a cross in it."""
    sheet = _sheet()
    middle, radius = np.array([64.0, 64.0]), rng.uniform(30, 50)

    def around(number: int, turn: float, reach: float = 1.0) -> Array:
        angles = 2 * np.pi * np.arange(number + 1) / number + turn
        circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return middle + reach * radius * circle + rng.normal(0, 2, (number + 1, 2))

    turn = rng.uniform(0, 2 * np.pi)
    shape = rng.choice(["tick", "star", "spokes", "arrow", "polygon", "face", "ring"])
    if shape == "tick":
        low = middle + np.array([rng.uniform(-20, -5), radius])
        start = low - rng.uniform(15, (35, 45))
        end = low + rng.uniform((40, 50), (75, 100)) * [1, -1]
        _stroke(sheet, np.array([start, low, end]), pen, False)
    elif shape == "star":
        _stroke(sheet, around(5, turn)[[0, 2, 4, 1, 3, 0]], pen, False)
    elif shape == "spokes":
        for end in around(int(rng.integers(4, 8)), turn)[:-1]:
            _stroke(sheet, np.array([middle, end]), pen, False)
    elif shape == "arrow":
        tip, *_, tail = around(2, turn)[:2]
        back, side = 0.4 * (tail - tip), 0.3 * (tail - tip)[::-1] * [1, -1]
        _stroke(sheet, np.array([tail, tip]), pen, False)
        head = np.array([tip + back + side, tip, tip + back - side])
        _stroke(sheet, head, pen, False)
    elif shape == "polygon":
        _stroke(sheet, around(int(rng.integers(3, 5)), turn), pen, False)
    else:
        _stroke(sheet, np.concatenate([around(16, turn)] * 2)[:20], pen, True)
        if shape == "face":
            for eye in ([-0.35, -0.3], [0.35, -0.3]):
                place = (middle + radius * np.array(eye)).astype(int)
                cv2.circle(sheet, tuple(map(int, place)), pen, 1.0, -1)
            mouth = middle + radius * np.array([[-0.5, 0.2], [0, 0.7], [0.5, 0.2]])
            _stroke(sheet, mouth, pen, False)
        else:
            inner = rng.uniform(0.3, 0.9)
            _stroke(sheet, around(2, turn, inner)[:2], pen, False)
            _stroke(sheet, around(2, turn + np.pi / 2, inner)[:2], pen, False)
    return sheet


def _doodle(pen: int, rng: Generator, fonts: Sequence[str]) -> Array:
    """Rings, polygons and straight strokes over each other, open or closed."""
    sheet = _sheet()
    for _ in range(rng.integers(2, 5)):
        middle, radii = rng.uniform(40, 88, 2), rng.uniform(8, 40, 2)
        number = int(rng.choice([2, 3, 4, 4, 5, 16]))
        end = 2 * np.pi * (rng.uniform(0.5, 1) if rng.random() < 0.3 else 1)
        angles = np.linspace(0, end, number + 1) + rng.choice([0, 0.25, 0.5]) * np.pi
        points = middle + radii * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        points += rng.normal(0, 1.5, points.shape)
        _stroke(sheet, points, pen, number > 5)
    return sheet


SIGNS: dict[str, Callable[[int, Generator, Sequence[str]], Array]] = {
    "letter": _letter,
    "word": _word,
    "back": _back,
    "operator": _operator,
    "lines": _lines,
    "scribble": _scribble,
    "speck": _speck,
    "texture": _texture,
    "drawing": _drawing,
    "doodle": _doodle,
}
"""Functions that draw signs, by their kind."""


def _sheet() -> Array:
    return np.zeros((SIDE + 32, SIDE + 32), dtype=np.float32)


def _distorted(sign: Array, rng: Generator) -> Array:
    """Slant, rotate, stretch and bend a sign, as handwriting does."""
    margin = SIDE // 3
    sign = np.pad(sign, margin)
    height, width = sign.shape
    angle, slant = np.radians(rng.normal(0, 4)), rng.normal(0, 0.12)
    stretch = np.exp(rng.normal(0, 0.12))
    rows, columns = np.indices(sign.shape, dtype=np.float32)
    y, x = rows - height / 2, columns - width / 2
    from_x = stretch * (np.cos(angle) * x - np.sin(angle) * y) + slant * y
    from_y = np.sin(angle) * x + np.cos(angle) * y
    bend = rng.uniform(0, 4)
    for shift in (from_x, from_y):
        small = rng.normal(size=(max(2, height // 32), max(2, width // 32)))
        shift += bend * cv2.resize(
            small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    maps = np.float32(from_x + width / 2), np.float32(from_y + height / 2)
    return cv2.remap(sign, *maps, cv2.INTER_LINEAR)


def _cut_out(sign: Array) -> Array | None:
    left, top, width, height = cv2.boundingRect(np.uint8(sign > 0.3))
    if min(width, height) < 2:
        return None
    return sign[top : top + height, left : left + width]
