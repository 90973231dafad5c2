"""Strokes of a digit of MNIST, drawn with a pen or with a mouse."""

from __future__ import annotations

import cv2
import numpy as np
from skimage.morphology import skeletonize

from benchmarks.synthetic_pictures.kinds import Settings
from benchmarks.synthetic_pictures.random_values import between


def pen_strokes(
    digit: np.ndarray, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
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
    line: np.ndarray, height: float, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
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


def cut(shape: np.ndarray, rng: np.random.Generator) -> np.ndarray:
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
