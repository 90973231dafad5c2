"""The command ``digitclf train``."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import digitclf
from digitclf.cli import _data, _plots
from digitclf.cli._checkpoint import checkpoint_beside
from digitclf.cli._options import (
    Invert,
    ModelChoice,
    ScheduleChoice,
    Seed,
    check_inverts_something,
    check_rate,
    check_suffix,
)
from digitclf.cli._report import report
from digitclf.cli._runs import (
    CLASS_NAMES,
    Model,
    import_class,
    most_images,
    settings_of_run,
)
from digitclf.cli._stderr import shown, tell_what_is_replaced, warnings_about

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier


def train(
    model: ModelChoice = Model.CNN,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            readable=False,
            show_default=False,
            help="Images of your own in the place of MNIST: a folder with one "
            "subfolder a class, whose name is the label. Greyscale PNG, JPEG, BMP or "
            "GIF, all of one size. A fifth is held out to test with.",
        ),
    ] = None,
    invert: Invert = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Passes over the training images: few unless told otherwise, fewer "
            "with --quick, more where there are few images.",
        ),
    ] = None,
    schedule: ScheduleChoice = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            callback=check_rate,
            show_default=False,
            help="Share of values that are dropped in training: of the pooled ones in "
            "the cnn, of each hidden layer in the mlp.  [0<=x<1]",
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
            callback=check_suffix(".keras", "a model file"),
            help="Where to save the model: a .keras file. A file that is there is "
            "replaced.",
        ),
    ] = Path("model.keras"),
    plot: Annotated[
        bool,
        typer.Option(
            "--plot",
            help="Write pictures beside the model: how training went, and images that "
            "are read wrong.",
        ),
    ] = False,
    seed: Seed = 0,
) -> None:
    """Train a network on MNIST, or on images of your own, and test it.

    MNIST is part of the package: 60,000 images to train on and 10,000 to test with. A
    tenth of what is trained on is held out to tell the best epoch. Ctrl-C keeps the
    best epoch so far.

    A run is short, and the learning rate rises and falls once over it (one_cycle),
    except for the mlp without --quick, which stops when it no longer gets better.
    """
    check_inverts_something(invert, data)
    if plot:
        _plots.check_can_draw(output)
    with checkpoint_beside(output) as checkpoint:
        images = _read_images(data, invert, most_images(model, quick), seed)
        typer.echo(
            f"Training {CLASS_NAMES[model]} on {images.trained_on} (seed {seed})."
        )
        tell_what_is_replaced(output, *(_plots.plot_paths(output) if plot else ()))
        settings = settings_of_run(
            model,
            quick,
            len(images.y_train),
            epochs=epochs,
            schedule=schedule,
            dropout=dropout,
        )
        clf = import_class(model)(random_state=seed, **settings)
        with warnings_about(images.trained_on):
            _fit(clf, images.X_train, images.y_train, checkpoint)
        digitclf.save_model(clf, output)
    predicted = clf.predict(images.X_test)
    typer.echo(_epochs_run(clf))
    report(images.y_test, predicted, clf.classes_, images.tested_on)
    typer.echo(f"\nThe model is saved in {shown(output)}")
    if plot:
        _plots.draw(clf, images, predicted, output)
    typer.echo(f"Read images with it: digitclf predict {shown(output)} IMAGE...")


def _read_images(
    folder: Path | None, invert: bool, n_images: int | None, seed: int
) -> _data.Data:
    if folder is None:
        return _data.mnist(n_images, seed)
    with warnings_about(shown(folder)):
        return _data.own_images(folder, invert, n_images, seed)


def _fit(
    clf: BaseDigitClassifier, X: np.ndarray, y: np.ndarray, checkpoint: Path
) -> None:
    """Fit the classifier and show on stderr how far it is.

    What only this run needs is not left in the parameters that are saved in the end.
    """
    from digitclf._training.checkpoint import without_fields

    clf.set_params(checkpoint=without_fields(checkpoint), verbose=1)
    with contextlib.redirect_stdout(sys.stderr):
        clf.fit(X, y)
    clf.set_params(checkpoint=None, verbose=0)


def _epochs_run(clf: BaseDigitClassifier) -> str:
    loss = clf.best_validation_loss_
    validated = "" if loss is None else f" (val_loss {loss:.4f})"
    return f"Epochs run: {clf.n_iter_}; the best: {clf.best_epoch_}{validated}"
