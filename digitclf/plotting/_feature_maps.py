"""``FeatureMapsDisplay``: the feature maps of a network for one image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_scalar

from digitclf.plotting._fitted import steps_and_classifier
from digitclf.plotting._network import (
    feature_maps,
    find_layer,
    names_of_convolutions_and_poolings,
    names_of_feature_map_layers,
)
from digitclf.plotting._panels import make_panels
from digitclf.plotting._pictures import as_batch, as_pictures
from digitclf.plotting._style import draw_image

PANEL_SIZE = 1.1
"""Inches."""


class FeatureMapsDisplay:
    """Feature maps of a convolutional network for one image.

    1. The first row shows the image.
    2. Each further row shows the first feature maps of one layer, one map per panel.
       Large activations are drawn dark.
    3. All panels of a row have the same colour scale. It starts at 0, or at the
       smallest value if that is negative.

    Use `from_estimator` to create a display.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        The image.
    maps : dict of str to ndarray of shape (height, width, n_maps)
        Feature maps by layer name, one row of panels per layer in this order.

    Attributes
    ----------
    axes_ : ndarray of shape (1 + n_layers, n_columns) of matplotlib Axes
        The panels. Panels without a feature map are empty and invisible.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    FiltersDisplay : The kernels of a convolution.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import CNNDigitClassifier
    >>> from digitclf.plotting import FeatureMapsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = CNNDigitClassifier(filters=(8,), epochs=2, random_state=0).fit(X, y)
    >>> display = FeatureMapsDisplay.from_estimator(clf, X[0])
    >>> {name: maps.shape for name, maps in display.maps.items()}
    {'convolution_1': (6, 6, 8), 'pooling': (3, 3, 8)}
    """

    def __init__(self, image: np.ndarray, maps: Mapping[str, np.ndarray]) -> None:
        self.image = image
        self.maps = maps

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        layers: Sequence[str] | str | None = None,
        max_maps: int = 8,
        ax: Any = None,
    ) -> FeatureMapsDisplay:
        """Compute the feature maps of an image and draw them.

        Parameters
        ----------
        estimator : estimator
            A fitted digit classifier with a convolution, a Pipeline that ends in one,
            or a search over one.
        X : array-like of shape (height, width), (height, width, 1), \
                (height * width,), or a batch of one image
            The image. For a Pipeline, the image as transformed by the steps before the
            classifier.
        layers : str or sequence of str, default=None
            Names of layers in ``model_``. By default, all convolutions and poolings.
        max_maps : int, default=8
            Maximum number of feature maps to draw per layer.
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        FeatureMapsDisplay
            The drawn display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `X` is not one image of the shape seen in `fit`, or if the network has no
            layer of a given name.
        """
        _, clf = steps_and_classifier(estimator, cls.__name__)
        available = names_of_feature_map_layers(clf.model_)
        if not available:
            raise ValueError(
                f"The network of this {type(clf).__name__} has no convolution, so "
                "there are no feature maps. Use a CNNDigitClassifier."
            )
        if layers is None:
            layers = names_of_convolutions_and_poolings(clf.model_)
        names = [layers] if isinstance(layers, str) else list(layers)
        if not names:
            raise ValueError(
                f"layers is empty. The layers of the network are {available}."
            )
        chosen = [find_layer(clf.model_, name, available) for name in names]
        batch = as_batch(X, clf.image_shape_)
        pixels = clf._as_network_input(clf._check_X(batch, reset=False))
        display = cls(
            as_pictures(batch, clf.image_shape_)[0],
            feature_maps(clf.model_, chosen, pixels),
        )
        return display.plot(ax, max_maps=max_maps)

    def plot(self, ax: Any = None, *, max_maps: int = 8) -> FeatureMapsDisplay:
        """Draw the image and the feature maps.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.
        max_maps : int, default=8
            Maximum number of feature maps to draw per layer.

        Returns
        -------
        FeatureMapsDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `max_maps` is less than 1, or if `ax` has the wrong number of Axes or
            was already divided into panels.
        """
        check_scalar(max_maps, "max_maps", Integral, min_val=1)
        columns = min(max_maps, max(maps.shape[2] for maps in self.maps.values()))
        rows = 1 + len(self.maps)
        self.figure_, self.axes_ = make_panels(
            type(self).__name__,
            ax,
            (rows, columns),
            (max(3.0, PANEL_SIZE * columns), (PANEL_SIZE + 0.3) * rows),
        )
        draw_image(self.axes_[0, 0], self.image)
        _name_row(self.axes_[0], "image", self.image.shape)
        for row, (name, maps) in zip(self.axes_[1:], self.maps.items(), strict=True):
            _draw_row(row, name, maps[..., :columns], maps.shape[2])
        for panel in self.axes_.flat:
            if not panel.images:
                panel.set_axis_off()
        return self


def _draw_row(row: np.ndarray, name: str, maps: np.ndarray, n_maps: int) -> None:
    scale = {"vmin": min(0.0, float(maps.min())), "vmax": float(maps.max())}
    for number in range(maps.shape[2]):
        draw_image(row[number], maps[..., number], **scale)
    shown = "" if maps.shape[2] == n_maps else f"\n{maps.shape[2]} of {n_maps} maps"
    _name_row(row, name, maps.shape[:2], shown)


def _name_row(
    row: np.ndarray, name: str, shape: tuple[int, ...], shown: str = ""
) -> None:
    height, width = shape
    row[0].set_ylabel(f"{name}\n{height} × {width}{shown}", fontsize="x-small")
