"""Folders of images with one subfolder per class."""

import numpy as np


def save_images(folder, images, labels):
    """Write images as PNG files into subfolders named after their labels."""
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        save_image(folder / str(label) / f"{number:03}.png", image)


def save_image(path, image):
    import tensorflow as tf

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(np.atleast_3d(image)).numpy())


def as_grey_levels(X):
    """Return 8 x 8 digits of scikit-learn as images with pixels from 0 to 255."""
    return (X.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
