"""Keras callbacks: what they hear of a run, and the network that they see."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from digitclf._compiled.program import TrainingProgram

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
"""Hooks of what happens in the middle of an epoch."""

ALSO_CALLS = {
    "on_train_batch_begin": "on_batch_begin",
    "on_train_batch_end": "on_batch_end",
}
"""Hooks of which Keras's own default calls another hook."""

Logs = dict[str, float]


class Listeners:
    """The callbacks of one run, and the network that is shown to them.

    The program trains variables of its own. Before callbacks are told of anything, the
    network gets their values; what the callbacks then change in the network or in its
    optimizer goes to the program.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback
    network : keras.Model
        A compiled model.
    program : TrainingProgram
        Loaded with that model.
    epochs : int
        Number of the last epoch that the run may come to.
    steps : int
        Batches in an epoch.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        network: keras.Model,
        program: TrainingProgram,
        *,
        epochs: int,
        steps: int,
    ) -> None:
        self._network = network
        self._program = program
        network.stop_training = False
        if callbacks:
            _build_metrics(network)
        self._heard = {
            hook
            for callback in callbacks
            for hook in dir(keras.callbacks.Callback)
            if hook.startswith("on_") and _hears(callback, hook)
        }
        self._callbacks = keras.callbacks.CallbackList(
            list(callbacks),
            add_history=False,
            add_progbar=False,
            model=network,
            epochs=epochs,
            steps=steps,
            verbose=0,
        )

    @property
    def hear_inside_epochs(self) -> bool:
        """Whether an epoch has to be run in parts, for the callbacks in between."""
        return not self._heard.isdisjoint(INSIDE_EPOCHS)

    @property
    def want_to_stop(self) -> bool:
        """Whether a callback has asked for the end of the run."""
        return bool(self._network.stop_training)

    def tell(
        self, hook: str, *args: int | Logs, averaged: bool = False, final: bool = False
    ) -> None:
        """Call a hook of all callbacks.

        Parameters
        ----------
        hook : str
            Name of the hook.
        *args : int or dict
            What it takes.
        averaged : bool
            Whether the network is shown with the average of the weights.
        final : bool
            Whether the network is left as it is: the run is over.
        """
        call = getattr(self._callbacks, hook)
        if final or self._heard.isdisjoint({hook, ALSO_CALLS.get(hook)}):
            call(*args)
            return
        self._program.show(self._network, averaged=averaged)
        shown = _snapshot(self._network.variables)
        shown_state = _snapshot(self._network.optimizer.variables)
        call(*args)
        if not _are(self._network.variables, shown):
            self._program.load_weights(self._network)
        if not _are(self._network.optimizer.variables, shown_state):
            self._program.load_optimizer(self._network.optimizer)


def _hears(callback: keras.callbacks.Callback, hook: str) -> bool:
    ignored = getattr(keras.callbacks.Callback, hook)
    return getattr(getattr(callback, hook), "__func__", None) is not ignored


def _snapshot(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    return [variable.numpy().copy() for variable in variables]


def _are(variables: Sequence[keras.Variable], values: list[np.ndarray]) -> bool:
    return all(map(np.array_equal, _snapshot(variables), values))


def _build_metrics(network: keras.Model) -> None:
    """Let callbacks such as EarlyStopping see which metrics there are."""
    n_classes = network.output_shape[-1]
    one_image = np.full((1, n_classes), 1 / n_classes, dtype=np.float32)
    network.compute_metrics(None, one_image, one_image)
    network.reset_metrics()
