"""The command ``digitclf evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from digitclf.cli._image_files import size_of
from digitclf.cli._image_folder import find_images, read_images
from digitclf.cli._model_files import as_fitted, open_model
from digitclf.cli._options import Invert, ModelFile, check_inverts_something
from digitclf.cli._report import report
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
            help="Images of your own in the place of MNIST's: a folder with one "
            "subfolder a class, whose name is the label. All of them are read.",
        ),
    ] = None,
    invert: Invert = False,
) -> None:
    """Test a model on images whose labels are known.

    They are the 10,000 test images of MNIST, or images of your own. How well a model
    reads new images shows only on those that it was not trained on.
    """
    check_inverts_something(invert, data)
    clf = open_model(model)
    images, labels, source = _read_mnist() if data is None else _read_own(data, invert)
    _check_size(clf, images, source)
    y = _as_classes(clf, labels, source)
    predicted = clf.predict(as_fitted(clf, images))
    report(y, predicted, clf.classes_, f"the {len(y):,} {source}")


def _read_mnist() -> tuple[np.ndarray, list[str], str]:
    from digitclf.datasets import load_mnist

    mnist = load_mnist(subset="test")
    labels = [str(each) for each in mnist.target]
    return mnist.images, labels, "test images of MNIST"


def _read_own(folder: Path, invert: bool) -> tuple[np.ndarray, list[str], str]:
    with warnings_about(shown(folder)):
        images, labels = read_images(find_images(folder), invert)
    return images, labels, f"images in {shown(folder)}"


def _check_size(clf: BaseDigitClassifier, images: np.ndarray, source: str) -> None:
    if images.shape[1:] != clf.image_shape_:
        raise ValueError(
            f"The {source} have {size_of(images.shape[1:])} pixels (width x height), "
            f"the model expects {size_of(clf.image_shape_)}."
        )


def _as_classes(clf: BaseDigitClassifier, labels: list[str], source: str) -> np.ndarray:
    """Return labels, which are names of folders, as the model has them."""
    known = {_as_folder(each): place for place, each in enumerate(clf.classes_)}
    unknown = sorted(set(labels) - known.keys())
    if unknown:
        raise ValueError(
            f"The {source} have labels that the model does not know: "
            f"{', '.join(map(shown, unknown))}. It knows "
            f"{', '.join(map(shown, known))}."
        )
    return clf.classes_[[known[label] for label in labels]]


def _as_folder(label: Any) -> str:
    """Return the name that a folder of images of a class has: 3.0 is called 3."""
    is_whole = isinstance(label, float) and label.is_integer()
    return str(int(label)) if is_whole else str(label)
