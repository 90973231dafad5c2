"""Training and test data: MNIST, or a folder of the user's own images."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from digitclf._data.grey_levels import is_grey_level
from digitclf.cli._image_folder import (
    as_numbers_if_all_are,
    find_images,
    read_images,
)
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import numpy as np

UNUSABLE_IN_LABELS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories of characters: control, surrogate, line and paragraph."""

MIN_PER_CLASS = 5
TEST_SIZE = 1 / MIN_PER_CLASS
"""The part of the user's own images that is held out to test with."""


class Data(NamedTuple):
    """Training and test images with their labels, and a description of each."""

    X_train: np.ndarray
    y_train: np.ndarray
    trained_on: str
    X_test: np.ndarray
    y_test: np.ndarray
    tested_on: str


def mnist(n_images: int | None, seed: int) -> Data:
    """Return `n_images` of MNIST's training images, or all, and its test images."""
    from digitclf.datasets import load_mnist

    X, y, trained_on = mnist_to_train(n_images, seed)
    X_test, y_test = load_mnist(subset="test", return_X_y=True)
    tested_on = f"the {len(y_test):,} test images, never trained on"
    return Data(X, y, trained_on, X_test, y_test, tested_on)


def mnist_to_train(
    n_images: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return `n_images` of MNIST's training images, their labels and a description."""
    from digitclf.datasets import load_mnist

    X, y = load_mnist(return_X_y=True)
    n_all = len(y)
    X, y = _sample(X, y, n_images, seed)
    return X, y, _part(len(y), n_all, "training images of MNIST")


def own_images(folder: Path, invert: bool, n_images: int | None, seed: int) -> Data:
    """Return `n_images` of a folder, or all, of which a fifth is held out."""
    from sklearn.model_selection import train_test_split

    files = find_images(folder)
    _check_classes(files, folder)
    X, labels = read_images(files, invert)
    y = as_numbers_if_all_are(labels)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=TEST_SIZE, stratify=y, random_state=seed
    )
    X_train, y_train = _sample(X_train, y_train, n_images, seed)
    _check_contrast(X_train, folder)
    origin = f"images in {shown(folder)}"
    return Data(
        X_train,
        y_train,
        _part(len(y_train), len(y), origin),
        X_test,
        y_test,
        f"{_part(len(y_test), len(y), origin)}, never trained on",
    )


def _check_classes(files: dict[str, list[Path]], folder: Path) -> None:
    if len(files) < 2:
        raise ValueError(
            f"{shown(folder)} has only one subfolder. Expected one per class, and at "
            "least two classes."
        )
    for label, paths in files.items():
        if not UNUSABLE_IN_LABELS.isdisjoint(map(unicodedata.category, label)):
            raise ValueError(
                f"{shown(folder / label)} has a control character or undecodable bytes "
                "in its name, which is the label of its images. Rename the folder."
            )
        if len(paths) < MIN_PER_CLASS:
            raise ValueError(
                f"{shown(folder / label)} has too few images: {len(paths)}. Expected "
                f"at least {MIN_PER_CLASS} per class, since a fifth is held out to "
                "test with."
            )


def _sample(
    X: np.ndarray, y: np.ndarray, n_images: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return `n_images` of the images, with the same proportions of the classes."""
    from sklearn.utils import resample

    if n_images is None or n_images >= len(y):
        return X, y
    return resample(
        X, y, replace=False, n_samples=n_images, stratify=y, random_state=seed
    )


def _part(n_images: int, n_all: int, origin: str) -> str:
    part = f"{n_images:,} of " if n_images < n_all else ""
    return f"{part}the {n_all:,} {origin}"


def _check_contrast(X: np.ndarray, folder: Path) -> None:
    """Raise an error if images do not make use of the range 0 to 255."""
    darkest, lightest = int(X.min()), int(X.max())
    if not is_grey_level(lightest) or darkest > lightest / 2:
        raise ValueError(
            f"The images in {shown(folder)} are too faint: their grey levels go from "
            f"{darkest} to {lightest}. Expected about 0 (black) to 255 (white). "
            "Stretch them first, for example with ImageMagick: magick IMAGE "
            "-auto-level OUT.png"
        )
