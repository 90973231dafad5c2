"""The command ``digitclf evaluate``, and the report that ``train`` prints, too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitclf.cli._image_files import size_of
from digitclf.cli._image_folder import find_images, read_images
from digitclf.cli._model_file import as_fitted, check_is_model, open_model
from digitclf.cli._options import Invert, ModelFile, check_inverts_something
from digitclf.cli._stderr import shown, warnings_about

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier


def evaluate(
    model: ModelFile,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            readable=False,
            show_default=False,
            help="Your own images instead of MNIST's test images: a folder with one "
            "subfolder per class, named after its label. All images are used.",
        ),
    ] = None,
    invert: Invert = False,
) -> None:
    """Test a model on images whose labels are known.

    By default these are the 10,000 test images of MNIST. Use images that the model was
    not trained on: only they show how accurate it is.
    """
    check_inverts_something(invert, data)
    check_is_model(model)
    files = {} if data is None else find_images(data)
    clf = open_model(model)
    if data is None:
        source = "test images of MNIST"
        images, labels = _read_mnist()
    else:
        source = f"images in {shown(data)}"
        with warnings_about(shown(data)):
            images, labels = read_images(files, invert)
    _check_size(clf, images, source)
    y = _as_classes(clf, labels, source)
    predicted = clf.predict(as_fitted(clf, images))
    report(y, predicted, clf.classes_, f"the {len(y):,} {source}")


def _read_mnist() -> tuple[np.ndarray, list[str]]:
    from digitclf.datasets import load_mnist

    mnist = load_mnist(subset="test")
    return mnist.images, [str(label) for label in mnist.target]


def _check_size(clf: BaseDigitClassifier, images: np.ndarray, source: str) -> None:
    if images.shape[1:] != clf.image_shape_:
        raise ValueError(
            f"The {source} have {size_of(images.shape[1:])} pixels (width x height), "
            f"the model expects {size_of(clf.image_shape_)}."
        )


def _as_classes(clf: BaseDigitClassifier, labels: list[str], source: str) -> np.ndarray:
    """Return the model's classes for labels that are names of folders."""
    known = {_folder_name(label): index for index, label in enumerate(clf.classes_)}
    unknown = sorted(set(labels) - known.keys())
    if unknown:
        raise ValueError(
            f"The {source} have labels that the model does not know: "
            f"{', '.join(map(shown, unknown))}. It knows "
            f"{', '.join(map(shown, known))}."
        )
    return clf.classes_[[known[label] for label in labels]]


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
