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
    ValueError
        If `ax` is something else.
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
    ax.set_axis_off()
    axes = place.subgridspec(*shape, width_ratios=width_ratios).subplots(squeeze=False)
    return ax.figure, axes


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
