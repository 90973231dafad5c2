"""How far a search is: a table that is drawn anew all the time, or a line a fit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from statistics import fmean, pstdev

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from digitclf.cli._search_results import Fit


class SearchTable:
    """The accuracies of each dropout rate, one for each fold that is done.

    Parameters
    ----------
    rates : sequence of float
    n_folds : int
    """

    def __init__(self, rates: Sequence[float], n_folds: int) -> None:
        self._accuracies: dict[float, list[float]] = {rate: [] for rate in rates}
        self._n_folds = n_folds

    @property
    def n_done(self) -> int:
        """Fits that are done."""
        return sum(map(len, self._accuracies.values()))

    @property
    def n_fits(self) -> int:
        """Fits in all."""
        return len(self._accuracies) * self._n_folds

    def add(self, fit: Fit) -> None:
        """Add a fit that is done."""
        self._accuracies[fit.dropout].append(fit.accuracy)

    def best(self) -> float | None:
        """Return the best rate on the folds that all rates have been scored on.

        Folds are not equally hard. Before the first one is done for all, the best is
        that of the rates it is done for.
        """
        n_shared = min(map(len, self._accuracies.values())) or 1
        means = {
            rate: fmean(values[:n_shared])
            for rate, values in self._accuracies.items()
            if values
        }
        return max(means, key=means.__getitem__, default=None)

    def as_table(self) -> Table:
        """Return the table as it stands."""
        table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column("dropout", justify="right")
        table.add_column("folds", justify="right")
        table.add_column("accuracy", min_width=15)
        table.add_column("", min_width=4)
        best = self.best()
        for rate, values in self._accuracies.items():
            table.add_row(
                f"{rate:g}",
                f"{len(values)}/{self._n_folds}",
                _mean_and_spread(values),
                "best" if rate == best else "",
                style="green" if rate == best else "",
            )
        return table


@contextlib.contextmanager
def showing(table: SearchTable) -> Iterator[Callable[[Fit], None]]:
    """Yield a function that is told of each fit and shows on stderr what comes of it.

    A terminal shows the table, which is gone in the end; a log file gets a line a fit.
    """
    console = Console(stderr=True, highlight=False)
    if console.is_interactive and console.file.isatty():
        with _live_table(table, console) as add:
            yield add
        return

    def add_and_print(fit: Fit) -> None:
        table.add(fit)
        console.print(
            f"Fit {table.n_done}/{table.n_fits}: dropout {fit.dropout:g}, fold "
            f"{fit.fold}: accuracy {fit.accuracy:.4f} ({fit.seconds:.1f} s)",
            soft_wrap=True,
        )

    yield add_and_print


@contextlib.contextmanager
def _live_table(
    table: SearchTable, console: Console
) -> Iterator[Callable[[Fit], None]]:
    from digitclf._training.progress import TimeLeft

    bar = Progress(
        TextColumn("Fit {task.fields[fit]}/{task.total}"),
        BarColumn(bar_width=18),
        TimeLeft(),
        console=console,
    )
    task = bar.add_task("", total=table.n_fits, fit=1, trained=0, ended=0.0)

    live = Live(
        get_renderable=lambda: Group(bar, "", table.as_table()),
        console=console,
        refresh_per_second=4,
        transient=True,
    )

    def add(fit: Fit) -> None:
        table.add(fit)
        bar.update(
            task,
            completed=table.n_done,
            fit=min(table.n_done + 1, table.n_fits),
            trained=table.n_done,
            ended=bar.tasks[0].elapsed,
        )
        live.refresh()

    with live:
        yield add


def _mean_and_spread(accuracies: Sequence[float]) -> str:
    if not accuracies:
        return ""
    spread = f" ± {pstdev(accuracies):.4f}" if len(accuracies) > 1 else ""
    return f"{fmean(accuracies):.4f}{spread}"
