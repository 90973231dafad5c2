"""The command ``digitclf predict``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitclf.cli._image_files import (
    is_light,
    looks_inverted,
    read_grey_levels,
    size_of,
)
from digitclf.cli._model_files import as_fitted, open_model
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
            readable=False,  # one that cannot be read does not stop the others
            show_default=False,
            help="Greyscale images of one digit each: PNG, JPEG, BMP or GIF, of the "
            "size that the model was trained on (MNIST: 28 x 28 pixels).",
        ),
    ],
    invert: Invert = False,
) -> None:
    """Print the digit that each image shows, and its probability.

    The images are expected as those of MNIST are: light ink on a dark background, the
    digit in the middle.
    """
    clf = open_model(model)
    width = max(len(shown(path)) for path in images)
    label_width = max(len(str(each)) for each in clf.classes_)
    failed = False
    for path in images:
        try:
            with warnings_about(shown(path)):
                digit, probability = _read_digit(clf, path, invert)
        except OSError as error:
            complain(f"Error: {in_words(error)}")
            failed = True
        except ValueError as error:
            complain(f"Error: {shown(path)}: {error}")
            failed = True
        else:
            label = f"{digit!s:<{label_width}}"
            typer.echo(f"{shown(path):<{width}}  {label}  {probability:.4f}")
    if failed:
        raise typer.Exit(1)


def _read_digit(
    clf: BaseDigitClassifier, path: Path, invert: bool
) -> tuple[Any, float]:
    """Return the most probable class of the image in a file, and its probability."""
    image = read_grey_levels(path, invert)
    if image.shape != clf.image_shape_:
        raise ValueError(
            f"the image has {size_of(image.shape)} pixels (width x height), the model "
            f"expects {size_of(clf.image_shape_)}."
        )
    if is_light(image):
        message = looks_inverted("the image is mostly light", invert)
        warnings.warn(message, UserWarning, stacklevel=2)
    probabilities = clf.predict_proba(as_fitted(clf, image[None]))[0]
    best = probabilities.argmax()
    return clf.classes_[best], probabilities[best]
