"""``DigitsDisplay``: a grid of images with their labels, true and predicted."""

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

LONG_LABELS = 8
"""Characters of two labels that do not fit on a line above an image."""


class DigitsDisplay:
    """A grid of images with the labels they have and those that were predicted.

    Above an image that was read right stands its label, above one that was read wrong
    both, in another colour and in words.

    Make it with `from_estimator` or `from_predictions`, which choose the images.

    Parameters
    ----------
    images : ndarray of shape (n_images, height, width)
        What to draw, dark for large values.
    y : array-like of shape (n_images,), default=None
        True labels.
    y_pred : array-like of shape (n_images,), default=None
        Predicted labels.
    confidence : array-like of shape (n_images,), default=None
        The largest probability of each image, written below its labels.

    Attributes
    ----------
    axes_ : ndarray of shape (n_images,) of matplotlib Axes
        The panel of each image.
    figure_ : matplotlib Figure
        What they are in.

    See Also
    --------
    PredictionDisplay : One image with the probabilities of all classes.
    sklearn.metrics.ConfusionMatrixDisplay : How often which class is taken for which.

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
        """Predict images and draw them.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier: one of digitclf's, a Pipeline or a search, or any
            other. Where it has ``predict_proba``, probabilities are shown too.
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.
        y : array-like of shape (n_samples,), default=None
            True labels. Needed for the errors.
        which : {"errors", "all", "least_confident"}, default="errors"
            The images that were read wrong, all of them in their order, or those whose
            largest probability is the smallest first.
        n_images : int, default=25
            The most images to draw.
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        DigitsDisplay
            With `axes_` and `figure_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If an argument is not what is described.
        """
        _check_choice(which, n_images)
        check_is_fitted(estimator)
        # The label is not always that of the largest probability: thresholds, for one.
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
        """Draw images whose labels were predicted.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images. Rows of pixels are taken for square images.
        y : array-like of shape (n_samples,) or None
            True labels. Needed for the errors.
        y_pred : array-like of shape (n_samples,) or None
            Predicted labels. Needed for the errors.
        y_proba : array-like of shape (n_samples, n_classes), default=None
            What `predict_proba` returned. Needed for the least confident ones.
        which : {"errors", "all", "least_confident"}, default="errors"
            The images that were read wrong, all of them in their order, or those whose
            largest probability is the smallest first.
        n_images : int, default=25
            The most images to draw.
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        DigitsDisplay
            With `axes_` and `figure_`.

        Raises
        ------
        ValueError
            If an argument is not what is described, or misses for `which`.
        """
        _check_choice(which, n_images)
        pictures = as_pictures(X)
        y, y_pred = _check_labels(y, y_pred)
        confidence = _confidence(y_proba)
        check_consistent_length(pictures, y, y_pred, confidence)
        chosen = _choose(which, len(pictures), y, y_pred, confidence)[:n_images]
        y, y_pred, confidence = (
            None if each is None else each[chosen] for each in (y, y_pred, confidence)
        )
        return cls(pictures[chosen], y, y_pred, confidence).plot(ax)

    def plot(self, ax: Any = None) -> DigitsDisplay:
        """Draw the images.

        Where there are none, which is good news for errors, the figure says so.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        DigitsDisplay
            This display.

        Raises
        ------
        ValueError
            If `ax` is another number of axes.
        """
        n_images = len(self.images)
        # A panel to say so in where there are no images.
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
            panels[0].text(0.5, 0.5, "no such images", ha="center", va="center")
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


def _write_labels(ax: Any, true: Any, predicted: Any, confidence: Any) -> None:
    wrong = true is not None and predicted is not None and true != predicted
    if wrong:
        space = " " if len(f"{true}{predicted}") < LONG_LABELS else "\n"
        lines = [f"{true}{space}read as {predicted}"]
    else:
        lines = [str(each) for each in (true, predicted) if each is not None][:1]
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
                "which='errors' needs true labels and predicted ones, got "
                f"{'y' if y is None else 'y_pred'}=None. Pass both, or which='all'."
            )
        return np.flatnonzero(y != y_pred)
    if which == "least_confident":
        if confidence is None:
            raise ValueError(
                "which='least_confident' needs the probabilities: pass "
                "y_proba=estimator.predict_proba(X)."
            )
        return np.argsort(confidence, kind="stable")
    return np.arange(n_samples)


def _check_choice(which: str, n_images: int) -> None:
    if not isinstance(which, str) or which not in CHOICES:
        raise ValueError(f"which={which!r} should be one of {list(CHOICES)}.")
    check_scalar(n_images, "n_images", Integral, min_val=1)


def _check_labels(y: Any, y_pred: Any) -> tuple[Any, Any]:
    """Return labels as arrays of one dimension, which can be compared."""
    y = None if y is None else check_labels(y, "y")
    y_pred = None if y_pred is None else check_labels(y_pred, "y_pred")
    if y is not None and y_pred is not None:
        unique_labels(y, y_pred)  # refuses a mix of text and numbers
    return y, y_pred


def _confidence(y_proba: Any) -> np.ndarray | None:
    """Return the largest probability of each image."""
    if y_proba is None:
        return None
    y_proba = np.asarray(y_proba)
    if y_proba.ndim != 2 or y_proba.shape[1] == 0:
        raise ValueError(
            "y_proba should have the shape (n_samples, n_classes), got an array of "
            f"shape {y_proba.shape}."
        )
    return y_proba.max(axis=1)


def _as_array(values: Any) -> np.ndarray | None:
    return None if values is None else np.asarray(values)


def _image_shape(estimator: Any) -> tuple[int, int] | None:
    """Return the shape of the images that an estimator takes, if that is known."""
    try:
        has_steps_before, clf = steps_and_classifier(estimator, "DigitsDisplay")
    except TypeError:
        return None
    return None if has_steps_before else clf.image_shape_
