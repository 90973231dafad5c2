"""``FiltersDisplay``: the learned kernels of a convolution."""

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
    """Learned kernels of a convolution, one panel per filter.

    Negative weights are light, positive weights are dark, and the grey in the middle is
    0. All kernels have the same colour scale, which is symmetric around 0.

    Use `from_estimator` to create a display.

    Parameters
    ----------
    filters : ndarray of shape (height, width, n_filters)
        Kernels of the filters for one input channel.
    layer : str, default=None
        Name of the layer, shown as the title of the figure.

    Attributes
    ----------
    axes_ : ndarray of shape (n_filters,) of matplotlib Axes
        One Axes per filter.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    FeatureMapsDisplay : The feature maps of an image.

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
        """Draw the kernels of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            A fitted digit classifier with a convolution, a Pipeline that ends in one,
            or a search over one.
        layer : str, default=None
            Name of a convolution in ``model_``. By default, the first one.
        channel : int, default=0
            Input channel whose kernels are drawn. The first convolution has a single
            input channel, later ones have one per filter of the convolution before.
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        FiltersDisplay
            The drawn display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the network has no convolution, or none of the given name, or if
            `channel` is out of range.
        """
        clf = find_classifier(estimator, cls.__name__)
        names = names_of_convolutions(clf.model_)
        if not names:
            raise ValueError(
                f"The network of this {type(clf).__name__} has no convolution, so "
                "there are no filters. Use a CNNDigitClassifier."
            )
        found = find_layer(clf.model_, names[0] if layer is None else layer, names)
        kernel = np.asarray(found.kernel)
        check_scalar(
            channel, "channel", Integral, min_val=0, max_val=kernel.shape[2] - 1
        )
        return cls(kernel[:, :, channel, :], found.name).plot(ax)

    def plot(self, ax: Any = None) -> FiltersDisplay:
        """Draw the kernels.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        FiltersDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` has the wrong number of Axes, or was already divided into panels.
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
