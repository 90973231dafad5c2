"""scikit-learn's callbacks: every epoch of a fit is a task."""

from __future__ import annotations

from typing import Any, Self

import keras
from sklearn.callback import CallbackContext

from digitclf._compiled.architecture import copy_without_optimizer


class EpochTasks:
    """The task of a fit, whose subtasks are its epochs.

    Parameters
    ----------
    estimator : estimator
        The estimator on which callbacks were set.
    context : CallbackContext
        The task of the fit.
    arguments : dict
        Data that callbacks may ask for.
    """

    def __init__(
        self, estimator: Any, context: CallbackContext, arguments: dict[str, Any]
    ) -> None:
        self._estimator = estimator
        self._context = context
        self._arguments = arguments | {"estimator": estimator}

    @classmethod
    def begin(
        cls, estimator: Any, epochs: int, X: Any, y: Any, sample_weight: Any
    ) -> Self:
        """Report the beginning of a fit to the callbacks of an estimator."""
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        arguments = {"X": X, "y": y, "metadata": metadata}
        context = estimator._init_callback_context(max_subtasks=epochs)
        tasks = cls(estimator, context, arguments)
        context.call_on_fit_task_begin(**tasks._arguments)
        return tasks

    def as_callbacks(self, fitted: Any) -> list[keras.callbacks.Callback]:
        """Return a Keras callback that reports epochs, if anything listens to them.

        Parameters
        ----------
        fitted : estimator
            The estimator with the attributes that were learnt before training.
        """
        if not getattr(self._estimator, "_skl_callbacks", None):
            return []
        return [_EpochReports(self._context, self._arguments, fitted)]

    def end(self, fitted: Any) -> None:
        """Report the end of a fit."""
        self._context.call_on_fit_task_end(
            **self._arguments, reconstruction_attributes=fitted._fitted_attributes
        )


class _EpochReports(keras.callbacks.Callback):
    def __init__(
        self, context: CallbackContext, arguments: dict[str, Any], fitted: Any
    ) -> None:
        super().__init__()
        self._context = context
        self._arguments = arguments
        self._fitted = fitted

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self._task = self._context.subcontext(task_name="epoch")
        self._task.call_on_fit_task_begin(**self._arguments)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        def fitted_attributes() -> dict[str, Any]:
            network = copy_without_optimizer(self.model)
            return self._fitted._fitted_attributes() | {"model_": network}

        stop = self._task.call_on_fit_task_end(
            **self._arguments, reconstruction_attributes=fitted_attributes
        )
        if stop:
            self.model.stop_training = True
