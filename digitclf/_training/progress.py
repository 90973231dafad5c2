"""What training shows of itself: a progress bar, or one line an epoch."""

from __future__ import annotations

import contextlib
import html
import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from digitclf._compiled.threads import MAIN_PROCESS

FIRST = ("loss", "accuracy", "val_loss", "val_accuracy")


@contextlib.contextmanager
def showing_epochs(verbose: int) -> Iterator[list[keras.callbacks.Callback]]:
    """Yield the callbacks that show how far training is.

    Parameters
    ----------
    verbose : int
        0 shows nothing. 1 draws a progress bar in a terminal or in a notebook, and
        prints one line an epoch anywhere else: in a file, and in a worker process or a
        thread, where several bars would tear each other. More always prints the lines.
    """
    if verbose == 0:
        yield []
    elif verbose > 1 or not _is_alone():
        yield [EpochLines()]
    elif _in_notebook():
        yield [NotebookBar()]
    elif _at_terminal():
        with TerminalBar() as bar:
            yield [bar]
    else:
        yield [EpochLines()]


def _is_alone() -> bool:
    """Return whether no other fit can be shown at the same time."""
    return (
        multiprocessing.current_process().name == MAIN_PROCESS
        and threading.current_thread() is threading.main_thread()
    )


def _in_notebook() -> bool:
    """Return whether output goes to a Jupyter kernel, and so to a web page."""
    ipython = sys.modules.get("IPython")
    return (
        ipython is not None
        and hasattr(ipython.get_ipython(), "kernel")
        # Not where output has been redirected, to a file for example.
        and type(sys.stdout).__module__.startswith("ipykernel")
    )


def _at_terminal() -> bool:
    # What replaces stdout may be able to write and nothing else.
    isatty = getattr(sys.stdout, "isatty", None)
    return isatty is not None and isatty() and Console(file=sys.stdout).is_interactive


class EpochLines(keras.callbacks.Callback):
    """Prints an epoch's number, its seconds and its logs when it ends."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Print the line."""
        seconds = time.perf_counter() - self._start
        # Keras hands the logs over in the order of the alphabet.
        names = [
            *(name for name in FIRST if name in logs),
            *sorted(logs.keys() - set(FIRST)),
        ]
        measured = "".join(f" - {name}: {logs[name]:.4f}" for name in names)
        # One piece, line end included: lines of several processes do not mix.
        print(
            f"Epoch {epoch + 1}/{self.params['epochs']} - {seconds:.1f} s{measured}\n",
            end="",
            flush=True,
        )


class TerminalBar(keras.callbacks.Callback):
    """A progress bar with the losses and the time left, to be closed in any case."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = Progress(
            TextColumn("Epoch {task.fields[epoch]}/{task.total}"),
            BarColumn(bar_width=18),
            TextColumn("{task.fields[losses]}"),
            TimeLeft(),
            console=Console(file=sys.stdout),
            refresh_per_second=4,
        )

    def __enter__(self) -> TerminalBar:
        return self

    def __exit__(self, *exception: object) -> None:
        for task in self._bar.tasks:
            self._bar.update(task.id, trained=0)  # no time is left any more
        self._bar.stop()

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Draw the empty bar."""
        self._first: int | None = None
        self._task = self._bar.add_task(
            "", total=self.params["epochs"], epoch=1, losses="", trained=0, ended=0.0
        )
        self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Show the number of the epoch."""
        if self._first is None:
            self._first = epoch
        self._bar.update(self._task, epoch=epoch + 1, completed=epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Move the bar and show the losses."""
        self._bar.update(
            self._task,
            completed=epoch + 1,
            losses=_losses(logs),
            trained=epoch + 1 - (self._first or 0),
            ended=self._bar.tasks[0].elapsed,
        )


class TimeLeft(ProgressColumn):
    """The time that the remaining epochs take if they are as quick as those before."""

    def render(self, task: Task) -> Text:
        """Return the time left, which also shrinks while an epoch is under way."""
        trained = task.fields["trained"]
        if task.finished or not trained or task.total is None:
            return Text("")
        per_epoch = task.fields["ended"] / trained
        since = (task.elapsed or 0.0) - task.fields["ended"]
        left = max(0.0, per_epoch * (task.total - task.completed) - since)
        return Text(f"{_as_clock(left)} left")


class NotebookBar(keras.callbacks.Callback):
    """A progress bar on the page of a notebook, with text where none can be drawn."""

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Put an empty bar on the page."""
        from IPython.display import display

        self._output = display(self._bundle(0), raw=True, display_id=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Move the bar and show the losses."""
        self._output.update(self._bundle(epoch + 1, _losses(logs)), raw=True)

    def _bundle(self, epoch: int, losses: str = "") -> dict[str, str]:
        epochs = self.params["epochs"]
        text = f"Epoch {epoch}/{epochs} {losses}".rstrip()
        bar = f'<progress value="{epoch}" max="{epochs}"></progress>'
        return {"text/plain": text, "text/html": f"{bar} {html.escape(text)}"}


def _losses(logs: dict[str, float]) -> str:
    return " ".join(
        f"{name} {logs[name]:.4f}" for name in ("loss", "val_loss") if name in logs
    )


def _as_clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))).removeprefix("0:")
