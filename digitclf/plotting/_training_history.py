"""``TrainingHistoryDisplay``: loss and accuracy per epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from digitclf.plotting._fitted import find_classifier
from digitclf.plotting._panels import make_panels
from digitclf.plotting._style import BLUE, GREY, VERMILION

PANEL_SIZE = 4.8, 3.6
"""Inches."""

MAX_MARKERS = 50
"""More markers would hide whether a line is solid or dashed."""

LABELS = {"loss": "loss (cross-entropy)"}


class TrainingHistoryDisplay:
    """Loss and accuracy per epoch.

    1. Each metric has a panel with a solid line for the training images and a dashed
       line for the validation images.
    2. A ring marks the best epoch, whose weights `fit` restores.
    3. A dotted line marks the last epoch. Its label says if early stopping ended the
       training.

    Use `from_estimator` to create a display, or the constructor and `plot` if only the
    history is available.

    Parameters
    ----------
    history : dict of str to sequence of float
        ``loss`` and ``accuracy`` of each epoch and, with validation, ``val_loss`` and
        ``val_accuracy``: the attribute ``history_`` of a classifier, or the ``history``
        of the object that Keras's ``fit`` returns.
    best_epoch : int, default=None
        Best epoch, counted from 1. It is not marked by default.
    stopped_early : bool, default=False
        Whether early stopping ended the training.

    Attributes
    ----------
    axes_ : ndarray of shape (n_metrics,) of matplotlib Axes
        One Axes per metric.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    digitclf.CNNDigitClassifier : Classifier whose ``history_`` is drawn.

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
        self,
        history: Mapping[str, Sequence[float]],
        *,
        best_epoch: int | None = None,
        stopped_early: bool = False,
    ) -> None:
        self.history = history
        self.best_epoch = best_epoch
        self.stopped_early = stopped_early

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
            Metrics to draw, one panel each.
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.

        Returns
        -------
        TrainingHistoryDisplay
            The drawn display.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the network was initialized but never trained.
        """
        clf = find_classifier(estimator, cls.__name__)
        if not clf.history_:
            raise ValueError(
                f"This {type(clf).__name__} has no history because its network has not "
                "been trained (history_ is empty). Call fit first."
            )
        display = cls(
            clf.history_,
            best_epoch=clf.best_epoch_,
            stopped_early=_stopped_early(clf),
        )
        return display.plot(ax, metrics=metrics)

    def plot(
        self, ax: Any = None, *, metrics: Sequence[str] = ("loss", "accuracy")
    ) -> TrainingHistoryDisplay:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            A single Axes, which is divided into panels, or one Axes per panel. By
            default, a new figure is created.
        metrics : sequence of str, default=("loss", "accuracy")
            Metrics to draw, one panel each.

        Returns
        -------
        TrainingHistoryDisplay
            The display itself.

        Raises
        ------
        ValueError
            If a metric is not in the history, or if `ax` has the wrong number of Axes
            or was already divided into panels.
        """
        metrics = [metrics] if isinstance(metrics, str) else list(metrics)
        available = [name for name in self.history if not name.startswith("val_")]
        if not metrics or not set(metrics) <= set(available):
            raise ValueError(
                f"metrics should be a non-empty subset of {available}, the metrics in "
                f"the history; got {metrics}."
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
        marker = "." if len(epochs) <= MAX_MARKERS else ""
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
            index = self.best_epoch - 1
            validated = len(validation) > index and np.isfinite(validation[index])
            ax.plot(
                [self.best_epoch],
                [(validation if validated else training)[index]],
                "o",
                color=ax.title.get_color(),
                fillstyle="none",
                markersize=11,
                markeredgewidth=1.6,
                label=f"best epoch: {self.best_epoch}",
            )
        note = " (stopped early)" if self.stopped_early else ""
        ax.axvline(
            len(training),
            color=GREY,
            linestyle=":",
            label=f"last epoch: {len(training)}{note}",
        )
        ax.set(
            xlabel="epoch",
            ylabel=LABELS.get(metric, metric),
            xlim=(0.5, len(epochs) + 0.5),
        )
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.legend()


def _stopped_early(clf: Any) -> bool:
    """Return whether early stopping is known to have ended the training.

    With ``warm_start=True``, `n_iter_` counts the epochs of all calls of `fit`. The
    last call certainly ran fewer than `epochs` if all calls together did. Without
    validation and after `partial_fit`, the last epoch is the best: nothing is known.
    """
    if clf.patience is None or clf.n_iter_ >= clf.epochs:
        return False
    return bool(clf.n_iter_ - clf.best_epoch_ >= max(1, clf.patience))
