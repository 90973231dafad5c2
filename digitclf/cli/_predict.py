"""The command ``digitclf predict``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitclf.cli._stderr import (
    complain,
    in_words,
    shown,
    warnings_about,
    without_startup_messages,
)

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier

WHITE = 255
"""The largest value of a pixel in an image file."""


def predict(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL",
            show_default=False,
            help="A model file that digitclf train has saved.",
        ),
    ],
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE",
            show_default=False,
            help="Greyscale images of one digit each: PNG, JPEG, BMP or GIF, of the "
            "size that the model was trained on (MNIST: 28 x 28 pixels).",
        ),
    ],
    invert: Annotated[
        bool,
        typer.Option("--invert", help="The images have dark ink on light paper."),
    ] = False,
) -> None:
    """Print the digit that each image shows, and its probability.

    The images are expected as those of MNIST are: light ink on a dark background, the
    digit in the middle.
    """
    if not model.exists():
        raise FileNotFoundError(f"There is no model file {shown(model)}")
    with without_startup_messages():
        from digitclf import load_model
    clf = load_model(model)
    _check_reads_files(clf)
    width = max(len(shown(path)) for path in images)
    failed = False
    for path in images:
        try:
            with warnings_about(path):
                digit, probability = _read_digit(clf, path, invert)
        except OSError as error:
            complain(f"Error: {in_words(error)}")
            failed = True
        except ValueError as error:
            complain(f"Error: {shown(path)}: {error}")
            failed = True
        else:
            typer.echo(f"{shown(path):<{width}}  {digit}  {probability:.4f}")
    if failed:
        raise typer.Exit(1)


def _check_reads_files(clf: BaseDigitClassifier) -> None:
    low, high = clf.pixel_range_
    if low != 0:
        raise ValueError(
            f"This model was fitted on values from {low:g} to {high:g} (pixel_range_), "
            "which the grey levels of an image file cannot be turned into. Expected a "
            "model fitted on images with pixels from 0 up."
        )


def _read_digit(
    clf: BaseDigitClassifier, path: Path, invert: bool
) -> tuple[Any, float]:
    """Return the most probable class of the image in a file, and its probability."""
    image = _read_grey_levels(path)
    if image.shape != clf.image_shape_:
        raise ValueError(
            f"the image has {_size(image.shape)} pixels (width x height), the model "
            f"expects {_size(clf.image_shape_)}."
        )
    if invert:
        image = WHITE - image
    if image.mean() > WHITE / 2:
        warnings.warn(_looks_inverted(invert), UserWarning, stacklevel=2)
    high = clf.pixel_range_[1]
    pixels = image if high == WHITE else image * (high / WHITE)
    probabilities = clf.predict_proba(pixels[None])[0]
    best = probabilities.argmax()
    return clf.classes_[best], probabilities[best]


def _read_grey_levels(path: Path) -> np.ndarray:
    """Return the pixels (height, width) of an image file, 0 to 255."""
    import tensorflow as tf

    content = path.read_bytes()
    try:
        image = tf.io.decode_image(content, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:
        raise ValueError(
            "not an image that can be read. Expected PNG, JPEG, BMP or GIF."
        ) from None
    if image.shape[2] in (2, 4):
        image, opacity = image[..., :-1], image[..., -1]
        if opacity.min() < WHITE:
            raise ValueError(
                "the image is transparent in places. Put it on a black background "
                "first, for example with ImageMagick: magick IMAGE -background black "
                "-flatten FLAT.png"
            )
    grey = image[..., 0]
    if (image != grey[..., None]).any():
        raise ValueError(
            "a colour image, expected greyscale. Convert it first, for example with "
            "ImageMagick: magick IMAGE -colorspace Gray GREY.png"
        )
    return grey


def _size(shape: tuple[int, ...]) -> str:
    height, width = shape
    return f"{width} x {height}"


def _looks_inverted(invert: bool) -> str:
    remedy = "Leave out --invert" if invert else "Try --invert"
    state = "is light even when inverted" if invert else "is mostly light"
    return (
        f"the image {state}, which looks like dark ink on light paper: MNIST has light "
        f"ink on a dark background. {remedy}."
    )
