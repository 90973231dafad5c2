"""The commands a person types: ``digitclf train`` and ``digitclf predict``."""

# TensorFlow, scikit-learn and NumPy are imported inside the commands, so that --help
# and a mistyped option are answered at once.
from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from digitclf import __version__

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier

SUFFIX = ".keras"
INTERRUPTED = 130
"""The exit code of a program that Ctrl-C has ended, as shells have it."""

WHITE = 255
"""The largest value of a pixel in an image file."""

UsageError = cast(type[Exception], typer.BadParameter.__base__)


class Model(StrEnum):
    """The networks to choose from."""

    CNN = "cnn"
    MLP = "mlp"


CLASS_NAMES = {Model.CNN: "CNNDigitClassifier", Model.MLP: "MLPDigitClassifier"}
QUICK_RUNS: dict[Model, tuple[int, dict[str, Any]]] = {
    Model.CNN: (
        15_000,
        {
            "epochs": 2,
            "batch_size": 32,
            "learning_rate": 3e-3,
            "schedule": "one_cycle",
        },
    ),
    Model.MLP: (
        60_000,
        {
            "epochs": 5,
            "batch_size": 100,
            "learning_rate": 3e-3,
            "schedule": "one_cycle",
        },
    ),
}
"""Images and parameters of ``--quick``: the best on validation images in the time."""


class OneLineErrors(TyperGroup):
    """A program whose errors are one line on stderr, without a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the program and exit: with 2 for wrong usage, with 1 for a failure."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs) or 0
        except UsageError as error:
            # mypy: Typer raises the errors of the click inside it, which has no types.
            _complain(f"Error: {error.format_message()}{_hint(error)}")  # type: ignore[attr-defined]
            code = 2
        except (OSError, ValueError) as error:
            _complain(f"Error: {_in_words(error)}")
            code = 1
        if code == INTERRUPTED:
            _complain("Interrupted.")
        sys.exit(code)


app = typer.Typer(
    cls=OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line."""
    app(prog_name="digitclf")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digitclf {__version__}")
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def program(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Train networks that read handwritten digits, and read digits with them."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


@app.command()
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
            help="The most passes over the training images: 30 unless told otherwise, "
            "few with --quick.",
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
    tenth of the former is held out of training to tell the best epoch; training stops
    when that has not improved for 10 epochs. Ctrl-C keeps the best epoch so far.
    """
    if output.suffix != SUFFIX:
        raise typer.BadParameter(
            f"a model file ends in {SUFFIX!r}, got {str(output)!r}.",
            param_hint="'--output'",
        )
    with _checkpoint_beside(output) as checkpoint:
        n_images, quick_settings = QUICK_RUNS[model] if quick else (None, {})
        settings = quick_settings | {"random_state": seed}
        if epochs is not None:
            settings["epochs"] = epochs
        X, y, origin = _training_images(n_images, seed)
        typer.echo(f"Training {CLASS_NAMES[model]} on {origin} (seed {seed}).")
        if output.exists():
            _complain(f"{_shown(output)} is there already and will be replaced.")
        with _without_startup_messages():
            import digitclf
            from digitclf.training.checkpoint import without_fields

            settings["checkpoint"] = without_fields(checkpoint)
            make_classifier = getattr(digitclf, CLASS_NAMES[model])
        clf = make_classifier(**settings)
        _fit(clf, X, y)
        digitclf.save_model(clf, output)
    _report(clf)
    typer.echo(f"\nThe model is saved in {_shown(output)}")
    typer.echo(f"Read images with it: digitclf predict {_shown(output)} IMAGE...")


@app.command()
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
        raise FileNotFoundError(f"There is no model file {_shown(model)}")
    with _without_startup_messages():
        from digitclf import load_model
    clf = load_model(model)
    _check_reads_files(clf)
    width = max(len(_shown(path)) for path in images)
    failed = False
    for path in images:
        try:
            with _warnings_about(path):
                digit, probability = _read_digit(clf, path, invert)
        except OSError as error:
            _complain(f"Error: {_in_words(error)}")
            failed = True
        except ValueError as error:
            _complain(f"Error: {_shown(path)}: {error}")
            failed = True
        else:
            typer.echo(f"{_shown(path):<{width}}  {digit}  {probability:.4f}")
    if failed:
        raise typer.Exit(1)


# Training


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
            _complain(f"The best epoch so far is kept in {_shown(best)}")
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
            f"{_shown(wanted.parent)} ({error.strerror})."
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
    """Fit the classifier and show how far it is: a bar, or lines in a log file.

    What only this run needs is not left in the parameters that are saved in the end.
    """
    console = Console(stderr=True)
    if console.is_interactive and console.file.isatty():
        with _epoch_bar(console, clf.epochs) as callback:
            clf.set_params(callbacks=callback).fit(X, y)
    else:
        with contextlib.redirect_stdout(sys.stderr):
            clf.set_params(verbose=1).fit(X, y)
    clf.set_params(callbacks=None, checkpoint=None, verbose=0)


@contextlib.contextmanager
def _epoch_bar(console: Console, epochs: int) -> Iterator[Any]:
    """Show a progress bar, and yield the Keras callback that moves it."""
    import keras

    bar = Progress(
        TextColumn("Epoch {task.fields[epoch]}/{task.total}"),
        BarColumn(bar_width=18),
        TextColumn("{task.fields[losses]}"),
        TimeLeft(),
        console=console,
        refresh_per_second=4,
    )
    task = bar.add_task("", total=epochs, epoch=1, losses="", ended=0.0)

    def begin(epoch: int, logs: dict[str, float]) -> None:
        bar.update(task, epoch=epoch + 1)

    def end(epoch: int, logs: dict[str, float]) -> None:
        losses = [f"{name} {logs[name]:.4f}" for name in ("loss", "val_loss")]
        bar.update(
            task,
            completed=epoch + 1,
            losses=" ".join(losses),
            ended=bar.tasks[0].elapsed,
        )

    with bar:
        yield keras.callbacks.LambdaCallback(on_epoch_begin=begin, on_epoch_end=end)


class TimeLeft(ProgressColumn):
    """The time that the remaining epochs take if they are as quick as those before."""

    def render(self, task: Task) -> Text:
        """Return the time left, which also shrinks while an epoch is under way."""
        if task.finished or not task.completed or task.total is None:
            return Text("")
        per_epoch = task.fields["ended"] / task.completed
        left = max(0.0, per_epoch * task.total - (task.elapsed or 0.0))
        return Text(f"{_as_clock(left)} left")


def _as_clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))).removeprefix("0:")


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


# Reading images


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


# What is said on stderr


@contextlib.contextmanager
def _without_startup_messages() -> Iterator[None]:
    """Import TensorFlow without what it tells about drivers and instruction sets.

    Part of that is written before any setting is read, straight to the file descriptor.
    An import that fails says what it has to say after all.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if sys.stderr is None:
        yield
        return
    with tempfile.TemporaryFile() as unheard:
        stderr = os.dup(2)
        os.dup2(unheard.fileno(), 2)
        try:
            yield
        except Exception:
            unheard.seek(0)
            os.write(stderr, unheard.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    for name in ("absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextlib.contextmanager
def _warnings_about(path: Path) -> Iterator[None]:
    """Print each warning as one line that names the file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for each in caught:
        _complain(f"Warning: {_shown(path)}: {each.message}")


def _complain(message: str) -> None:
    typer.echo(" ".join(message.split()), err=True)


def _hint(error: Any) -> str:
    return f" (see {error.ctx.command_path} --help)" if error.ctx else ""


def _in_words(error: Exception) -> str:
    """Return what an error says, without the number that Python puts before it."""
    if not isinstance(error, OSError) or error.strerror is None:
        return str(error)
    if error.filename is None:
        return error.strerror
    return f"{_shown(error.filename)}: {error.strerror}"


def _shown(path: str | Path) -> str:
    return typer.format_filename(path)
