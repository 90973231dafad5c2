"""``PredictionDisplay``: one image beside the probabilities of its classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from digitclf.plotting._fitted import open_pipeline
from digitclf.plotting._panels import make_panels
from digitclf.plotting._pictures import as_batch, as_picture, as_pictures
from digitclf.plotting._style import BLUE, GREY, VERMILION, draw_image

FIGURE_SIZE = 6.0, 2.6
"""Inches."""


class PredictionDisplay:
    """One image beside the bars of the probabilities of its classes.

    The bar of the predicted class is dark and has its number above it. If the true
    class is known and another one, its bar is hatched.

    Make it with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        The image, dark for large values.
    y_proba : array-like of shape (n_classes,)
        The probability of each class.
    classes : array-like of shape (n_classes,)
        The labels.
    y : label, default=None
        The true one.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) of matplotlib Axes
        The image and the bars.
    figure_ : matplotlib Figure
        What they are in.

    See Also
    --------
    DigitsDisplay : Many images with their labels.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import MLPDigitClassifier
    >>> from digitclf.plotting import PredictionDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MLPDigitClassifier(epochs=5, random_state=0).fit(X[1:], y[1:])
    >>> display = PredictionDisplay.from_estimator(clf, X[0], y[0])
    >>> len(display.axes_[1].patches)
    10
    """

    def __init__(self, image: Any, y_proba: Any, classes: Any, y: Any = None) -> None:
        self.image = image
        self.y_proba = y_proba
        self.classes = classes
        self.y = y

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any = None, *, ax: Any = None
    ) -> PredictionDisplay:
        """Predict one image and draw it.

        Parameters
        ----------
        estimator : estimator
            A fitted digit classifier, a Pipeline that ends in one, or a search over
            one.
        X : array-like of shape (height, width), (height, width, 1), \
                (height * width,), or with an axis for one image before these
            The image.
        y : label, default=None
            The true one.
        ax : matplotlib Axes or array-like of two, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        PredictionDisplay
            With `axes_` and `figure_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `X` is not one image of the shape seen in `fit`.
        """
        check_is_fitted(estimator)
        before, clf = open_pipeline(estimator, cls.__name__)
        # The steps before the classifier may take images of another shape.
        image_shape = None if before else clf.image_shape_
        batch = as_batch(X, image_shape)
        picture = as_pictures(batch, image_shape)[0]
        probabilities = estimator.predict_proba(batch)[0]
        return cls(picture, probabilities, estimator.classes_, y).plot(ax)

    @classmethod
    def from_predictions(
        cls, X: Any, y_proba: Any, *, classes: Any = None, y: Any = None, ax: Any = None
    ) -> PredictionDisplay:
        """Draw one image whose probabilities are known.

        Parameters
        ----------
        X : array-like of shape (height, width), (height, width, 1), \
                (height * width,), or with an axis for one image before these
            The image.
        y_proba : array-like of shape (n_classes,) or (1, n_classes)
            What `predict_proba` returned for it.
        classes : array-like of shape (n_classes,), default=None
            The labels, 0 to n_classes - 1 by default.
        y : label, default=None
            The true one.
        ax : matplotlib Axes or array-like of two, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        PredictionDisplay
            With `axes_` and `figure_`.

        Raises
        ------
        ValueError
            If `X` is not one image, or if there are not as many probabilities as
            classes.
        """
        y_proba = np.asarray(y_proba, dtype=float)
        if y_proba.ndim == 2 and len(y_proba) == 1:
            y_proba = y_proba[0]
        classes = np.arange(y_proba.size) if classes is None else np.asarray(classes)
        if y_proba.shape != classes.shape:
            raise ValueError(
                f"y_proba has shape {y_proba.shape}, expected the probabilities of one "
                f"image for {len(classes)} classes: shape ({len(classes)},)."
            )
        return cls(as_picture(X), y_proba, classes, y).plot(ax)

    def plot(self, ax: Any = None) -> PredictionDisplay:
        """Draw the image and the bars.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of two, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        PredictionDisplay
            This display.

        Raises
        ------
        ValueError
            If `ax` is another number of axes.
        """
        self.figure_, axes = make_panels(
            type(self).__name__, ax, (1, 2), FIGURE_SIZE, width_ratios=(1, 1.5)
        )
        self.axes_ = axes.ravel()
        best = int(np.argmax(self.y_proba))
        self._draw_image(self.axes_[0], best)
        self._draw_bars(self.axes_[1], best)
        return self

    def _draw_image(self, ax: Any, best: int) -> None:
        draw_image(ax, self.image)
        predicted = self.classes[best]
        wrong = self.y is not None and self.y != predicted
        title = f"{self.y} read as {predicted}" if wrong else f"read as {predicted}"
        ax.set_title(title, color=VERMILION if wrong else "black")

    def _draw_bars(self, ax: Any, best: int) -> None:
        places = np.arange(len(self.classes))
        bars = ax.bar(places, self.y_proba, color="lightgrey", edgecolor=GREY)
        bars[best].set(facecolor=BLUE, edgecolor="black")
        ax.annotate(
            f"{self.y_proba[best]:.2f}",
            (best, self.y_proba[best]),
            ha="center",
            va="bottom",
        )
        for place in np.flatnonzero(np.asarray(self.classes) == self.y):
            if place != best:
                bars[place].set(hatch="///", edgecolor=VERMILION)
        ax.set(
            xticks=places,
            xticklabels=[str(each) for each in self.classes],
            xlabel="class",
            ylabel="probability",
            ylim=(0, 1.12),
        )
        ax.spines[["top", "right"]].set_visible(False)
