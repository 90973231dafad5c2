"""Disturbances of small images: what bad scans, screens and copies do to digits.

`disturb` takes an image like those of MNIST, light on black, and returns one with a
single disturbance, drawn at random.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

Image = np.ndarray
Generator = np.random.Generator


def disturb(image: Image, rng: Generator) -> Image:
    """Return a disturbed copy of an image.

    Parameters
    ----------
    image : ndarray of shape (height, width), uint8
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (height, width), uint8
    """
    change = DISTURBANCES[rng.integers(len(DISTURBANCES))]
    changed = change(image.astype(np.float32) / 255, rng)
    return np.rint(np.clip(changed, 0, 1) * 255).astype(np.uint8)


def _grain(image: Image, rng: Generator) -> Image:
    return image + rng.normal(0, rng.uniform(0.05, 0.4), image.shape)


def _counted_light(image: Image, rng: Generator) -> Image:
    photons = rng.uniform(3, 40)
    return rng.poisson(image * photons) / photons


def _dead_pixels(image: Image, rng: Generator) -> Image:
    share = rng.uniform(0.02, 0.25)
    values = rng.integers(0, 2, image.shape)
    return np.where(rng.random(image.shape) < share, values, image)


def _out_of_focus(image: Image, rng: Generator) -> Image:
    return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.6))


def _moving_camera(image: Image, rng: Generator) -> Image:
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    middle, angle = (length - 1) / 2, rng.uniform(0, np.pi)
    step = middle * np.array([np.cos(angle), np.sin(angle)])
    ends = (tuple(map(int, np.rint(middle + sign * step))) for sign in (-1, 1))
    cv2.line(kernel, *ends, 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def _rough_glass(image: Image, rng: Generator) -> Image:
    rows, columns = np.indices(image.shape)
    radius = rng.uniform(0.6, 1.8)
    rows = np.rint(rows + rng.normal(0, radius, image.shape)).astype(int)
    columns = np.rint(columns + rng.normal(0, radius, image.shape)).astype(int)
    height, width = image.shape
    scattered = image[rows.clip(0, height - 1), columns.clip(0, width - 1)]
    return cv2.GaussianBlur(scattered, (0, 0), rng.uniform(0.3, 0.8))


def _veil(image: Image, rng: Generator) -> Image:
    coarse = rng.random((rng.integers(2, 7),) * 2).astype(np.float32)
    veil = cv2.resize(coarse, image.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return image * rng.uniform(0.4, 1) + veil * rng.uniform(0.2, 0.8)


def _bright(image: Image, rng: Generator) -> Image:
    return image * rng.uniform(0.3, 1) + rng.uniform(0.1, 0.6)


def _inverted_band(image: Image, rng: Generator) -> Image:
    rows, columns = np.indices(image.shape) - image.shape[0] / 2
    angle, half = rng.uniform(0, np.pi), rng.uniform(1, 7)
    distance = rows * np.cos(angle) + columns * np.sin(angle) - rng.uniform(-8, 8)
    return np.where(np.abs(distance) < half, 1 - image, image)


def _strokes_across(image: Image, rng: Generator) -> Image:
    """Lines, dotted or zigzag."""
    sheet = np.zeros(image.shape, np.float32)
    height, width = image.shape
    for _ in range(rng.integers(1, 4)):
        n_corners = int(rng.choice([2, 2, 4, 7, 10]))
        x = np.linspace(-1, width, n_corners)
        y = rng.uniform(0, height - 1, 2) @ np.array(
            [np.linspace(1, 0, n_corners), np.linspace(0, 1, n_corners)]
        )
        y[1:-1] += rng.uniform(1, 4) * np.resize([1, -1], n_corners)[1:-1]
        corners = np.stack([x, y] if rng.random() < 0.6 else [y, x], axis=1)
        line = np.zeros_like(sheet)
        points = np.rint(corners * 16).astype(np.int32)[:, None]
        cv2.polylines(
            line, [points], False, 1.0, int(rng.integers(1, 3)), cv2.LINE_AA, 4
        )
        if rng.random() < 0.4:
            gaps = np.indices(image.shape).sum(axis=0) % rng.integers(3, 6) == 0
            line *= ~gaps
        sheet = np.maximum(sheet, line / max(1.0, line.max()))
    return np.maximum(image, sheet * rng.uniform(0.5, 1))


def _splashes(image: Image, rng: Generator) -> Image:
    noise = cv2.GaussianBlur(
        rng.normal(size=image.shape).astype(np.float32), (0, 0), rng.uniform(0.8, 2)
    )
    is_splash = noise > np.quantile(noise, rng.uniform(0.85, 0.97))
    value = rng.choice([0.0, rng.uniform(0.4, 1)])
    splash = cv2.GaussianBlur(is_splash.astype(np.float32), (0, 0), 0.5)
    return image + (value - image) * splash


def _outline(image: Image, rng: Generator) -> Image:
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    outline = cv2.dilate(image, kernel) - image
    if rng.random() < 0.5:
        outline = cv2.Canny((image * 255).astype(np.uint8), 80, 160) / 255.0
    return outline * rng.uniform(0.6, 1)


def _moved(image: Image, rng: Generator) -> Image:
    height, width = image.shape
    angle, slant = np.radians(rng.uniform(-30, 30)), rng.uniform(-0.5, 0.5)
    scale = np.exp(rng.uniform(np.log(0.5), np.log(1.15), 2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[scale[0], slant * scale[1]], [0, scale[1]]])
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    shift = middle - linear @ middle + rng.uniform(-3, 3, 2)
    matrix = np.column_stack([linear, shift])
    return cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR)


DISTURBANCES: tuple[Callable[[Image, Generator], Image], ...] = (
    _grain,
    _counted_light,
    _dead_pixels,
    _out_of_focus,
    _moving_camera,
    _rough_glass,
    _veil,
    _bright,
    _inverted_band,
    _strokes_across,
    _splashes,
    _outline,
    _moved,
)
