"""``FiltersDisplay``: the learnt masks of a convolution."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_scalar

from digitclf.plotting._fitted import find_classifier
from digitclf.plotting._network import find_layer, names_of_convolutions
from digitclf.plotting._panels import make_grid
from digitclf.plotting._style import draw_image

PANEL_SIZE = 0.9, 0.9
"""Inches."""


class FiltersDisplay:
    """The masks that a convolution has learnt, a panel each.

    White is the most negative weight of all masks drawn, black the most positive one,
    and the grey in the middle is 0: where a mask is dark, it looks for ink.

    Make it with `from_estimator`.

    Parameters
    ----------
    filters : ndarray of shape (height, width, n_filters)
        The masks.
    layer : str, default=None
        The name of their layer, for the title.

    Attributes
    ----------
    axes_ : ndarray of shape (n_filters,) of matplotlib Axes
        The panel of each mask.
    figure_ : matplotlib Figure
        What they are in.

    See Also
    --------
    FeatureMapsDisplay : What the masks make of an image.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import CNNDigitClassifier
    >>> from digitclf.plotting import FiltersDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = CNNDigitClassifier(filters=(8,), epochs=2, random_state=0).fit(X, y)
    >>> display = FiltersDisplay.from_estimator(clf)
    >>> display.filters.shape
    (3, 3, 8)
    """

    def __init__(self, filters: np.ndarray, layer: str | None = None) -> None:
        self.filters = filters
        self.layer = layer

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        layer: str | None = None,
        channel: int = 0,
        ax: Any = None,
    ) -> FiltersDisplay:
        """Draw the masks of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            A fitted digit classifier with a convolution, a Pipeline that ends in one,
            or a search over one.
        layer : str, default=None
            Name of a convolution in ``model_``, the first one by default.
        channel : int, default=0
            A convolution after another one has a mask for each of its inputs: the
            number of the input whose masks are drawn.
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        FiltersDisplay
            With `axes_` and `figure_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If its network has no such layer or channel, or no convolution at all.
        """
        clf = find_classifier(estimator, cls.__name__)
        names = names_of_convolutions(clf.model_)
        if not names:
            raise ValueError(
                f"The network of this {type(clf).__name__} has no convolution, and so "
                "no masks to show. CNNDigitClassifier's has."
            )
        found = find_layer(clf.model_, names[0] if layer is None else layer, names)
        kernel = np.asarray(found.kernel)
        check_scalar(
            channel, "channel", Integral, min_val=0, max_val=kernel.shape[2] - 1
        )
        return cls(kernel[:, :, channel, :], found.name).plot(ax)

    def plot(self, ax: Any = None) -> FiltersDisplay:
        """Draw the masks.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        FiltersDisplay
            This display.

        Raises
        ------
        ValueError
            If `ax` is another number of axes.
        """
        n_filters = self.filters.shape[-1]
        self.figure_, self.axes_ = make_grid(
            type(self).__name__,
            ax,
            n_filters,
            columns=min(n_filters, max(8, math.ceil(math.sqrt(n_filters)))),
            panel_size=PANEL_SIZE,
        )
        largest = float(np.abs(self.filters).max())
        for number, panel in enumerate(self.axes_):
            drawn = draw_image(
                panel, self.filters[..., number], vmin=-largest, vmax=largest
            )
        self.figure_.colorbar(drawn, ax=list(self.axes_), label="weight")
        if self.layer is not None and ax is None:
            self.figure_.suptitle(self.layer)
        return self
