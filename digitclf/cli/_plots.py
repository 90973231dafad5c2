"""Plots that commands write to files."""

from __future__ import annotations

import importlib.util
import os
import warnings
from pathlib import Path
from typing import Any

from digitclf.cli._stderr import shown

MAX_TITLE = 30
"""Maximum number of characters of a file name above its picture."""


def check_can_plot(*paths: Path) -> None:
    """Raise an error if matplotlib is missing or a file cannot be written."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ImportError(
            "--plot needs matplotlib, which is not installed. Install it with: "
            'pip install "digitclf[plot]"'
        )
    for path in paths:
        if path.is_dir() or (path.exists() and not os.access(path, os.W_OK)):
            raise OSError(f"--plot: {shown(path)} cannot be written.")


def draw_without_screen() -> None:
    """Make matplotlib draw into files only. Call it before anything is drawn."""
    import matplotlib

    matplotlib.use("agg")


def short_name(name: str) -> str:
    """Return the name of a file as the title of its picture."""
    short = Path(name).name
    return short if len(short) <= MAX_TITLE else f"…{short[-MAX_TITLE:]}"


def save_figure(figure: Any, path: Path, dpi: float | None = None) -> None:
    """Write a figure to a file and close it."""
    import matplotlib.pyplot as plt

    try:
        with warnings.catch_warnings():
            # File names and labels may have characters that the font does not have.
            warnings.filterwarnings("ignore", "Glyph", UserWarning)
            figure.savefig(path, dpi=dpi or "figure")
    finally:
        plt.close(figure)
