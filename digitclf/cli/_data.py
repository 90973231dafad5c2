"""Images with labels: MNIST, or a folder of the user's own pictures."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from digitclf._data.grey_levels import is_grey_level
from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import numpy as np

UNUSABLE_IN_LABELS = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode categories of characters: control, surrogate, line and paragraph."""

MIN_PER_CLASS = 5
TEST_SIZE = 1 / MIN_PER_CLASS
"""The part of the user's own pictures that is held out to test with."""


class Labelled(NamedTuple):
    """Images with their labels, and a description of them."""

    X: np.ndarray
    y: np.ndarray
    origin: str


def mnist_to_train(n_images: int | None, seed: int) -> Labelled:
    """Return `n_images` of MNIST's training images, or all."""
    from digitclf.datasets import load_mnist

    X, y = load_mnist(return_X_y=True)
    return _sample(X, y, n_images, seed, len(y), "training images of MNIST")


def mnist_to_test() -> Labelled:
    """Return MNIST's test images."""
    from digitclf.datasets import load_mnist

    mnist = load_mnist(subset="test")
    n_images = len(mnist.target)
    return Labelled(
        mnist.images, mnist.target, f"the {n_images:,} test images of MNIST"
    )


def own_to_search(folder: Path, raw: bool, n_images: int | None, seed: int) -> Labelled:
    """Return `n_images` of the pictures of a folder, or all."""
    X, y = _read_classes(folder, raw, min_per_class=1)
    return _sample(X, y, n_images, seed, len(y), f"pictures in {shown(folder)}")


def own_to_train_and_test(
    folder: Path, raw: bool, n_images: int | None, seed: int
) -> tuple[Labelled, Labelled]:
    """Return `n_images` of the pictures of a folder, or all, and a fifth to test."""
    from sklearn.model_selection import train_test_split

    X, y = _read_classes(folder, raw, MIN_PER_CLASS)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=TEST_SIZE, stratify=y, random_state=seed
    )
    origin = f"pictures in {shown(folder)}"
    train = _sample(X_train, y_train, n_images, seed, len(y), origin)
    return train, Labelled(X_test, y_test, _part(len(y_test), len(y), origin))


def own_to_evaluate(folder: Path, raw: bool) -> Labelled:
    """Return the pictures of a folder, labelled with the names of its subfolders."""
    found = _find_pictures(folder)
    origin = f"the {len(found.target):,} pictures in {shown(folder)}"
    return Labelled(_read(found, raw), _labels(found), origin)


def _read_classes(
    folder: Path, raw: bool, min_per_class: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures of a folder and their labels, after checks of its classes."""
    found = _find_pictures(folder)
    _check_classes(found, folder, min_per_class)
    X = _read(found, raw)
    if raw:
        _check_contrast(X, folder)
    return X, _as_numbers_if_all_are(_labels(found))


def _find_pictures(folder: Path) -> Any:
    from digitclf.datasets import load_image_folder
    from digitclf.datasets._picture_files import picture_suffixes

    return load_image_folder(
        folder, allowed_extensions=picture_suffixes(), shuffle=False
    )


def _read(found: Any, raw: bool) -> np.ndarray:
    """Return images (n_images, height, width): normalised, or as they are."""
    from digitclf.datasets._picture_files import stack_grey_levels
    from digitclf.preprocessing import DigitNormalizer

    if raw:
        return stack_grey_levels(found.data, found.filenames)
    normalizer = DigitNormalizer()
    X = normalizer.transform(found.filenames.tolist())
    return X.reshape(-1, normalizer.size, normalizer.size)


def _labels(found: Any) -> np.ndarray:
    import numpy as np

    return np.array(found.target_names)[found.target]


def _check_classes(found: Any, folder: Path, min_per_class: int) -> None:
    import numpy as np

    if len(found.target_names) < 2:
        raise ValueError(
            f"{shown(folder)} has only one subfolder. Expected one per class, and at "
            "least two classes."
        )
    counts = np.bincount(found.target, minlength=len(found.target_names))
    for label, count in zip(found.target_names, counts, strict=True):
        if not UNUSABLE_IN_LABELS.isdisjoint(map(unicodedata.category, label)):
            raise ValueError(
                f"{shown(folder / label)} has a control character or undecodable bytes "
                "in its name, which is the label of its pictures. Rename the folder."
            )
        if not count:
            raise ValueError(f"{shown(folder / label)} has no pictures.")
        if count < min_per_class:
            raise ValueError(
                f"{shown(folder / label)} has too few pictures: {count}. Expected at "
                f"least {min_per_class} per class, since a fifth is held out to test "
                "with."
            )


def _check_contrast(X: np.ndarray, folder: Path) -> None:
    """Raise an error if images do not make use of the range 0 to 255."""
    darkest, lightest = int(X.min()), int(X.max())
    if not is_grey_level(lightest) or darkest > lightest / 2:
        raise ValueError(
            f"The pictures in {shown(folder)} are too faint to be used with --raw: "
            f"their grey levels go from {darkest} to {lightest}. Expected about 0 "
            "(black) to 255 (white)."
        )


def _as_numbers_if_all_are(labels: np.ndarray) -> np.ndarray:
    """Return labels as integers if all are whole numbers, so that they sort as such."""
    import numpy as np

    try:
        numbers = [int(label) for label in labels]
    except ValueError:
        return labels
    written_plainly = [str(number) for number in numbers] == labels.tolist()
    fit_into_integers = max(map(abs, numbers)) <= np.iinfo(np.int64).max
    return np.array(numbers) if written_plainly and fit_into_integers else labels


def _sample(
    X: np.ndarray, y: np.ndarray, n_images: int | None, seed: int, n_all: int, of: str
) -> Labelled:
    """Return `n_images` of the images, with the same proportions of the classes."""
    from sklearn.utils import resample

    if n_images is not None and n_images < len(y):
        X, y = resample(
            X, y, replace=False, n_samples=n_images, stratify=y, random_state=seed
        )
    return Labelled(X, y, _part(len(y), n_all, of))


def _part(n_images: int, n_all: int, origin: str) -> str:
    part = f"{n_images:,} of " if n_images < n_all else ""
    return f"{part}the {n_all:,} {origin}"
