"""The command ``digitclf predict``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitclf.cli._image_files import (
    check_is_image,
    is_light,
    looks_inverted,
    read_grey_levels,
    size_of,
)
from digitclf.cli._model_file import as_fitted, check_is_model, open_model
from digitclf.cli._options import Invert, ModelFile
from digitclf.cli._stderr import complain, in_words, shown, warnings_about

if TYPE_CHECKING:
    from digitclf._base import BaseDigitClassifier


def predict(
    model: ModelFile,
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE",
            readable=False,  # the other images are read all the same
            show_default=False,
            help="Greyscale images of one digit each: PNG, JPEG, BMP or GIF, of the "
            "size that the model was trained on (MNIST: 28 x 28 pixels).",
        ),
    ],
    invert: Invert = False,
) -> None:
    """Print the digit in each image, and its probability.

    The images should look like those of MNIST: light ink on a dark background, with the
    digit in the middle.
    """
    check_is_model(model)
    readable = [path for path in images if _is_image(path)]
    if not readable:
        raise typer.Exit(1)
    clf = open_model(model)
    width = max(len(shown(path)) for path in readable)
    label_width = max(len(shown(label)) for label in clf.classes_)
    n_read = 0
    for path in readable:
        try:
            with warnings_about(shown(path)):
                digit, probability = _read_digit(clf, path, invert)
        except (OSError, ValueError) as error:
            complain(f"Error: {in_words(error)}")
        else:
            label = f"{shown(digit):<{label_width}}"
            typer.echo(f"{shown(path):<{width}}  {label}  {probability:.4f}")
            n_read += 1
    if n_read < len(images):
        raise typer.Exit(1)


def _is_image(path: Path) -> bool:
    """Return whether a file is an image; if not, print why."""
    try:
        check_is_image(path)
    except (OSError, ValueError) as error:
        complain(f"Error: {in_words(error)}")
        return False
    return True


def _read_digit(
    clf: BaseDigitClassifier, path: Path, invert: bool
) -> tuple[Any, float]:
    """Return the most probable class of the image in a file, and its probability."""
    image = read_grey_levels(path, invert)
    if image.shape != clf.image_shape_:
        raise ValueError(
            f"{shown(path)}: the image has {size_of(image.shape)} pixels (width x "
            f"height), the model expects {size_of(clf.image_shape_)}."
        )
    if is_light(image):
        message = looks_inverted("the image is mostly light", invert)
        warnings.warn(message, UserWarning, stacklevel=2)
    probabilities = clf.predict_proba(as_fitted(clf, image[None]))[0]
    best = probabilities.argmax()
    return clf.classes_[best], probabilities[best]
