"""The pictures that ``digitclf train --plot`` writes beside the model."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from digitclf.cli._stderr import shown

if TYPE_CHECKING:
    from digitclf._base import BaseDigitClassifier
    from digitclf.cli._data import Data

N_ERRORS = 25
"""The most images that are shown of those read wrong."""


def check_can_draw(output: Path) -> None:
    """Raise an error where matplotlib or a place for the pictures is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ImportError(
            "--plot draws with matplotlib, which is not installed. Install it with: "
            'pip install "digitclf[plot]"'
        )
    for path in plot_paths(output):
        if path.is_dir() or (path.exists() and not os.access(path, os.W_OK)):
            raise OSError(f"--plot: {shown(path)} cannot be written.")


def plot_paths(output: Path) -> tuple[Path, Path]:
    """Return where the pictures of the history and of the errors belong."""
    history, errors = (
        output.with_name(f"{output.stem}-{each}.png") for each in ("history", "errors")
    )
    return history, errors


def draw(clf: BaseDigitClassifier, data: Data, predicted: Any, output: Path) -> None:
    """Write the pictures, without a screen too, and print where they are."""
    import matplotlib

    matplotlib.use("agg")
    from digitclf.plotting import DigitsDisplay, TrainingHistoryDisplay

    history, errors = plot_paths(output)
    _save(TrainingHistoryDisplay.from_estimator(clf), history)
    _save(
        DigitsDisplay.from_predictions(
            data.X_test, data.y_test, predicted, which="errors", n_images=N_ERRORS
        ),
        errors,
    )
    typer.echo(f"How training went is drawn in {shown(history)}")
    typer.echo(f"What is read wrong is drawn in {shown(errors)}")


def _save(display: Any, path: Path) -> None:
    import matplotlib.pyplot as plt

    try:
        display.figure_.savefig(path)
    finally:
        plt.close(display.figure_)
