"""The Axes that a display draws on: new ones, or those passed by the caller."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MARGIN = 0.6
"""Inches around the panels of a new figure."""


def make_panels(
    display: str,
    ax: Any,
    shape: tuple[int, int],
    size: tuple[float, float],
    width_ratios: Sequence[float] | None = None,
) -> tuple[Any, np.ndarray]:
    """Return a figure and one Axes per panel of a display.

    Parameters
    ----------
    display : str
        Name of the display, for error messages.
    ax : matplotlib Axes, array-like of Axes or None
        A single Axes, which is divided into panels; one Axes per panel; or None for a
        new figure.
    shape : tuple of (rows, columns)
    size : tuple of (width, height)
        Size of a new figure in inches.
    width_ratios : sequence of float, optional
        Relative widths of the columns.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of shape (rows, columns) of matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If `ax` contains anything but Axes.
    ValueError
        If `ax` has the wrong number of Axes, or a single Axes cannot be divided.
    """
    plt = import_pyplot(display)
    if ax is None:
        figure, axes = plt.subplots(
            *shape,
            figsize=size,
            layout="constrained",
            squeeze=False,
            width_ratios=width_ratios,
        )
        return figure, axes
    given = np.atleast_1d(np.asarray(ax, dtype=object))
    wrong_types = {type(item).__name__ for item in given.flat if not _is_axes(item)}
    if wrong_types:
        raise TypeError(
            "ax should be a matplotlib Axes or an array-like of Axes, got "
            f"{', '.join(sorted(wrong_types))}."
        )
    n_panels = shape[0] * shape[1]
    if given.size == n_panels:
        return given.flat[0].figure, given.reshape(shape)
    if given.size != 1:
        raise ValueError(
            f"{display} draws {n_panels} panels, but ax has {given.size} Axes. Pass "
            f"{n_panels} Axes, or a single one, which is divided into panels."
        )
    return _divide(display, given.flat[0], shape, width_ratios)


def make_grid(
    display: str, ax: Any, n_panels: int, columns: int, panel_size: tuple[float, float]
) -> tuple[Any, np.ndarray]:
    """Return a figure and one Axes per panel, in a grid.

    Parameters
    ----------
    display : str
        Name of the display, for error messages.
    ax : matplotlib Axes, array-like of Axes or None
        As in `make_panels`.
    n_panels : int
    columns : int
        Columns of the grid. Unused places in its last row are invisible.
    panel_size : tuple of (width, height)
        Size of a panel in a new figure in inches.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of shape (n_panels,) of matplotlib Axes
    """
    rows = math.ceil(n_panels / columns)
    one_per_panel = ax is not None and np.size(ax) == n_panels
    width, height = panel_size
    figure, axes = make_panels(
        display,
        ax,
        shape=(1, n_panels) if one_per_panel else (rows, columns),
        size=(width * columns + MARGIN, height * rows + MARGIN),
    )
    panels = axes.ravel()
    for unused in panels[n_panels:]:
        unused.set_axis_off()
    return figure, panels[:n_panels]


def _divide(
    display: str,
    ax: Any,
    shape: tuple[int, int],
    width_ratios: Sequence[float] | None,
) -> tuple[Any, np.ndarray]:
    if not ax.axison:
        # Hidden by an earlier call, whose panels are still there.
        raise ValueError(
            "ax has already been divided into panels, or its axis is switched off. To "
            f"draw on the panels of an earlier {display} again, pass ax=display.axes_; "
            "otherwise pass a new Axes."
        )
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            f"{display} divides ax into panels, which requires an Axes in a grid: "
            "create it with plt.subplots or figure.add_subplot."
        )
    figure = ax.figure
    # A layout engine computes the space between panels itself.
    spacing = {} if figure.get_layout_engine() else {"wspace": 0.4, "hspace": 0.7}
    grid = place.subgridspec(*shape, width_ratios=width_ratios, **spacing)
    ax.set_axis_off()
    axes = [figure.add_subplot(grid[index]) for index in np.ndindex(*shape)]
    return figure, np.array(axes, dtype=object).reshape(shape)


def _is_axes(ax: Any) -> bool:
    from matplotlib.axes import Axes

    return isinstance(ax, Axes)


def import_pyplot(display: str) -> Any:
    """Return matplotlib.pyplot, or raise an error that says how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{display} requires matplotlib, which is not installed. Install it with "
            'pip install "digitclf[plot]" or pip install matplotlib.'
        ) from error
    return plt
