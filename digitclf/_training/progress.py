"""Progress of a fit: a bar that moves within the epochs, or one line per epoch."""

from __future__ import annotations

import contextlib
import html
import multiprocessing
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from digitclf._compiled.threads import MAIN_PROCESS
from digitclf._messages import warn_caller
from digitclf._training.listeners import EPOCH_LOGS, Logs

SHORT_NAMES = {"accuracy": "acc", "val_accuracy": "val_acc"}
SECONDS_BETWEEN_FRAMES = 0.25


class Display(Protocol):
    """Shows the progress of a fit. Epochs are counted from 0."""

    def begin_epoch(self, epoch: int) -> None:
        """Show that an epoch begins."""

    def update_epoch(self, epoch: int, fraction: float, logs: Logs) -> None:
        """Show which fraction of an epoch is done and its losses so far."""

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Show the losses of a whole epoch."""


@contextlib.contextmanager
def showing_progress(verbose: int, epochs: int) -> Iterator[Display]:
    """Yield the display of a fit.

    Parameters
    ----------
    verbose : int
        0 shows nothing. 1 draws a progress bar in a terminal or a notebook, and prints
        one line per epoch elsewhere: in a file, and in worker processes and threads,
        where several bars would overwrite each other. 2 always prints the lines.
    epochs : int
        Number of the last epoch, counted from 1.
    """
    display = NoDisplay() if verbose == 0 else Fallible(lambda: _open(verbose, epochs))
    try:
        yield display
    finally:
        display.close()


def _open(verbose: int, epochs: int) -> Any:
    if verbose == 1 and _is_alone():
        if _in_notebook():
            return NotebookBar(epochs)
        if _at_terminal():
            return TerminalBar(epochs)
    return EpochLines(epochs)


def _is_alone() -> bool:
    """Return whether no other fit can be shown at the same time."""
    return (
        multiprocessing.current_process().name == MAIN_PROCESS
        and threading.current_thread() is threading.main_thread()
    )


def _in_notebook() -> bool:
    """Return whether stdout belongs to a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    return (
        ipython is not None
        and hasattr(ipython.get_ipython(), "kernel")
        # Not where output has been redirected, to a file for example.
        and type(sys.stdout).__module__.startswith("ipykernel")
    )


def _at_terminal() -> bool:
    # A replacement of stdout may have no more than a write method.
    isatty = getattr(sys.stdout, "isatty", None)
    return isatty is not None and isatty() and Console(file=sys.stdout).is_interactive


class NoDisplay:
    """Shows nothing."""

    def begin_epoch(self, epoch: int) -> None:
        """Do nothing."""

    def update_epoch(self, epoch: int, fraction: float, logs: Logs) -> None:
        """Do nothing."""

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Fallible:
    """A display that may fail without ending the fit, on a closed stdout for example.

    Parameters
    ----------
    open_display : callable
        Returns the display.
    """

    def __init__(self, open_display: Callable[[], Any]) -> None:
        self._open = open_display
        self._display: Any = None
        self._has_failed = False

    def begin_epoch(self, epoch: int) -> None:
        """Show that an epoch begins."""
        self._show("begin_epoch", epoch)

    def update_epoch(self, epoch: int, fraction: float, logs: Logs) -> None:
        """Show which fraction of an epoch is done and its losses so far."""
        self._show("update_epoch", epoch, fraction, logs)

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Show the losses of a whole epoch."""
        self._show("end_epoch", epoch, logs)

    def close(self) -> None:
        """Draw the last frame."""
        if self._display is not None:
            self._show("close")

    def _show(self, method: str, *args: Any) -> None:
        if self._has_failed:
            return
        try:
            if self._display is None:
                self._display = self._open()
            getattr(self._display, method)(*args)
        except Exception as error:
            self._has_failed = True
            warn_caller(
                "The progress of this fit is no longer shown, because writing to "
                f"stdout failed ({type(error).__name__}: {error}). Training continues."
            )


class EpochLines:
    """Prints the number, duration and losses of every epoch."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def begin_epoch(self, epoch: int) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def update_epoch(self, epoch: int, fraction: float, logs: Logs) -> None:
        """Print nothing yet."""

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Print the line."""
        seconds = time.perf_counter() - self._start
        names = [
            *(name for name in EPOCH_LOGS if name in logs),
            *sorted(logs.keys() - set(EPOCH_LOGS)),
        ]
        measured = "".join(f" - {name}: {logs[name]:.4f}" for name in names)
        # One write, line end included: the lines of several processes do not mix.
        print(
            f"Epoch {epoch + 1}/{self._epochs} - {seconds:.1f} s{measured}\n",
            end="",
            flush=True,
        )

    def close(self) -> None:
        """Print nothing more."""


class Bar(ABC):
    """Base class of progress bars, which are drawn a few times per second.

    Parameters
    ----------
    epochs : int
        Number of the last epoch, counted from 1.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._epoch = 0
        self._done = 0.0
        self._losses = "compiling"
        self._last_frame = -SECONDS_BETWEEN_FRAMES

    def begin_epoch(self, epoch: int) -> None:
        """Show the number of the epoch."""
        self._epoch, self._done = epoch + 1, epoch
        self._draw_now_and_then()

    def update_epoch(self, epoch: int, fraction: float, logs: Logs) -> None:
        """Move the bar within the epoch."""
        self._done, self._losses = epoch + fraction, _in_short(logs)
        self._draw_now_and_then()

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Move the bar to the end of the epoch."""
        self.update_epoch(epoch, 1.0, logs)

    def _draw_now_and_then(self) -> None:
        now = time.perf_counter()
        if now - self._last_frame >= SECONDS_BETWEEN_FRAMES:
            self._last_frame = now
            self._draw()

    @abstractmethod
    def _draw(self) -> None:
        """Draw the bar as it stands."""

    def close(self) -> None:
        """Draw the last frame."""
        self._draw()


class TerminalBar(Bar):
    """A progress bar with losses and the remaining time."""

    def __init__(self, epochs: int) -> None:
        super().__init__(epochs)
        self._bar = Progress(
            TextColumn("Epoch {task.fields[epoch]}/{task.total}"),
            BarColumn(bar_width=8),
            TextColumn("{task.fields[losses]}"),
            TimeLeft(),
            console=Console(file=sys.stdout),
            auto_refresh=False,
        )
        self._task = self._bar.add_task(
            "", total=epochs, epoch=1, losses=self._losses, time_left=None
        )
        self._clock: tuple[float, float] | None = None
        self._bar.start()

    def update_epoch(self, epoch: int, fraction: float, logs: Logs) -> None:
        """Move the bar within the epoch."""
        if self._clock is None:  # from here on, the speed does not include compiling
            self._clock = time.perf_counter(), epoch + fraction
        super().update_epoch(epoch, fraction, logs)

    def _draw(self, time_left: bool = True) -> None:
        self._bar.update(
            self._task,
            completed=self._done,
            epoch=self._epoch,
            losses=self._losses,
            time_left=self._time_left() if time_left else None,
        )
        self._bar.refresh()

    def _time_left(self) -> float | None:
        if self._clock is None:
            return None
        start, done_at_start = self._clock
        done = self._done - done_at_start
        if done <= 0:
            return None
        return (time.perf_counter() - start) / done * (self._epochs - self._done)

    def close(self) -> None:
        """Draw the last frame, without a remaining time."""
        try:
            self._draw(time_left=False)
        finally:
            self._bar.stop()


class TimeLeft(ProgressColumn):
    """The remaining time."""

    def render(self, task: Task) -> Text:
        """Return the remaining time, once there is an estimate."""
        seconds = task.fields["time_left"]
        if task.finished or seconds is None:
            return Text("")
        clock = str(timedelta(seconds=round(seconds))).removeprefix("0:")
        return Text(f"{clock} left")


class NotebookBar(Bar):
    """A progress bar in the output of a notebook cell."""

    def __init__(self, epochs: int) -> None:
        super().__init__(epochs)
        from IPython.display import display

        self._output = display(self._bundle(), raw=True, display_id=True)

    def _draw(self) -> None:
        self._output.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, str]:
        text = f"Epoch {self._epoch}/{self._epochs} {self._losses}".rstrip()
        bar = f'<progress value="{self._done:.3f}" max="{self._epochs}"></progress>'
        return {"text/plain": text, "text/html": f"{bar} {html.escape(text)}"}


def _in_short(logs: Logs) -> str:
    return " ".join(
        f"{SHORT_NAMES.get(name, name)} {logs[name]:.3f}"
        for name in EPOCH_LOGS
        if name in logs
    )
