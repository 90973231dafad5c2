"""How well a network reads images: its accuracy and what it takes for what."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    import numpy as np


def report(
    y: np.ndarray, predicted: np.ndarray, classes: np.ndarray, tested_on: str
) -> None:
    """Print accuracy and confusion of labels that were predicted."""
    wrong = int((predicted != y).sum())
    typer.echo(f"Accuracy on {tested_on}: {1 - wrong / len(y):.4f} ({wrong:,} wrong)")
    typer.echo("\nTrue labels (rows) and what they were read as (columns):\n")
    table = _confusion_table(y, predicted, classes)
    console = Console(highlight=False)
    anything = console.options.update(max_width=sys.maxsize)
    # Wider than a terminal rather than without labels.
    console.width = max(console.width, console.measure(table, options=anything).maximum)
    console.print(table, soft_wrap=True)


def _confusion_table(
    y: np.ndarray, predicted: np.ndarray, classes: np.ndarray
) -> Table:
    from sklearn.metrics import confusion_matrix

    table = Table(box=None, header_style="bold", padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column("", style="bold")
    labels = [Text(shown(str(each))) for each in classes]
    for label in labels:
        table.add_column(label, justify="right", min_width=4)
    counts = confusion_matrix(y, predicted, labels=classes)
    for row, label in enumerate(labels):
        cells = [Text(str(count) if count else ".") for count in counts[row]]
        cells[row].stylize("green")
        table.add_row(label, *cells)
    return table
