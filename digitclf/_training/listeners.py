"""The callbacks of a run and the network that they see."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import keras
import numpy as np

from digitclf._compiled.interruption import in_callback
from digitclf._compiled.variables import ProgramVariables

INSIDE_EPOCHS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
    "on_test_begin",
    "on_test_batch_begin",
    "on_test_batch_end",
    "on_test_end",
)
"""Hooks that are called within an epoch."""

ALSO_CALLS = {
    "on_train_batch_begin": "on_batch_begin",
    "on_train_batch_end": "on_batch_end",
}
"""Hooks whose default implementation in Keras calls another hook."""

EPOCH_LOGS = ("loss", "accuracy", "val_loss", "val_accuracy")
"""Names in the logs of every epoch; the last two only with validation images."""

Logs = dict[str, float]


class Listeners:
    """The callbacks of one run.

    The program trains variables of its own. Before callbacks are called, their values
    are copied to the network that callbacks see. Changes that callbacks make to the
    network or its optimizer are copied back to the program.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
    network : keras.Model
        A compiled model.
    variables : ProgramVariables
        Variables of a program, loaded with that model.
    epochs : int
        Number of the last epoch of the run.
    steps : int
        Batches per epoch.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        network: keras.Model,
        variables: ProgramVariables,
        *,
        epochs: int,
        steps: int,
    ) -> None:
        self._network = network
        self._variables = variables
        network.stop_training = False
        if callbacks:
            _build_metrics(network)
        self._heard = {
            hook
            for callback in callbacks
            for hook in dir(keras.callbacks.Callback)
            if hook.startswith("on_") and _implements(callback, hook)
        }
        self._last = _LastLogs()
        self._callbacks = keras.callbacks.CallbackList(
            [*callbacks, self._last],
            add_history=False,
            add_progbar=False,
            model=network,
            epochs=epochs,
            steps=steps,
            verbose=0,
        )

    @property
    def hear_inside_epochs(self) -> bool:
        """Whether a callback implements a hook that is called within an epoch."""
        return not self._heard.isdisjoint(INSIDE_EPOCHS)

    @property
    def want_to_stop(self) -> bool:
        """Whether a callback has asked to stop training."""
        return bool(self._network.stop_training)

    def call(
        self, hook: str, *args: int | Logs, averaged: bool = False, final: bool = False
    ) -> Logs:
        """Call a hook of all callbacks.

        Parameters
        ----------
        hook : str
            Name of the hook.
        *args : int or dict
            Arguments of the hook.
        averaged : bool
            Whether the network has the average of the weights in the meantime.
        final : bool
            Whether the run is over, so that the network stays as it is.

        Returns
        -------
        dict
            Numbers that callbacks have added to the logs of an epoch.
        """
        call = getattr(self._callbacks, hook)
        if final or self._heard.isdisjoint({hook, ALSO_CALLS.get(hook)}):
            with in_callback():
                call(*args)
            return {}
        self._variables.show(self._network, averaged=averaged)
        weights = _copy(self._network.variables)
        state = _copy(self._network.optimizer.variables)
        with in_callback():
            call(*args)
        if not _are(self._network.variables, weights):
            self._variables.load_weights(self._network)
        if not _are(self._network.optimizer.variables, state):
            self._variables.load_optimizer(self._network.optimizer)
        return self._last.take_added()


class _LastLogs(keras.callbacks.Callback):
    """Collects what other callbacks have added to the logs of an epoch."""

    def __init__(self) -> None:
        super().__init__()
        self._added: Logs = {}

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Collect the numbers."""
        for name, value in (logs or {}).items():
            if name not in EPOCH_LOGS:
                with contextlib.suppress(TypeError, ValueError):
                    self._added[name] = float(value)

    def take_added(self) -> Logs:
        """Return the numbers once."""
        added, self._added = self._added, {}
        return added


def _implements(callback: keras.callbacks.Callback, hook: str) -> bool:
    inherited = getattr(keras.callbacks.Callback, hook)
    return getattr(getattr(callback, hook), "__func__", None) is not inherited


def _copy(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    return [variable.numpy().copy() for variable in variables]


def _are(variables: Sequence[keras.Variable], values: list[np.ndarray]) -> bool:
    return all(map(np.array_equal, _copy(variables), values))


def _build_metrics(network: keras.Model) -> None:
    """Create the metrics, which callbacks such as EarlyStopping look up."""
    n_classes = network.output_shape[-1]
    one_image = np.full((1, n_classes), 1 / n_classes, dtype=np.float32)
    network.compute_metrics(None, one_image, one_image)
    network.reset_metrics()
