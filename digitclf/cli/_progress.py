"""Progress bars of commands, on stderr."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


def counting_bar(counted: str, *, disable: bool = False) -> Progress:
    """Return a progress bar that counts fits or pages, invisible without a terminal.

    It disappears at the end. Messages, and results if they are printed in the terminal,
    appear above it.
    """
    console = Console(stderr=True, highlight=False)
    return Progress(
        TextColumn(counted),
        MofNCompleteColumn(),
        BarColumn(bar_width=18),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # Results that are written to a file or a pipe must not go to the terminal.
        redirect_stdout=sys.stdout.isatty(),
        disable=disable or not (console.is_interactive and console.file.isatty()),
    )
