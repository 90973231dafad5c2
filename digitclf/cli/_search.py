"""The command ``digitclf search``."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from digitclf.cli._data import mnist_to_train
from digitclf.cli._options import (
    ModelChoice,
    ScheduleChoice,
    Seed,
    check_rates,
    check_suffix,
)
from digitclf.cli._runs import CLASS_NAMES, RUNS, Model, import_class, without_none
from digitclf.cli._search_results import Fit, ResultsFile
from digitclf.cli._search_table import SearchTable, showing
from digitclf.cli._stderr import shown, warnings_about

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier

RATES = [0.0, 0.25, 0.5]


def search(
    model: ModelChoice = Model.CNN,
    dropout: Annotated[
        list[float],
        typer.Option(
            metavar="RATE",
            callback=check_rates,
            help="A rate to try; give the option several times.  [0<=x<1]",
        ),
    ] = RATES,
    folds: Annotated[
        int,
        typer.Option(metavar="N", min=2, help="Parts that are scored one by one."),
    ] = 3,
    images: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=100,
            max=60_000,
            help="How many of MNIST's training images to search with.",
        ),
    ] = 6_000,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Passes over the images of each fit: as many as digitclf train makes "
            "over all of MNIST unless told otherwise.",
        ),
    ] = None,
    schedule: ScheduleChoice = None,
    output: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            callback=check_suffix(".csv", "a table of results"),
            help="Where to write a row for each fit: a .csv file. A file that is there "
            "is replaced.",
        ),
    ] = Path("search.csv"),
    seed: Seed = 0,
) -> None:
    """Search the best dropout rate by cross-validation.

    Each rate is fitted once for each fold, on all the other folds, and scored on the
    fold left out: all rates on the first fold, then all on the second. The test images
    of MNIST are not used. Ctrl-C keeps the rows of the fits that are done.
    """
    X, y, origin = mnist_to_train(images, seed)
    _check_folds(folds, y)
    settings = RUNS[model] | without_none({"epochs": epochs, "schedule": schedule})
    table = SearchTable(dropout, folds)
    with ResultsFile(output) as results:
        typer.echo(
            f"Searching the dropout of {CLASS_NAMES[model]} on {origin}: "
            f"{len(dropout)} rates x {folds} folds (seed {seed})."
        )
        make_classifier = partial(import_class(model), random_state=seed, **settings)
        with (
            warnings_about(f"fits on {origin}"),
            _printed_in_any_case(table),
            showing(table) as show,
        ):
            for fit in _fits(make_classifier, dropout, folds, X, y, seed):
                results.add(fit)
                show(fit)
    typer.echo(f"The best rate: {table.best():g}")
    typer.echo(f"Each fit is a row in {shown(output)}")


def _check_folds(folds: int, y: np.ndarray) -> None:
    import numpy as np

    most = int(np.bincount(y).min())
    if folds > most:
        raise typer.BadParameter(
            f"{folds} folds of {len(y):,} images are too many: the rarest digit has "
            f"{most}, and each fold needs one.",
            param_hint="'--folds'",
        )


@contextlib.contextmanager
def _printed_in_any_case(table: SearchTable) -> Iterator[None]:
    """Print the table when the search is over, or as far as it has come."""
    try:
        yield
    finally:
        if table.n_done:
            Console(highlight=False).print("", table.as_table(), "", soft_wrap=True)


def _fits(
    make_classifier: Callable[..., BaseDigitClassifier],
    rates: list[float],
    n_folds: int,
    X: np.ndarray,
    y: np.ndarray,
    seed: int,
) -> Iterator[Fit]:
    """Fit all rates on the first fold, then on the next: soon, all can be compared."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    for fold, (training, left_out) in enumerate(splitter.split(X, y), start=1):
        for rate in rates:
            clf = make_classifier(dropout=rate)
            start = time.perf_counter()
            clf.fit(X[training], y[training])
            seconds = time.perf_counter() - start
            yield Fit(
                dropout=rate,
                fold=fold,
                accuracy=clf.score(X[left_out], y[left_out]),
                val_loss=clf.best_validation_loss_,
                best_epoch=clf.best_epoch_,
                epochs=clf.n_iter_,
                seconds=round(seconds, 3),
            )
