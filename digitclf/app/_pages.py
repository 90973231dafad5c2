"""Pages: their digits as JSON, and a page to try."""

from __future__ import annotations

import io
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image

from digitclf.app._drawing import PICTURE, picture_error, predict
from digitclf.app._models import Model
from digitclf.app._samples import test_images
from digitclf.datasets._pictures import PictureError, read_picture

SMALLEST_PAGE = 64
"""Longer side in pixels. Smaller pictures are of a single digit."""

LINES_OF_EXAMPLE = 4
DIGITS_PER_LINE = 7
SIDE, GAP, MARGIN = 64, 16, 40
"""Size of the digits on the example, and the space around them, in pixels."""

INK, PAPER = 40, 250


def read(content: bytes, model: Model, *, min_probability: float) -> dict[str, Any]:
    """Return the digits on a page, as JSON.

    Parameters
    ----------
    content : bytes
        Content of an image file.
    model : Model
    min_probability : float
        Digits are missing where their probability is below this.
    """
    try:
        pixels = read_picture(content, PICTURE, reduced=False)
    except PictureError as error:
        raise picture_error(error) from None
    height, width = pixels.shape[:2]
    if max(height, width) < SMALLEST_PAGE:
        lines = _single_digit(content, model, min_probability, [0, 0, width, height])
    else:
        lines = _lines(pixels, model, min_probability)
    return {"width": width, "height": height, "lines": lines}


def _single_digit(
    content: bytes, model: Model, min_probability: float, box: list[int]
) -> list[list[dict[str, Any]]]:
    answer = predict(content, model, min_probability=min_probability)
    return [[{name: answer[name] for name in ("digit", "probability")} | {"box": box}]]


def _lines(
    pixels: np.ndarray, model: Model, min_probability: float
) -> list[list[dict[str, Any]]]:
    from digitclf.reading import read_digits

    table = read_digits(pixels, model.classifier, min_probability=min_probability)
    rows = zip(
        table["line"].tolist(),
        table[["left", "top", "width", "height"]].to_numpy(int).tolist(),
        [None if missing else str(label) for label, missing in _labels(table)],
        table["probability"].round(6).tolist(),
        strict=True,
    )
    return [
        [
            {"digit": digit, "probability": probability, "box": box}
            for _, box, digit, probability in line
        ]
        for _, line in groupby(rows, key=lambda row: row[0])
    ]


def _labels(table: Any) -> Any:
    return zip(table["digit"], table["digit"].isna(), strict=True)


def example_page(random: np.random.Generator) -> bytes:
    """Return a page of test images of MNIST, as a PNG file."""
    images = test_images().images
    step = SIDE + GAP
    width = 2 * MARGIN + DIGITS_PER_LINE * step - GAP
    height = 2 * MARGIN + LINES_OF_EXAMPLE * (step + GAP) - 2 * GAP
    coverage = Image.new("L", (width, height))
    for line in range(LINES_OF_EXAMPLE):
        for place in range(random.integers(3, DIGITS_PER_LINE + 1)):
            digit = Image.fromarray(images[random.integers(len(images))])
            digit = digit.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            corner = MARGIN + place * step, MARGIN + line * (step + GAP)
            coverage.paste(digit, corner)
    paper = Image.new("L", (width, height), PAPER)
    paper.paste(INK, mask=coverage)
    file = io.BytesIO()
    paper.save(file, "PNG")
    return file.getvalue()
