"""Progress bars of commands, on stderr."""

from __future__ import annotations

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


def counting_bar(counted: str, total: int) -> Progress:
    """Return a bar that counts fits or pages. It is invisible without a terminal.

    The bar is erased where its ``with`` block ends. It can be entered several times:
    `typer.echo` would write into a line that has a bar.
    """
    console = Console(stderr=True, highlight=False)
    bar = Progress(
        TextColumn(counted),
        MofNCompleteColumn(),
        BarColumn(bar_width=18),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=total == 1 or not (console.is_interactive and console.file.isatty()),
    )
    bar.add_task("", total=total)
    return bar
