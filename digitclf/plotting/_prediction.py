"""``PredictionDisplay``: one image beside the probabilities of its classes."""

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

ROOM_FOR_NAMES = 30
"""Characters of all classes together that fit below the bars without being turned."""


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
            If `X` is not one image of the shape seen in `fit`, or `y` not one label.
        """
        check_is_fitted(estimator)
        has_steps_before, clf = steps_and_classifier(estimator, cls.__name__)
        # The steps before the classifier may take images of another shape.
        image_shape = None if has_steps_before else clf.image_shape_
        batch = as_batch(X, image_shape)
        picture = as_pictures(batch, image_shape)[0]
        probabilities = estimator.predict_proba(batch)[0]
        return cls(picture, probabilities, clf.classes_, _one_label(y)).plot(ax)

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
        if y_proba.ndim != 1 or y_proba.size == 0:
            raise ValueError(
                "y_proba should hold the probabilities of one image: shape "
                f"(n_classes,), got {y_proba.shape}."
            )
        classes = np.arange(y_proba.size) if classes is None else np.asarray(classes)
        if y_proba.shape != classes.shape:
            raise ValueError(
                f"y_proba has {y_proba.size} probabilities, classes has shape "
                f"{classes.shape}: expected one class for each."
            )
        return cls(as_picture(X), y_proba, classes, _one_label(y)).plot(ax)

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
        predicted = np.asarray(self.classes)[best]
        wrong = self.y is not None and self.y != predicted
        title = f"{self.y} read as {predicted}" if wrong else f"read as {predicted}"
        write_title(ax, title, wrong=wrong)

    def _draw_bars(self, ax: Any, best: int) -> None:
        y_proba = np.asarray(self.y_proba)
        names = [str(each) for each in self.classes]
        places = np.arange(len(names))
        bars = ax.bar(places, y_proba, color="lightgrey", edgecolor=GREY)
        bars[best].set(facecolor=BLUE, edgecolor=GREY)
        ax.annotate(
            f"{y_proba[best]:.2f}",
            (best, y_proba[best]),
            ha="center",
            va="bottom",
        )
        for place in np.flatnonzero(np.asarray(self.classes) == self.y):
            if place != best:
                bars[place].set(hatch="///", edgecolor=VERMILION)
        beside_each_other = len("".join(names)) <= ROOM_FOR_NAMES
        ax.set_xticks(
            places, names, rotation=0 if beside_each_other else 90, parse_math=False
        )
        ax.set(xlabel="class", ylabel="probability", ylim=(0, 1.12))
        ax.spines[["top", "right"]].set_visible(False)


def _one_label(y: Any) -> Any:
    """Return the label of one image, bare or in an array-like."""
    if y is None or isinstance(y, str):
        return y
    labels = np.asarray(y).ravel()
    if len(labels) != 1:
        raise ValueError(
            f"y should be the label of one image, got an array-like of {len(labels)}."
        )
    return check_labels(labels, "y")[0]
