"""``TrainingHistoryDisplay``: how loss and accuracy went over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from digitclf.plotting._fitted import find_classifier
from digitclf.plotting._panels import make_panels
from digitclf.plotting._style import BLUE, GREY, VERMILION

PANEL_SIZE = 4.8, 3.6
"""Inches."""

MOST_MARKERS = 50

LABELS = {"loss": "loss (cross-entropy)"}


class TrainingHistoryDisplay:
    """Loss and accuracy over the epochs of a fit.

    1. A panel for each metric: a solid line on the training images, a dashed one with
       markers on the validation images.
    2. A ring marks the best epoch, whose weights the network has.
    3. A dotted line marks the epoch after which training stopped.

    Make it with `from_estimator`, or from a history with the constructor and `plot`.

    Parameters
    ----------
    history : dict of str to sequence of float
        ``loss``, ``accuracy`` and, if there was validation, ``val_loss`` and
        ``val_accuracy`` of each epoch: a ``history_`` or the ``history`` of what
        Keras's ``fit`` returns.
    best_epoch : int, default=None
        The epoch to mark as the best, counted from 1.

    Attributes
    ----------
    axes_ : ndarray of shape (n_metrics,) of matplotlib Axes
        The panels.
    figure_ : matplotlib Figure
        What they are in.

    See Also
    --------
    digitclf.CNNDigitClassifier : Its ``history_`` holds these numbers.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import MLPDigitClassifier
    >>> from digitclf.plotting import TrainingHistoryDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MLPDigitClassifier(epochs=5, random_state=0).fit(X, y)
    >>> display = TrainingHistoryDisplay.from_estimator(clf)
    >>> [ax.get_ylabel() for ax in display.axes_]
    ['loss (cross-entropy)', 'accuracy']
    """

    def __init__(
        self, history: Mapping[str, Sequence[float]], *, best_epoch: int | None = None
    ) -> None:
        self.history = history
        self.best_epoch = best_epoch

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        metrics: Sequence[str] = ("loss", "accuracy"),
        ax: Any = None,
    ) -> TrainingHistoryDisplay:
        """Draw the history of a fitted estimator.

        Parameters
        ----------
        estimator : estimator
            A fitted digit classifier, a Pipeline that ends in one, or a search over
            one, whose best estimator is shown.
        metrics : sequence of str, default=("loss", "accuracy")
            What to draw, a panel each.
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.

        Returns
        -------
        TrainingHistoryDisplay
            With `axes_` and `figure_`.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If it has no history: it was initialized and never trained.
        """
        clf = find_classifier(estimator, cls.__name__)
        if not clf.history_:
            raise ValueError(
                f"This {type(clf).__name__} has no history: its network has not been "
                "trained (history_ is empty). Call fit first."
            )
        display = cls(clf.history_, best_epoch=clf.best_epoch_)
        return display.plot(ax, metrics=metrics)

    def plot(
        self, ax: Any = None, *, metrics: Sequence[str] = ("loss", "accuracy")
    ) -> TrainingHistoryDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of them, default=None
            One Axes, which is divided into panels, or one for each panel. A new figure
            by default.
        metrics : sequence of str, default=("loss", "accuracy")
            What to draw, a panel each.

        Returns
        -------
        TrainingHistoryDisplay
            This display.

        Raises
        ------
        ValueError
            If the history has no such metric, or if `ax` is another number of axes.
        """
        metrics = [metrics] if isinstance(metrics, str) else list(metrics)
        available = [name for name in self.history if not name.startswith("val_")]
        if not metrics or not set(metrics) <= set(available):
            raise ValueError(
                f"metrics={metrics} should be some of what the history has: "
                f"{available}."
            )
        width, height = PANEL_SIZE
        self.figure_, axes = make_panels(
            type(self).__name__,
            ax,
            shape=(1, len(metrics)),
            size=(width * len(metrics), height),
        )
        self.axes_ = axes.ravel()
        for panel, metric in zip(self.axes_, metrics, strict=True):
            self._draw(panel, metric)
        return self

    def _draw(self, ax: Any, metric: str) -> None:
        training = np.asarray(self.history[metric], dtype=float)
        validation = np.asarray(self.history.get(f"val_{metric}", ()), dtype=float)
        epochs = np.arange(1, len(training) + 1)
        # So many of them would hide whether the line is dashed.
        marker = "." if len(epochs) <= MOST_MARKERS else ""
        ax.plot(epochs, training, "-", color=BLUE, label="training", marker=marker)
        if len(validation):
            ax.plot(
                epochs,
                validation,
                "--",
                color=VERMILION,
                label="validation",
                marker=marker,
            )
        if self.best_epoch is not None and 1 <= self.best_epoch <= len(epochs):
            place = self.best_epoch - 1
            validated = len(validation) > place and np.isfinite(validation[place])
            ax.plot(
                [self.best_epoch],
                [(validation if validated else training)[place]],
                "o",
                color=ax.title.get_color(),
                fillstyle="none",
                markersize=11,
                markeredgewidth=1.6,
                label=f"best epoch: {self.best_epoch}",
            )
        ax.axvline(
            len(training),
            color=GREY,
            linestyle=":",
            label=f"training stopped: {len(training)}",
        )
        ax.set(
            xlabel="epoch",
            ylabel=LABELS.get(metric, metric),
            xlim=(0.5, len(epochs) + 0.5),
        )
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()
