"""The axes that a display draws on: new ones, or what a caller has passed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MARGIN = 0.6
"""Inches that a new figure has for what is beside its panels."""


def make_panels(
    display: str,
    ax: Any,
    shape: tuple[int, int],
    size: tuple[float, float],
    width_ratios: Sequence[float] | None = None,
) -> tuple[Any, np.ndarray]:
    """Return a figure and as many axes of it as a display has panels.

    Parameters
    ----------
    display : str
        Name of the display, for errors.
    ax : matplotlib Axes, array-like of them or None
        One Axes, which is divided into panels; an Axes for each panel; or None for a
        new figure.
    shape : tuple of (rows, columns)
    size : tuple of (width, height)
        Of a new figure, in inches.
    width_ratios : sequence of float, optional
        Of the columns.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of shape (rows, columns) of matplotlib Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If `ax` is no Axes.
    ValueError
        If `ax` is another number of them.
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
    others = {type(each).__name__ for each in given.flat if not _is_axes(each)}
    if others:
        raise TypeError(
            f"ax should be a matplotlib Axes or an array-like of them, got "
            f"{', '.join(sorted(others))}."
        )
    n_panels = shape[0] * shape[1]
    if given.size == n_panels:
        return given.flat[0].figure, given.reshape(shape)
    if given.size != 1:
        raise ValueError(
            f"{display} draws {n_panels} panels, but ax has {given.size} axes. Pass "
            f"{n_panels} axes, or one that is divided into panels."
        )
    return _divide(display, given.flat[0], shape, width_ratios)


def make_grid(
    display: str, ax: Any, n_panels: int, columns: int, panel_size: tuple[float, float]
) -> tuple[Any, np.ndarray]:
    """Return a figure and axes of it in rows of so many columns.

    Parameters
    ----------
    display : str
        Name of the display, for errors.
    ax : matplotlib Axes, array-like of them or None
        As `make_panels` takes it.
    n_panels : int
    columns : int
        What the last row has more of is not seen.
    panel_size : tuple of (width, height)
        Of a panel in a new figure, in inches.

    Returns
    -------
    figure : matplotlib Figure
    axes : ndarray of shape (n_panels,) of matplotlib Axes
    """
    rows = math.ceil(n_panels / columns)
    one_each = ax is not None and np.size(ax) == n_panels
    width, height = panel_size
    figure, axes = make_panels(
        display,
        ax,
        shape=(1, n_panels) if one_each else (rows, columns),
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
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            f"{display} divides ax into panels, which needs an Axes that a grid has "
            "placed: make it with plt.subplots or figure.add_subplot."
        )
    figure = ax.figure
    # A layout engine sees to the room between panels, where there is one.
    room = {} if figure.get_layout_engine() else {"wspace": 0.4, "hspace": 0.7}
    grid = place.subgridspec(*shape, width_ratios=width_ratios, **room)
    ax.set_axis_off()
    axes = [figure.add_subplot(grid[place]) for place in np.ndindex(*shape)]
    return figure, np.array(axes, dtype=object).reshape(shape)


def _is_axes(ax: Any) -> bool:
    from matplotlib.axes import Axes

    return isinstance(ax, Axes)


def import_pyplot(display: str) -> Any:
    """Return matplotlib.pyplot, or tell how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{display} draws with matplotlib, which is not installed. Install it with "
            'pip install "digitclf[plot]" or pip install matplotlib.'
        ) from error
    return plt
