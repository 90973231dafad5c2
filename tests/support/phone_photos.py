"""Synthetic photos of digits: coloured ink and paper, uneven light, camera noise."""

import io

import numpy as np
from PIL import Image, ImageFilter

from digitclf.datasets import load_mnist


def save_photos(folder, positions, labels=tuple("0123456789")):
    """Write photos of MNIST's training images into subfolders named after labels.

    `labels` are the names of the digits. The photos differ in size.
    """
    mnist, rng = load_mnist(), np.random.default_rng(0)
    for position in positions:
        subfolder = folder / labels[mnist.target[position]]
        subfolder.mkdir(parents=True, exist_ok=True)
        photo = phone_photo(mnist.images[position], rng)
        (subfolder / f"{position}.jpg").write_bytes(photo)


def phone_photo(digit, rng):
    """Return a JPEG file with a photo of an image of MNIST, as bytes."""
    width, height = (int(side) for side in rng.integers(300, 700, size=2))
    side = int(rng.uniform(0.4, 0.8) * min(width, height))
    sheet = Image.new("L", (width, height))
    left, top = (int(rng.integers(0, length - side)) for length in sheet.size)
    strokes = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    sheet.paste(strokes, (left, top))
    ink_here = np.asarray(sheet.filter(ImageFilter.GaussianBlur(2)))[..., None] / 255
    paper, ink = rng.uniform(170, 250, size=3), rng.uniform(0, 110, size=3)
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[:height, :width]
    slope = rows / height * np.sin(angle) + columns / width * np.cos(angle)
    light = 1 - 0.45 * (slope - slope.min()) / np.ptp(slope)
    pixels = (paper + (ink - paper) * ink_here) * light[..., None]
    pixels += rng.normal(0, 8, size=pixels.shape)
    stream = io.BytesIO()
    photo = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    photo.save(stream, "JPEG", quality=80)
    return stream.getvalue()
