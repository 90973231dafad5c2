"""The progress bar of a training."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text


@contextlib.contextmanager
def epoch_bar(console: Console, epochs: int) -> Iterator[Any]:
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
