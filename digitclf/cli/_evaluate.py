"""The command ``digitclf evaluate``, and the report that ``train`` prints, too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitclf.cli import _data
from digitclf.cli._model_file import (
    check_is_model,
    check_takes_normalized,
    open_model,
    size_of,
)
from digitclf.cli._options import Raw, check_has_pictures
from digitclf.cli._stderr import shown, warnings_about

if TYPE_CHECKING:
    import numpy as np

    from digitclf._inference import StoredClassifier


def evaluate(
    model: Annotated[
        Path | None,
        typer.Argument(
            metavar="MODEL",
            readable=False,  # checked when it is read, with a message of our own
            show_default=False,
            help="A model file written by digitclf train or digitclf.save_model, or "
            "an .onnx file of digitclf export. By default the pretrained model.",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            readable=False,
            show_default=False,
            help="Your own pictures instead of MNIST's test images: a folder with one "
            "subfolder per class, named after its label. All pictures are used.",
        ),
    ] = None,
    raw: Raw = False,
) -> None:
    """Test a model on images whose labels are known.

    By default these are the 10,000 test images of MNIST. Your own pictures may have any
    size and any colours. Use pictures that the model was not trained on: only they show
    how accurate it is.
    """
    from digitclf import DigitPredictor

    check_has_pictures(raw, data)
    if model is not None:
        check_is_model(model)
    images = _read_images(data, raw)
    clf = open_model(model)
    if data is not None and not raw:
        check_takes_normalized(clf)
    _check_size(clf, images)
    y = _as_classes(clf, images)
    with warnings_about(images.origin):
        predicted = DigitPredictor._of(clf).predict(clf.as_fitted(images.X))
    report(y, predicted, clf.classes, images.origin)


def _read_images(folder: Path | None, raw: bool) -> _data.Labelled:
    if folder is None:
        return _data.mnist_to_test()
    return _data.own_to_evaluate(folder, raw)


def _check_size(clf: StoredClassifier, images: _data.Labelled) -> None:
    if images.X.shape[1:] != clf.image_shape:
        raise ValueError(
            f"{_capitalized(images.origin)} have {size_of(images.X.shape[1:])} pixels "
            f"(width x height), but the model expects {size_of(clf.image_shape)}."
        )


def _capitalized(text: str) -> str:
    return text[0].upper() + text[1:]


def _as_classes(clf: StoredClassifier, images: _data.Labelled) -> np.ndarray:
    """Return the model's classes for labels that are names of folders."""
    known = {_folder_name(label): index for index, label in enumerate(clf.classes)}
    labels = [str(label) for label in images.y]
    unknown = sorted(set(labels) - known.keys())
    if unknown:
        raise ValueError(
            f"{_capitalized(images.origin)} have labels that the model does not know: "
            f"{', '.join(map(shown, unknown))}. It knows "
            f"{', '.join(map(shown, known))}."
        )
    return clf.classes[[known[label] for label in labels]]


def _folder_name(label: Any) -> str:
    """Return the name of the folder with the images of a class: 3 for 3.0."""
    is_whole = isinstance(label, float) and label.is_integer()
    return str(int(label)) if is_whole else str(label)


def report(
    y: np.ndarray, predicted: np.ndarray, classes: np.ndarray, tested_on: str
) -> None:
    """Print the accuracy and the confusion matrix."""
    n_wrong = int((predicted != y).sum())
    accuracy = 1 - n_wrong / len(y)
    typer.echo(f"Accuracy on {tested_on}: {accuracy:.4f} ({n_wrong:,} wrong)")
    typer.echo("\nTrue labels (rows) and predicted labels (columns):\n")
    table = _confusion_table(y, predicted, classes)
    console = Console(highlight=False)
    unlimited = console.options.update(max_width=sys.maxsize)
    # Lines that are too long for the terminal wrap; rich would leave out labels.
    width = console.measure(table, options=unlimited).maximum
    console.width = max(console.width, width)
    console.print(table, soft_wrap=True)


def _confusion_table(
    y: np.ndarray, predicted: np.ndarray, classes: np.ndarray
) -> Table:
    from sklearn.metrics import confusion_matrix

    table = Table(box=None, header_style="bold", padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column("", style="bold")
    labels = [Text(shown(label)) for label in classes]
    for label in labels:
        table.add_column(label, justify="right", min_width=4)
    counts = confusion_matrix(y, predicted, labels=classes)
    for row, label in enumerate(labels):
        cells = [Text(str(count) if count else ".") for count in counts[row]]
        cells[row].stylize("green")
        table.add_row(label, *cells)
    return table
