"""The command ``digitclf train``."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitclf.cli._runs import CLASS_NAMES, QUICK_RUNS, RUNS, Model
from digitclf.cli._stderr import complain, shown, without_startup_messages

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier

SUFFIX = ".keras"


def train(
    model: Annotated[
        Model,
        typer.Option(help="A convolutional network or a dense one."),
    ] = Model.CNN,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Passes over the training images: few unless told otherwise, and "
            "fewer with --quick.",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Be done in well under a minute, at some loss of accuracy."
        ),
    ] = False,
    output: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            help="Where to save the model: a .keras file. A file that is there is "
            "replaced.",
        ),
    ] = Path("model.keras"),
    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            max=2**32 - 1,
            help="Of all randomness: the same seed gives the same model.",
        ),
    ] = 0,
) -> None:
    """Train a network on MNIST and test it.

    MNIST is part of the package: 60,000 images to train on and 10,000 to test with. A
    tenth of the former is held out of training to tell the best epoch. The learning
    rate rises and falls over the epochs of a run (one_cycle), however many they are.
    Ctrl-C keeps the best epoch so far.
    """
    if output.suffix != SUFFIX:
        raise typer.BadParameter(
            f"a model file ends in {SUFFIX!r}, got {str(output)!r}.",
            param_hint="'--output'",
        )
    with _checkpoint_beside(output) as checkpoint:
        n_images, settings = QUICK_RUNS[model] if quick else (None, RUNS[model])
        settings = settings | {"random_state": seed}
        if epochs is not None:
            settings["epochs"] = epochs
        X, y, origin = _training_images(n_images, seed)
        typer.echo(f"Training {CLASS_NAMES[model]} on {origin} (seed {seed}).")
        if output.exists():
            complain(f"{shown(output)} is there already and will be replaced.")
        with without_startup_messages():
            import digitclf
            from digitclf.training.checkpoint import without_fields

            settings["checkpoint"] = without_fields(checkpoint)
            make_classifier = getattr(digitclf, CLASS_NAMES[model])
        clf = make_classifier(**settings)
        _fit(clf, X, y)
        digitclf.save_model(clf, output)
    _report(clf)
    typer.echo(f"\nThe model is saved in {shown(output)}")
    typer.echo(f"Read images with it: digitclf predict {shown(output)} IMAGE...")


@contextlib.contextmanager
def _checkpoint_beside(output: Path) -> Iterator[Path]:
    """Yield where to keep the best epoch, which is removed when all went well.

    The file has a folder of its own: nobody else writes there, so what is in it is
    known, and making it shows before the training that the model can be saved.
    """
    folder = _new_folder(output.with_name(f"{output.stem}.checkpoint"))
    best = folder / f"best{SUFFIX}"
    try:
        yield best
    except BaseException:
        if best.exists():
            complain(f"The best epoch so far is kept in {shown(best)}")
        else:
            shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


def _new_folder(wanted: Path) -> Path:
    """Make a folder that nobody else has, of the wanted name or with a number."""
    try:
        wanted.parent.mkdir(parents=True, exist_ok=True)
        number, folder = 1, wanted
        while True:
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
            number += 1
            folder = wanted.with_name(f"{wanted.name}-{number}")
    except OSError as error:
        raise OSError(
            "--output: files cannot be written to the folder "
            f"{shown(wanted.parent)} ({error.strerror})."
        ) from error


def _training_images(
    n_images: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """Return images in the classes' own proportions, labels, and what they are."""
    from sklearn.model_selection import train_test_split

    from digitclf.datasets import load_mnist

    X, y = load_mnist(return_X_y=True)
    origin = f"the {len(y):,} training images of MNIST"
    if n_images is None or n_images >= len(y):
        return X, y, origin
    chosen, _, labels, _ = train_test_split(
        X, y, train_size=n_images, stratify=y, random_state=seed
    )
    return chosen, labels, f"{n_images:,} of {origin}"


def _fit(clf: BaseDigitClassifier, X: np.ndarray, y: np.ndarray) -> None:
    """Fit the classifier and show on stderr how far it is.

    What only this run needs is not left in the parameters that are saved in the end.
    """
    with contextlib.redirect_stdout(sys.stderr):
        clf.set_params(verbose=1).fit(X, y)
    clf.set_params(checkpoint=None, verbose=0)


def _report(clf: BaseDigitClassifier) -> None:
    """Print how training went and how well the test images are read."""
    from digitclf.datasets import load_mnist

    X, y = load_mnist(subset="test", return_X_y=True)
    predicted = clf.predict(X)
    wrong = int((predicted != y).sum())
    typer.echo(
        f"Epochs run: {clf.n_iter_}; the best: {clf.best_epoch_} "
        f"(val_loss {clf.best_validation_loss_:.4f})"
    )
    typer.echo(
        f"Accuracy on the {len(y):,} test images, never trained on: "
        f"{1 - wrong / len(y):.4f} ({wrong} wrong)"
    )
    typer.echo("\nTrue digits (rows) and what they were read as (columns):\n")
    Console(highlight=False).print(
        _confusion_table(y, predicted, clf.classes_), soft_wrap=True
    )


def _confusion_table(
    y: np.ndarray, predicted: np.ndarray, classes: np.ndarray
) -> Table:
    from sklearn.metrics import confusion_matrix

    table = Table(box=None, header_style="bold", padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column("", style="bold")
    for each in classes:
        table.add_column(str(each), justify="right", min_width=4)
    counts = confusion_matrix(y, predicted, labels=classes)
    for row, each in enumerate(classes):
        cells = [Text(str(count) if count else ".") for count in counts[row]]
        cells[row].stylize("green")
        table.add_row(str(each), *cells)
    return table
