"""The plot of ``digitclf read``: pages with the boxes and labels of their digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from digitclf.cli._plots import draw_without_screen, save_figure, short_name

if TYPE_CHECKING:
    from digitclf.plotting import PageDisplay

PANEL_WIDTH = 5.0
"""Inches per page if there are several."""

TALLEST = 1.5
"""Largest height of a panel relative to its width."""

TITLE_HEIGHT = 0.4
"""Inches per row of panels."""

DPI = 200
"""Digits are small parts of a page."""


def draw(pages: Sequence[tuple[str, PageDisplay]], path: Path) -> None:
    """Draw pages into a PNG file: one alone, several in a grid below their names."""
    draw_without_screen()
    if len(pages) == 1:
        ((_, display),) = pages
        save_figure(display.plot().figure_, path, DPI)
        return
    import matplotlib.pyplot as plt

    columns = math.ceil(math.sqrt(len(pages)))
    heights = [
        max(_panel_height(display) for _, display in pages[start : start + columns])
        for start in range(0, len(pages), columns)
    ]
    figure, axes = plt.subplots(
        len(heights),
        columns,
        figsize=(PANEL_WIDTH * columns, sum(heights)),
        height_ratios=heights,
        layout="constrained",
        squeeze=False,
    )
    for unused in axes.flat[len(pages) :]:
        unused.set_axis_off()
    for (name, display), ax in zip(pages, axes.flat, strict=False):
        display.plot(ax)
        ax.set_title(short_name(name), fontsize="medium", parse_math=False)
    save_figure(figure, path, DPI)


def _panel_height(display: PageDisplay) -> float:
    height, width = display.image.shape[:2]
    return PANEL_WIDTH * min(height / width, TALLEST) + TITLE_HEIGHT
