"""The command ``digitclf search``."""

from __future__ import annotations

import contextlib
import csv
import itertools
import os
import time
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress

from digitclf.cli._cluster import on_cluster
from digitclf.cli._data import Labelled, mnist_to_train, own_to_search
from digitclf.cli._options import (
    ModelChoice,
    Raw,
    ScheduleChoice,
    Seed,
    check_has_pictures,
    check_output,
    check_rates,
)
from digitclf.cli._progress import counting_bar
from digitclf.cli._recipes import (
    CLASS_NAMES,
    PARAMETERS,
    Model,
    Recipe,
    import_class,
    without_none,
)
from digitclf.cli._stderr import (
    announce_replacing,
    can_print,
    complain,
    shown,
    warnings_about,
)

if TYPE_CHECKING:
    import numpy as np

    from digitclf._base import BaseDigitClassifier

Row = dict[str, Any]

RATES = [0.0, 0.25, 0.5]


def search(
    model: ModelChoice = Model.CNN,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            readable=False,
            show_default=False,
            help="Your own pictures instead of MNIST: a folder with one subfolder per "
            "class, named after its label.",
        ),
    ] = None,
    raw: Raw = False,
    dropout: Annotated[
        list[float],
        typer.Option(
            metavar="RATE",
            callback=check_rates,
            help="Dropout rate to try. Repeat the option for each rate.  [0<=x<1]",
        ),
    ] = RATES,
    folds: Annotated[
        int, typer.Option(metavar="N", min=2, help="Number of folds.")
    ] = 3,
    images: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=100,
            max=60_000,
            help="Maximum number of training images to search with.",
        ),
    ] = 6_000,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Maximum number of epochs per fit. By default that of the standard "
            "recipe.",
        ),
    ] = None,
    schedule: ScheduleChoice = None,
    output: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            callback=check_output(".csv", "a table of results"),
            help="Table to write, one row per fit, ending in .csv. An existing file is "
            "replaced.",
        ),
    ] = Path("search.csv"),
    seed: Seed = 0,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            show_default=False,
            help="Run the fits on the workers of a Dask cluster. The address is that "
            "of its scheduler, such as tcp://HOST:8786.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Run the fits in N worker processes on this machine, which share its "
            "cores.",
        ),
    ] = None,
) -> None:
    """Search for the best dropout rate by cross-validation.

    A network is fitted for each rate and each fold, on the other folds, and scored on
    the fold left out. The other parameters are those of the standard recipe. The test
    images of MNIST are not used. Ctrl-C keeps the rows of the finished fits.
    """
    check_has_pictures(raw, data)
    if cluster is not None and workers is not None:
        raise typer.BadParameter(
            "give either --cluster, for a cluster that is running, or --workers, for "
            "one on this machine.",
            param_hint="'--cluster' / '--workers'",
        )
    X, y, origin = _read_images(data, raw, images, seed)
    _check_folds(folds, y)
    typer.echo(
        f"Searching the dropout of {CLASS_NAMES[model]} on {origin}: "
        f"{len(dropout)} rates x {folds} folds (seed {seed})."
    )
    announce_replacing(output)
    given = without_none({"epochs": epochs, "schedule": schedule})
    parameters = dict(PARAMETERS[model][Recipe.STANDARD]) | given
    clf = import_class(model)(**parameters, random_state=seed)
    fits = Fits(clf, X, y, dropout, folds, seed)
    with (
        warnings_about(f"fits on {origin}"),
        on_cluster(cluster, workers) as has_workers,
        _recording(output, dropout, folds) as log,
    ):
        for row in fits.in_parallel() if has_workers else fits.in_turn(log):
            log.add(row)
    typer.echo(f"Best rate: {log.best_rate():g}")
    typer.echo(f"Results saved to {shown(output)}")


def _read_images(folder: Path | None, raw: bool, n_images: int, seed: int) -> Labelled:
    if folder is None:
        return mnist_to_train(n_images, seed)
    return own_to_search(folder, raw, n_images, seed)


def _check_folds(folds: int, y: np.ndarray) -> None:
    import numpy as np

    _, counts = np.unique(y, return_counts=True)
    n_rarest = int(counts.min())
    if folds > n_rarest:
        raise typer.BadParameter(
            f"{folds} folds of {len(y):,} images are too many: the rarest class has "
            f"{n_rarest} images, and each fold needs one.",
            param_hint="'--folds'",
        )


class Fits:
    """The fits of a search: one per rate and fold."""

    def __init__(
        self,
        clf: BaseDigitClassifier,
        X: np.ndarray,
        y: np.ndarray,
        rates: list[float],
        n_folds: int,
        seed: int,
    ) -> None:
        from sklearn.model_selection import StratifiedKFold

        folds = StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(X, y)
        self._data = X, y
        self._clf = clf
        self._places = list(itertools.product(rates, enumerate(folds, start=1)))

    def in_turn(self, log: FitLog) -> Iterator[Row]:
        """Run the fits one after the other; move the bar of the log with the epochs."""
        for rate, fold in self._places:
            clf = self._with(rate).set_callbacks(log)
            yield from _issued([fit_fold(clf, *self._data, *fold)])

    def in_parallel(self) -> Iterator[Row]:
        """Run the fits with joblib; yield a row when its fit is done."""
        from joblib import Parallel, delayed

        parallel = Parallel(return_as="generator_unordered")
        return _issued(
            parallel(
                delayed(fit_fold)(self._with(rate), *self._data, *fold)
                for rate, fold in self._places
            )
        )

    def _with(self, rate: float) -> BaseDigitClassifier:
        from sklearn.base import clone

        return clone(self._clf).set_params(dropout=rate)


def fit_fold(
    clf: BaseDigitClassifier,
    X: np.ndarray,
    y: np.ndarray,
    fold: int,
    parts: tuple[np.ndarray, np.ndarray],
) -> tuple[Row, list[str]]:
    """Fit a classifier on all folds but one, and score it on that one.

    Warnings are returned, because in a worker they would be written over the progress
    bar.
    """
    train, test = parts
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        clf.fit(X[train], y[train])
    seconds = time.perf_counter() - start
    row = {
        "dropout": clf.dropout,
        "fold": fold,
        "accuracy": clf.score(X[test], y[test]),
        "val_loss": clf.best_validation_loss_,
        "best_epoch": clf.best_epoch_,
        "epochs": clf.n_iter_,
        "seconds": round(seconds, 3),
    }
    return row, [str(warning.message) for warning in caught]


def _issued(results: Iterable[tuple[Row, list[str]]]) -> Iterator[Row]:
    """Yield the rows of fits and issue their warnings."""
    for row, messages in results:
        for message in messages:
            warnings.warn(message, UserWarning, stacklevel=2)
        yield row


class FitLog:
    """Record of a search: a row in a file and a line on stderr per fit.

    It is also a callback of scikit-learn, which moves the progress bar with the epochs
    of a fit.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self.rows: list[Row] = []
        self._path = path
        self._progress = progress
        (self._task,) = progress.task_ids

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing: the progress bar is already there."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Move the progress bar by an epoch."""
        if context.task_name == "epoch":
            self._progress.advance(self._task, 1 / context.parent.max_subtasks)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing: the progress bar is closed after the search."""

    def add(self, row: Row) -> None:
        """Record a fit."""
        self.rows.append(row)
        self._write()
        self._progress.update(self._task, completed=len(self.rows), refresh=True)
        self._progress.console.print(
            f"Fit {len(self.rows)}/{self._progress.tasks[0].total}: dropout "
            f"{row['dropout']:g}, fold {row['fold']}: accuracy {row['accuracy']:.4f} "
            f"({row['seconds']:.1f} s)",
            soft_wrap=True,
        )

    def best_rate(self) -> float:
        """Return the rate with the best mean accuracy, the first of several."""
        accuracies: dict[float, list[float]] = {}
        for row in self.rows:
            accuracies.setdefault(row["dropout"], []).append(row["accuracy"])
        return max(accuracies, key=lambda rate: fmean(accuracies[rate]))

    def _write(self) -> None:
        """Write beside the file first, so that it is never half written."""
        unfinished = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with open(unfinished, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        os.replace(unfinished, self._path)


@contextlib.contextmanager
def _recording(path: Path, rates: list[float], n_folds: int) -> Iterator[FitLog]:
    """Yield the log of a search; print its table at the end, even if it is cut short.

    In a terminal, a progress bar is shown meanwhile.
    """
    progress = counting_bar("Fits", len(rates) * n_folds)
    log = FitLog(path, progress)
    try:
        with progress:
            yield log
    except BaseException as error:
        if log.rows:
            complain(f"The results so far are kept in {shown(path)}")
        elif isinstance(error, KeyboardInterrupt | SystemExit):
            complain("The search ended before its first fit: no results were saved.")
        raise
    finally:
        if log.rows:
            _print_table(log.rows, rates, n_folds)


def _print_table(rows: list[Row], rates: list[float], n_folds: int) -> None:
    sign = "±" if can_print("±") else "+-"
    typer.echo("\ndropout  folds  accuracy")
    for rate in rates:
        scores = [row["accuracy"] for row in rows if row["dropout"] == rate]
        spread = f" {sign} {pstdev(scores):.4f}" if len(scores) > 1 else ""
        mean = f"{fmean(scores):.4f}{spread}" if scores else ""
        folds = f"{len(scores)}/{n_folds}"
        typer.echo(f"{rate:7g}  {folds:>5}  {mean}".rstrip())
    typer.echo()
