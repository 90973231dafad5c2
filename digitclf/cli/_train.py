"""The command ``digitclf train``."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import digitclf
from digitclf.cli import _data
from digitclf.cli._evaluate import report
from digitclf.cli._options import (
    ModelChoice,
    Raw,
    ScheduleChoice,
    Seed,
    check_has_pictures,
    check_output,
    check_rate,
)
from digitclf.cli._plots import check_can_plot, draw_without_screen, save_figure
from digitclf.cli._recipes import (
    CLASS_NAMES,
    Model,
    Recipe,
    import_class,
    max_images,
    parameters_for,
)
from digitclf.cli._stderr import (
    announce_replacing,
    complain,
    in_shell,
    in_words,
    program_as_called,
    shown,
    warnings_about,
)

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier

RESUME_SUFFIX = ".resume"
"""Of the file beside a checkpoint from which an interrupted training is resumed."""

MAX_ERRORS = 25
"""Maximum number of misclassified images in the plot."""


def train(
    model: ModelChoice = Model.CNN,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            readable=False,
            show_default=False,
            help="Your own pictures instead of MNIST: a folder with one subfolder per "
            "class, named after its label. A fifth is held out to test with.",
        ),
    ] = None,
    raw: Raw = False,
    recipe: Annotated[
        Recipe | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Parameters of training: standard (the default), quick (half a "
            "minute, less accurate), accurate (a larger network, more epochs; for the "
            "mlp the same as standard) or lecture (the settings of the lecture whose "
            "networks digitclf implements).",
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Short for --recipe quick.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Maximum number of epochs. By default that of the recipe, or more if "
            "there are few images.",
        ),
    ] = None,
    schedule: ScheduleChoice = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            metavar="RATE",
            callback=check_rate,
            show_default=False,
            help="Dropout rate: after each pooling in the cnn, after each hidden layer "
            "in the mlp. By default that of the recipe.  [0<=x<1]",
        ),
    ] = None,
    augment: Annotated[
        Literal["light", "strong"] | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Distort the training images at random: light for pictures like "
            "them, strong for other writers, pens and papers. By default as in the "
            "recipe.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            callback=check_output(".keras", "a model file"),
            help="Model file to write, ending in .keras. An existing file is replaced.",
        ),
    ] = Path("model.keras"),
    plot: Annotated[
        bool,
        typer.Option(
            "--plot",
            help="Draw the training history and misclassified images, beside the "
            "model file.",
        ),
    ] = False,
    seed: Seed = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with a training that was interrupted or killed, with the same "
            "options. It starts from the beginning if there is none.",
        ),
    ] = False,
) -> None:
    """Train a network on MNIST, or on your own pictures, and test it.

    MNIST is part of the package: 60,000 images to train on and 10,000 to test with.
    Your own pictures may have any size and any colours. A tenth of the training images
    is held out to choose the best epoch. Ctrl-C keeps the best epoch so far, and
    --resume goes on after it.
    """
    check_has_pictures(raw, data)
    recipe = _choose_recipe(recipe, quick)
    if plot:
        check_can_plot(*_plot_paths(output))
    with _checkpoint_beside(output, resume) as checkpoint:
        train, test = _read_images(data, raw, max_images(model, recipe), seed)
        typer.echo(f"Training {CLASS_NAMES[model]} on {train.origin} (seed {seed}).")
        announce_replacing(output, *(_plot_paths(output) if plot else ()))
        parameters = parameters_for(
            model,
            recipe,
            len(train.y),
            epochs=epochs,
            schedule=schedule,
            dropout=dropout,
            augment=augment,
        )
        clf = import_class(model)(random_state=seed, **parameters)
        with warnings_about(train.origin):
            _fit(clf, train.X, train.y, checkpoint, resume)
        saved = _save_model(clf, output)
    predicted = clf.predict(test.X)
    typer.echo(_epochs_run(clf))
    report(test.y, predicted, clf.classes_, f"{test.origin}, never trained on")
    typer.echo(f"\nModel saved to {shown(saved)}")
    if plot:
        _plot(clf, test, predicted, saved)
    options = f"--model {in_shell(saved)}" + (" --raw" if raw else "")
    command = f"{program_as_called()} predict {options} IMAGE..."
    typer.echo(f"To read pictures with it: {command}")
    if saved != output:
        raise typer.Exit(1)


def _choose_recipe(recipe: Recipe | None, quick: bool) -> Recipe:
    if not quick:
        return recipe or Recipe.STANDARD
    if recipe not in (None, Recipe.QUICK):
        raise typer.BadParameter(
            f"it is short for --recipe quick, but --recipe is {recipe}.",
            param_hint="'--quick'",
        )
    return Recipe.QUICK


@contextlib.contextmanager
def _checkpoint_beside(output: Path, resume: bool) -> Iterator[Path]:
    """Yield a path for the best epoch, removed unless training is cut short.

    The file is in a new folder, so that nothing else can be in it, or in the one of the
    training to resume. Making the folder shows before training that the model can be
    saved.
    """
    wanted = output.with_name(f"{output.stem}.checkpoint")
    folder = _interrupted_folder(wanted) if resume else None
    if resume and folder is None:
        complain("There is nothing to resume: training starts from the beginning.")
    folder = folder or _new_folder(wanted)
    best = folder / f"best{output.suffix}"
    try:
        yield best
    except BaseException as error:
        if best.exists():
            complain(f"The best epoch so far is kept in {shown(best)}")
            if best.with_suffix(RESUME_SUFFIX).exists():
                complain("To go on, run the same command with --resume.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                complain("Training ended before its first epoch: no model was saved.")
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _numbered_folders(wanted: Path) -> Iterator[Path]:
    yield wanted
    for number in itertools.count(2):
        yield wanted.with_name(f"{wanted.name}-{number}")


def _new_folder(wanted: Path) -> Path:
    """Make a folder with the wanted name, or with a number if the name is taken."""
    for folder in _numbered_folders(wanted):
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            break
    return folder


def _interrupted_folder(wanted: Path) -> Path | None:
    """Return the folder of the last training of this name that can be resumed."""
    found = None
    for folder in itertools.takewhile(Path.exists, _numbered_folders(wanted)):
        if any(folder.glob(f"*{RESUME_SUFFIX}")):
            found = folder
    return found


def _read_images(
    folder: Path | None, raw: bool, n_images: int | None, seed: int
) -> tuple[_data.Labelled, _data.Labelled]:
    """Return the images to train on and those to test with."""
    if folder is None:
        return _data.mnist_to_train(n_images, seed), _data.mnist_to_test()
    return _data.own_to_train_and_test(folder, raw, n_images, seed)


def _fit(
    clf: BaseDigitClassifier,
    X: np.ndarray,
    y: np.ndarray,
    checkpoint: Path,
    resume: bool,
) -> None:
    """Fit the classifier, with its progress on stderr.

    The parameters that only this command needs are not saved with the model.
    """
    from digitclf._training.checkpoint import without_fields

    clf.set_params(checkpoint=without_fields(checkpoint), resume=resume, verbose=1)
    with contextlib.redirect_stdout(sys.stderr):
        clf.fit(X, y)
    clf.set_params(checkpoint=None, resume=False, verbose=0)


def _save_model(clf: BaseDigitClassifier, output: Path) -> Path:
    """Save the model, in the folder for temporary files if it cannot be saved there.

    Returns
    -------
    Path
        The file.
    """
    try:
        digitclf.save_model(clf, output)
    except OSError as error:
        folder = None
        try:
            folder = Path(tempfile.mkdtemp(prefix="digitclf-"))
            digitclf.save_model(clf, folder / output.name)
        except OSError:
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
            raise error from None
        complain(
            f"Error: {in_words(error)}. The model was saved to "
            f"{shown(folder / output.name)} instead."
        )
        return folder / output.name
    return output


def _epochs_run(clf: BaseDigitClassifier) -> str:
    loss = clf.best_validation_loss_
    validated = "" if loss is None else f" (val_loss {loss:.4f})"
    return f"Epochs run: {clf.n_iter_}, best epoch: {clf.best_epoch_}{validated}"


def _plot_paths(output: Path) -> tuple[Path, Path]:
    """Return the paths of the plots of the history and of the errors."""
    return (
        output.with_name(f"{output.stem}-history.png"),
        output.with_name(f"{output.stem}-errors.png"),
    )


def _plot(
    clf: BaseDigitClassifier, test: _data.Labelled, predicted: Any, output: Path
) -> None:
    """Write the plots and print their paths."""
    draw_without_screen()
    from digitclf.plotting import DigitsDisplay, TrainingHistoryDisplay

    history, errors = _plot_paths(output)
    save_figure(TrainingHistoryDisplay.from_estimator(clf).figure_, history)
    misclassified = DigitsDisplay.from_predictions(
        test.X, test.y, predicted, which="errors", n_images=MAX_ERRORS
    )
    save_figure(misclassified.figure_, errors)
    typer.echo(f"Training history saved to {shown(history)}")
    typer.echo(f"Misclassified images saved to {shown(errors)}")
