"""``DigitsDisplay``: a grid of images with true and predicted labels."""

from __future__ import annotations

import math
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length, check_scalar
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import check_is_fitted

from digitclf._data.labels import check_labels
from digitclf.plotting._fitted import steps_and_classifier
from digitclf.plotting._panels import make_grid
from digitclf.plotting._pictures import as_pictures
from digitclf.plotting._style import draw_image, write_title

CHOICES = ("errors", "all", "least_confident")
PANEL_SIZE = 1.25, 1.45
"""Inches."""

MAX_LABEL_CHARACTERS = 7
"""Longest pair of labels that fits on one line above an image."""


class DigitsDisplay:
    """A grid of images with their true and predicted labels.

    The title of a correctly classified image is its label. The title of a misclassified
    image has both labels and another colour.

    Use `from_estimator` or `from_predictions` to select images and create a display.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        Images to draw. Large values are drawn dark.
    y : array-like of shape (n_images,), default=None
        True labels.
    y_pred : array-like of shape (n_images,), default=None
        Predicted labels.
    confidence : array-like of shape (n_images,), default=None
        Largest predicted probability of each image, shown below its labels.

    Attributes
    ----------
    axes_ : ndarray of shape (n_images,) of matplotlib Axes
        One Axes per image.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    PredictionDisplay : One image with the probabilities of all classes.
    sklearn.metrics.ConfusionMatrixDisplay : Confusion matrix visualization.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import MLPDigitClassifier
    >>> from digitclf.plotting import DigitsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MLPDigitClassifier(epochs=5, random_state=0).fit(X[:1000], y[:1000])
    >>> y_pred = clf.predict(X[1000:])
    >>> display = DigitsDisplay.from_predictions(X[1000:], y[1000:], y_pred)
    >>> len(display.axes_) == min(25, (y_pred != y[1000:]).sum())
    True
    """

    def __init__(
        self, images: Any, y: Any = None, y_pred: Any = None, confidence: Any = None
    ) -> None:
        self.images = images
        self.y = y
        self.y_pred = y_pred
        self.confidence = confidence

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        which: str = "errors",
        n_images: int = 25,
        ax: Any = None,
    ) -> DigitsDisplay:
        """Predict the labels of images and draw the images.

        Parameters
        ----------
        estimator : estimator
            Any fitted classifier, including a Pipeline or a search. If it has
            ``predict_proba``, the confidence of each prediction is shown as well.
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.
        y : array-like of shape (n_samples,), default=None
            True labels. Required for ``which="errors"``.
        which : {"errors", "all", "least_confident"}, default="errors"
            Images to draw: the misclassified images, all images in the given order, or
            all images in ascending order of confidence, the largest probability.
        n_images : int, default=25
            Maximum number of images to draw.
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        DigitsDisplay
            The drawn display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If an argument is invalid.
        """
        _check_choice(which, n_images)
        check_is_fitted(estimator)
        # The predicted label is not always that of the largest probability, for example
        # with FixedThresholdClassifier.
        has_probabilities = hasattr(estimator, "predict_proba")
        return cls.from_predictions(
            as_pictures(X, _image_shape(estimator)),
            y,
            estimator.predict(X),
            y_proba=estimator.predict_proba(X) if has_probabilities else None,
            which=which,
            n_images=n_images,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        X: Any,
        y: Any,
        y_pred: Any,
        *,
        y_proba: Any = None,
        which: str = "errors",
        n_images: int = 25,
        ax: Any = None,
    ) -> DigitsDisplay:
        """Draw images given their predicted labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images. Flat images are assumed to be square.
        y : array-like of shape (n_samples,) or None
            True labels. Required for ``which="errors"``.
        y_pred : array-like of shape (n_samples,) or None
            Predicted labels. Required for ``which="errors"``.
        y_proba : array-like of shape (n_samples, n_classes), default=None
            Predicted probabilities. Required for ``which="least_confident"``.
        which : {"errors", "all", "least_confident"}, default="errors"
            Images to draw: the misclassified images, all images in the given order, or
            all images in ascending order of confidence, the largest probability.
        n_images : int, default=25
            Maximum number of images to draw.
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        DigitsDisplay
            The drawn display.

        Raises
        ------
        ValueError
            If an argument is invalid, or one that `which` requires is None.
        """
        _check_choice(which, n_images)
        pictures = as_pictures(X)
        y, y_pred = _check_labels(y, y_pred)
        confidence = _confidence(y_proba)
        check_consistent_length(pictures, y, y_pred, confidence)
        chosen = _choose(which, len(pictures), y, y_pred, confidence)[:n_images]
        y, y_pred, confidence = (
            None if values is None else values[chosen]
            for values in (y, y_pred, confidence)
        )
        return cls(pictures[chosen], y, y_pred, confidence).plot(ax)

    def plot(self, ax: Any = None) -> DigitsDisplay:
        """Draw the images.

        If there are no images, the figure contains a message instead.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        DigitsDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` has the wrong number of Axes, or was already divided into panels.
        """
        n_images = len(self.images)
        # Without images, one panel holds a message.
        n_panels = max(1, n_images)
        self.figure_, panels = make_grid(
            type(self).__name__,
            ax,
            n_panels,
            columns=math.ceil(math.sqrt(n_panels)),
            panel_size=PANEL_SIZE,
        )
        self.axes_ = panels[:n_images]
        if n_images == 0:
            panels[0].set_axis_off()
            panels[0].text(0.5, 0.5, self._message(), ha="center", va="center")
            return self
        y, y_pred, confidence = map(_as_array, (self.y, self.y_pred, self.confidence))
        scale = {"vmin": np.min(self.images), "vmax": np.max(self.images)}
        for number, panel in enumerate(self.axes_):
            draw_image(panel, self.images[number], **scale)
            _write_labels(
                panel,
                None if y is None else y[number],
                None if y_pred is None else y_pred[number],
                None if confidence is None else confidence[number],
            )
        return self

    def _message(self) -> str:
        """Return the text that is shown if there are no images."""
        if self.y is None or self.y_pred is None:
            return "no images"
        return "no misclassified\nimages"


def _write_labels(ax: Any, true: Any, predicted: Any, confidence: Any) -> None:
    wrong = true is not None and predicted is not None and true != predicted
    if wrong:
        one_line = len(f"{true}{predicted}") <= MAX_LABEL_CHARACTERS
        separator = " " if one_line else "\n"
        lines = [f"{true}{separator}read as {predicted}"]
    else:
        lines = [str(label) for label in (true, predicted) if label is not None][:1]
    if confidence is not None:
        lines.append(f"p = {confidence:.2f}")
    write_title(ax, "\n".join(lines), wrong=wrong)


def _choose(
    which: str, n_samples: int, y: Any, y_pred: Any, confidence: Any
) -> np.ndarray:
    """Return the positions of the images to draw."""
    if which == "errors":
        if y is None or y_pred is None:
            raise ValueError(
                "which='errors' requires true and predicted labels, got "
                f"{'y' if y is None else 'y_pred'}=None. Pass both, or which='all'."
            )
        return np.flatnonzero(y != y_pred)
    if which == "least_confident":
        if confidence is None:
            raise ValueError(
                "which='least_confident' requires probabilities: pass "
                "y_proba=estimator.predict_proba(X)."
            )
        return np.argsort(confidence, kind="stable")
    return np.arange(n_samples)


def _check_choice(which: str, n_images: int) -> None:
    if not isinstance(which, str) or which not in CHOICES:
        raise ValueError(f"which should be one of {list(CHOICES)}, got {which!r}.")
    check_scalar(n_images, "n_images", Integral, min_val=1)


def _check_labels(y: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return labels as comparable 1-d arrays."""
    y = None if y is None else check_labels(y, "y")
    y_pred = None if y_pred is None else check_labels(y_pred, "y_pred")
    if y is not None and y_pred is not None:
        unique_labels(y, y_pred)  # raises for a mix of strings and numbers
    return y, y_pred


def _confidence(y_proba: Any) -> np.ndarray | None:
    """Return the largest probability of each image."""
    if y_proba is None:
        return None
    y_proba = np.asarray(y_proba)
    if y_proba.ndim != 2 or y_proba.shape[1] == 0:
        raise ValueError(
            "y_proba should have shape (n_samples, n_classes), got an array of shape "
            f"{y_proba.shape}."
        )
    return y_proba.max(axis=1)


def _as_array(values: Any) -> np.ndarray | None:
    return None if values is None else np.asarray(values)


def _image_shape(estimator: Any) -> tuple[int, int] | None:
    """Return the shape of the images that an estimator expects, or None if unknown."""
    try:
        has_steps_before, clf = steps_and_classifier(estimator, "DigitsDisplay")
    except TypeError:
        return None
    return None if has_steps_before else clf.image_shape_
