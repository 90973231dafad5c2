"""Light on the paper, and what a camera makes of it."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from benchmarks.synthetic_pictures.kinds import Settings
from benchmarks.synthetic_pictures.random_values import between, smooth_noise


def light(
    shape: tuple[int, int], settings: Settings, rng: np.random.Generator
) -> np.ndarray:
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


def take(
    picture: np.ndarray, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
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


def _reduced(
    pixels: np.ndarray, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
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


def _moire(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the stripes of a photographed screen, as brightness of each channel."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    stripes = np.ones((*shape, 3), dtype=np.float32)
    for period in rng.uniform(2.2, 14, size=2):
        angle = rng.uniform(0, np.pi)
        phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period
        for channel in range(3):
            stripes[..., channel] += rng.uniform(0, 0.06) * np.sin(phase + channel)
    return stripes
