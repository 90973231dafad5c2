"""Folders of images with one subfolder per class."""

import numpy as np
from PIL import Image


def save_images(folder, images, labels):
    """Write images as PNG files into subfolders named after their labels."""
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        save_image(folder / str(label) / f"{number:03}.png", image)


def save_image(path, image):
    """Write an image in the format that the name of the file says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    quality = {"quality": 100} if path.suffix == ".jpg" else {}
    Image.fromarray(np.squeeze(image)).save(path, **quality)


def as_grey_levels(X):
    """Return 8 x 8 digits of scikit-learn as images with pixels from 0 to 255."""
    return (X.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
