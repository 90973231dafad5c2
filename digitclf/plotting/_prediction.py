"""``PredictionDisplay``: one image with the predicted probability of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from digitclf._data.labels import check_labels
from digitclf.plotting._fitted import steps_and_classifier
from digitclf.plotting._panels import make_panels
from digitclf.plotting._pictures import as_batch, as_picture, as_pictures
from digitclf.plotting._style import (
    BLUE,
    GREY,
    VERMILION,
    draw_image,
    write_title,
)

FIGURE_SIZE = 6.0, 2.6
"""Inches."""

MAX_LABEL_CHARACTERS = 30
"""Total length of the class labels that fit below the bars without rotation."""


class PredictionDisplay:
    """One image and a bar chart of its class probabilities.

    The bar of the predicted class is dark and annotated with its probability. If the
    prediction is wrong, the bar of the true class is hatched.

    Use `from_estimator` or `from_predictions` to create a display.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        The image. Large values are drawn dark.
    y_proba : array-like of shape (n_classes,)
        Predicted probability of each class.
    classes : array-like of shape (n_classes,)
        Class labels.
    y : label, default=None
        True label.

    Attributes
    ----------
    axes_ : ndarray of shape (2,) of matplotlib Axes
        The Axes of the image and of the bar chart.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    DigitsDisplay : A grid of images with their labels.

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
        """Predict the class probabilities of one image and draw them.

        Parameters
        ----------
        estimator : estimator
            A fitted digit classifier, a Pipeline that ends in one, or a search over
            one.
        X : array-like of shape (height, width), (height, width, 1), \
                (height * width,), or a batch of one image
            The image.
        y : label, default=None
            True label.
        ax : matplotlib Axes or array-like of two Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        PredictionDisplay
            The drawn display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `X` is not one image of the shape seen in `fit`, or if `y` is not one
            label.
        """
        check_is_fitted(estimator)
        has_steps_before, clf = steps_and_classifier(estimator, cls.__name__)
        # The steps before the classifier may expect images of another shape.
        image_shape = None if has_steps_before else clf.image_shape_
        batch = as_batch(X, image_shape)
        picture = as_pictures(batch, image_shape)[0]
        probabilities = estimator.predict_proba(batch)[0]
        return cls(picture, probabilities, clf.classes_, _one_label(y)).plot(ax)

    @classmethod
    def from_predictions(
        cls, X: Any, y_proba: Any, *, classes: Any = None, y: Any = None, ax: Any = None
    ) -> PredictionDisplay:
        """Draw one image given its class probabilities.

        Parameters
        ----------
        X : array-like of shape (height, width), (height, width, 1), \
                (height * width,), or a batch of one image
            The image.
        y_proba : array-like of shape (n_classes,) or (1, n_classes)
            Predicted probability of each class.
        classes : array-like of shape (n_classes,), default=None
            Class labels. By default, 0 to n_classes - 1.
        y : label, default=None
            True label.
        ax : matplotlib Axes or array-like of two Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        PredictionDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If `X` is not one image, or if `y_proba` and `classes` differ in length.
        """
        y_proba = np.asarray(y_proba, dtype=float)
        if y_proba.ndim == 2 and len(y_proba) == 1:
            y_proba = y_proba[0]
        if y_proba.ndim != 1 or y_proba.size == 0:
            raise ValueError(
                "y_proba should contain the probabilities of one image and have shape "
                f"(n_classes,), got shape {y_proba.shape}."
            )
        classes = np.arange(y_proba.size) if classes is None else np.asarray(classes)
        if y_proba.shape != classes.shape:
            raise ValueError(
                f"y_proba has {y_proba.size} probabilities, but classes has shape "
                f"{classes.shape}. Pass one class per probability."
            )
        return cls(as_picture(X), y_proba, classes, _one_label(y)).plot(ax)

    def plot(self, ax: Any = None) -> PredictionDisplay:
        """Draw the image and the bar chart.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of two Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        PredictionDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` has the wrong number of Axes, or was already divided into panels.
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
        predicted = np.asarray(self.classes)[best]
        wrong = self.y is not None and self.y != predicted
        title = f"{self.y} read as {predicted}" if wrong else f"read as {predicted}"
        write_title(ax, title, wrong=wrong)

    def _draw_bars(self, ax: Any, best: int) -> None:
        y_proba = np.asarray(self.y_proba)
        labels = [str(label) for label in self.classes]
        positions = np.arange(len(labels))
        bars = ax.bar(positions, y_proba, color="lightgrey", edgecolor=GREY)
        bars[best].set(facecolor=BLUE, edgecolor=GREY)
        ax.annotate(
            f"{y_proba[best]:.2f}",
            (best, y_proba[best]),
            ha="center",
            va="bottom",
        )
        for position in np.flatnonzero(np.asarray(self.classes) == self.y):
            if position != best:
                bars[position].set(hatch="///", edgecolor=VERMILION)
        rotation = 0 if len("".join(labels)) <= MAX_LABEL_CHARACTERS else 90
        ax.set_xticks(positions, labels, rotation=rotation, parse_math=False)
        ax.set(xlabel="class", ylabel="probability", ylim=(0, 1.12))
        ax.spines[["top", "right"]].set_visible(False)


def _one_label(y: Any) -> Any:
    """Return the label of one image, given as a scalar or in an array-like."""
    if y is None or isinstance(y, str):
        return y
    labels = np.asarray(y).ravel()
    if len(labels) != 1:
        raise ValueError(
            f"y should be the label of one image, got {len(labels)} labels."
        )
    return check_labels(labels, "y")[0]
