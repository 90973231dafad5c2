"""Ink other than digits: signs, words, scribbles, drawings, specks, and missing ink."""

from __future__ import annotations

import string
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.pages.synthetic.sheet import Array, Sheet

Generator = np.random.Generator

WORDS = (
    *("Name", "Total", "Date", "Class", "Sum", "Points", "Room", "Meter", "Tax"),
    *("score", "page", "answer", "height", "weight", "seen", "kg", "mm", "No"),
)

HANDWRITING = (
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
    cv2.FONT_HERSHEY_SIMPLEX,
)

FONTS = (
    *("DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "STIXGeneral"),
    *("DejaVuSans-Bold", "DejaVuSerif-Italic", "STIXGeneralItalic"),
)
"""Fonts that matplotlib contains."""


def sign(height: float, thickness: int, rng: Generator) -> tuple[Array, float]:
    """Return a sign that stands between digits, and how high it is above the line."""
    size = round(0.45 * height)
    if size < 4:
        return np.ones((thickness, thickness), np.float32), 0.0
    pad, kind = thickness + 1, rng.choice(["+", "-", "=", "x", ":", "/", ".", ","])
    strokes = np.zeros((size + 2 * pad, size + 2 * pad), dtype=np.float32)
    first, middle, last = pad, pad + size // 2, pad + size
    lines = {
        "+": [(first, middle, last, middle), (middle, first, middle, last)],
        "-": [(first, middle, last, middle)],
        "=": [(first, y, last, y) for y in (middle - size // 5, middle + size // 5)],
        "x": [(first, first, last, last), (first, last, last, first)],
        ":": [(middle, first, middle, first), (middle, last, middle, last)],
        "/": [(last, first, first, last)],
        ".": [(first, last, first, last)],
        ",": [(middle, middle + size // 4, middle - size // 8, last)],
    }
    for x0, y0, x1, y1 in lines[kind]:
        cv2.line(strokes, (x0, y0), (x1, y1), 1.0, thickness, cv2.LINE_AA)
    x, y, wide, high = cv2.boundingRect((strokes > 0).astype(np.uint8))
    above = {".": 0.0, ",": -0.15 * height}.get(kind, 0.5 * (height - high))
    return strokes[y : y + high, x : x + wide], above


def handwritten_words(sheet: Sheet, rng: Generator) -> None:
    """Write words of about the height of the digits, as a pen would."""
    for _ in range(rng.integers(2, 6)):
        font = HANDWRITING[rng.integers(len(HANDWRITING))]
        scale = sheet.digit_height * rng.uniform(0.7, 1.1) / 22
        thickness = max(1, round(0.07 * sheet.digit_height))
        word = str(rng.choice(WORDS))
        (width, height), base = cv2.getTextSize(word, font, scale, thickness)
        strokes = np.zeros((height + base + thickness, width), dtype=np.uint8)
        place = 0, height + thickness // 2
        cv2.putText(strokes, word, place, font, scale, 255, thickness, cv2.LINE_AA)
        _add_where_free(sheet, np.float32(strokes / 255), rng)


def printed_words(sheet: Sheet, rng: Generator) -> None:
    """Print words in fonts of several sizes."""
    for _ in range(rng.integers(3, 9)):
        size = sheet.digit_height * rng.uniform(0.35, 0.9)
        _add_where_free(sheet, printed(_phrase(rng), size, rng), rng)


def letters(sheet: Sheet, rng: Generator) -> None:
    """Write single letters."""
    for _ in range(rng.integers(3, 9)):
        letter = str(rng.choice(list("abcdefghkmnpqrtuvwxyzABCDEFGHJKLMNPQRTUVWXY")))
        size = sheet.digit_height * rng.uniform(0.8, 1.3)
        _add_where_free(sheet, printed(letter, size, rng), rng)


def scribbles(sheet: Sheet, rng: Generator) -> None:
    """Draw smooth curves, such as words struck out and signatures."""
    for _ in range(rng.integers(1, 5)):
        size = sheet.digit_height * rng.uniform(0.8, 2.5, size=2) * [1.6, 1]
        n_points = int(rng.integers(5, 14))
        points = rng.random((n_points, 2)) * size
        time = np.linspace(0, n_points - 1, 20 * n_points)
        curve = np.stack(
            [np.interp(time, np.arange(n_points), axis) for axis in points.T]
        )
        kernel = np.ones(15) / 15
        curve = np.stack([np.convolve(axis, kernel, mode="valid") for axis in curve])
        strokes = np.zeros(np.ceil(size[::-1]).astype(int) + 4, dtype=np.float32)
        thickness = max(1, round(rng.uniform(0.04, 0.09) * sheet.digit_height))
        path = np.rint(curve.T + 2).astype(np.int32)
        cv2.polylines(strokes, [path], False, 1.0, thickness, cv2.LINE_AA)
        _add_where_free(sheet, strokes, rng)


def drawings(sheet: Sheet, rng: Generator) -> None:
    """Draw arrows, ticks, rings around nothing, and small houses."""
    for _ in range(rng.integers(2, 6)):
        side = round(sheet.digit_height * rng.uniform(1.0, 3.0)) + 6
        strokes = np.zeros((side, side), dtype=np.float32)
        thickness = max(1, round(rng.uniform(0.04, 0.09) * sheet.digit_height))
        low, middle, high = thickness + 1, side // 2, side - thickness - 2
        shape = rng.integers(4)
        if shape == 0:
            ends = (low, int(rng.integers(low, high))), (high, middle)
            cv2.arrowedLine(strokes, *ends, 1.0, thickness, cv2.LINE_AA)
        elif shape == 1:
            points = [(low, middle), (side // 3, high), (high, low)]
            _polygon(strokes, points, thickness, closed=False)
        elif shape == 2:
            axes = middle - low, max(2, round((middle - low) * rng.uniform(0.5, 1)))
            cv2.ellipse(
                strokes, (middle, middle), axes, 0, 0, 360, 1.0, thickness, cv2.LINE_AA
            )
        else:
            roof = [(low, middle), (middle, low), (high, middle)]
            walls = [(low, middle), (low, high), (high, high), (high, middle)]
            _polygon(strokes, roof, thickness, closed=True)
            _polygon(strokes, walls, thickness, closed=False)
        _add_where_free(sheet, strokes, rng)


def gaps(sheet: Sheet, rng: Generator) -> None:
    """Interrupt the strokes of some digits, as a pen that runs dry does."""
    for left, top, width, height in sheet.boxes:
        if rng.random() < 0.5:
            continue
        inside = sheet.ink[top : top + height, left : left + width]
        rows, columns = np.nonzero(inside > 0.5)
        if not len(rows):
            continue
        place = rng.integers(len(rows))
        centre = left + int(columns[place]), top + int(rows[place])
        radius = max(1, round(rng.uniform(0.04, 0.1) * height))
        cv2.circle(sheet.ink, centre, radius, 0.0, -1, cv2.LINE_AA)


def frames(sheet: Sheet, rng: Generator) -> None:
    """Draw a circle, an ellipse or a box around digits, where nothing is in the way."""
    rows, columns = sheet.ink.shape
    round_share = rng.random()
    for left, top, width, height in sheet.boxes:
        centre = left + width // 2, top + height // 2
        wide, high = (
            round(side / 2 + rng.uniform(0.2, 0.4) * height) for side in (width, height)
        )
        thickness = max(1, round(rng.uniform(0.02, 0.07) * sheet.digit_height))
        frame = np.zeros((rows, columns), dtype=np.float32)
        if rng.random() < round_share:
            wide = max(wide, round(0.8 * high))
            angle = rng.uniform(-20, 20)
            cv2.ellipse(
                frame, centre, (wide, high), angle, 0, 360, 1.0, thickness, cv2.LINE_AA
            )
        else:
            first = centre[0] - wide, centre[1] - high
            last = centre[0] + wide, centre[1] + high
            cv2.rectangle(frame, first, last, 1.0, thickness, cv2.LINE_AA)
        beside = cv2.dilate(frame, np.ones((5, 5), np.uint8))
        if not (sheet.ink[beside > 0] > 0).any():
            np.maximum(sheet.ink, frame, out=sheet.ink)


def specks(sheet: Sheet, rng: Generator) -> None:
    """Leave small spots of ink anywhere."""
    rows, columns = sheet.ink.shape
    for _ in range(rng.integers(1, 20)):
        centre = int(rng.integers(columns)), int(rng.integers(rows))
        radius = max(1, round(0.03 * sheet.digit_height * rng.random()))
        cv2.circle(sheet.ink, centre, radius, 1.0, -1, cv2.LINE_AA)


def printed(text: str, size: float, rng: Generator) -> Array:
    """Return text set in a font, as coverage from 0 to 1."""
    font = _font(FONTS[rng.integers(len(FONTS))], max(6, round(size)))
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    image = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, font=font)
    return np.asarray(image, dtype=np.float32) / 255


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return ImageFont.truetype(str(folder / f"{name}.ttf"), size)


def _phrase(rng: Generator) -> str:
    if rng.random() < 0.3:
        return "".join(rng.choice(list(string.ascii_lowercase), rng.integers(3, 9)))
    return " ".join(rng.choice(WORDS, rng.integers(1, 4)))


def _polygon(strokes: Array, points: list, thickness: int, *, closed: bool) -> None:
    path = np.asarray(points, dtype=np.int32)
    cv2.polylines(strokes, [path], closed, 1.0, thickness, cv2.LINE_AA)


def _add_where_free(sheet: Sheet, strokes: Array, rng: Generator) -> None:
    """Draw strokes somewhere clear of the digits, if there is such a place."""
    rows, columns = sheet.ink.shape
    height, width = strokes.shape
    if height >= rows or width >= columns:
        return
    for _ in range(40):
        left = int(rng.integers(columns - width))
        top = int(rng.integers(rows - height))
        if sheet.is_free((left, top, width, height)):
            sheet.add(strokes, left, top)
            return
