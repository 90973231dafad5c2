"""One fit from start to finish: a compiled network in, a trained one out."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from digitclf._compiled.interruption import raise_if_interrupted
from digitclf._compiled.program_cache import PROGRAMS
from digitclf._compiled.trainer import Distortion
from digitclf._training.epochs import DivergedError, Outcome, Plan, run_epochs
from digitclf._training.listeners import Logs
from digitclf._training.progress import showing_progress
from digitclf._training.resume_file import ResumeFile
from digitclf._training.saved_run import SavedRun
from digitclf._training.windows import Source

History = dict[str, list[float]]


def fit_network(
    network: keras.Model,
    training: Source,
    validation: Source | None,
    plan: Plan,
    *,
    schedule: str = "constant",
    ema_momentum: float | None = None,
    distortion: Distortion | None = None,
    pixel_range: tuple[float, float] = (0.0, 1.0),
    earlier_history: History | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: int = 0,
    on_best: Callable[[dict[str, Any], Logs], None] | None = None,
    resume_file: ResumeFile | None = None,
    saved: SavedRun | None = None,
) -> dict[str, Any]:
    """Train a network and return the fitted attributes that describe the training.

    Parameters
    ----------
    network : keras.Model
        A compiled model. If training fails, it is left as it was.
    training : Source
        Images to train on.
    validation : Source or None
        Images to measure ``val_loss`` on.
    plan : Plan
    schedule : {"constant", "one_cycle"}
        Schedule of the learning rate.
    ema_momentum : float, optional
        Momentum of the average of the weights. None does not average.
    distortion : Distortion, optional
        Distortion of the training images.
    pixel_range : tuple of (low, high)
        Range of the pixel values.
    earlier_history : dict, optional
        History of the epochs that the network was trained for before.
    callbacks : sequence of keras.callbacks.Callback
    verbose : int
    on_best : callable, optional
        Called with the fitted attributes so far and the logs of the epoch when an
        epoch is the best so far, while the network has its weights.
    resume_file : ResumeFile, optional
        Written after every epoch and removed at the end.
    saved : SavedRun, optional
        The state of a run to go on with.

    Returns
    -------
    dict
        The fitted attributes ``history_``, ``n_iter_``, ``best_epoch_`` and
        ``best_validation_loss_``, and ``_stream`` if the plan is a part of a stream.

    Raises
    ------
    DivergedError
        If the loss is not finite and there is no earlier epoch to end with, or if a
        weight is not finite in the end.
    """
    if not network.trainable_variables:
        raise ValueError(
            "There is nothing to train: all layers of model_ are frozen "
            "(trainable=False)."
        )
    earlier = earlier_history or {}

    def report_best(outcome: Outcome) -> None:
        if on_best:
            on_best(_results(outcome, earlier), outcome.epochs[-1])

    try:
        with (
            resume_file or contextlib.nullcontext(),
            _unchanged_on_error(network),
            showing_progress(verbose, plan.first_epoch + plan.epochs) as display,
            PROGRAMS.lend(
                network,
                schedule=schedule,
                averaged=ema_momentum is not None,
                distortion=distortion,
            ) as program,
        ):
            raise_if_interrupted()
            program.load(network, ema_momentum, pixel_range)
            outcome = run_epochs(
                program,
                network,
                training,
                validation,
                plan,
                callbacks=callbacks,
                display=display,
                on_best=report_best if on_best else None,
                resume_file=resume_file,
                saved=saved,
            )
            raise_if_interrupted()  # as long as the network can be restored
    except DivergedError:
        if resume_file:  # it leads here again
            resume_file.remove()
        raise
    return _results(outcome, earlier)


def copy_weights(source: keras.Model, target: keras.Model) -> None:
    """Copy the weights of a network, and which of its layers are frozen.

    Raises
    ------
    ValueError
        If the networks have different architectures.
    """
    try:
        target.set_weights(source.get_weights())
        for layer in source.layers:
            target.get_layer(layer.name).trainable = layer.trainable
    except ValueError as error:
        raise ValueError(
            "warm_start=True continues with the network of the previous fit, but the "
            "parameters now describe a different one. Restore them, or set "
            "warm_start=False."
        ) from error


def same_values(
    variables: Sequence[keras.Variable], values: Sequence[np.ndarray]
) -> bool:
    """Return whether variables have these values."""
    return len(variables) == len(values) and all(
        np.array_equal(variable.numpy(), value)
        for variable, value in zip(variables, values, strict=True)
    )


@contextlib.contextmanager
def _unchanged_on_error(network: keras.Model) -> Iterator[None]:
    """Restore the weights and the optimizer of a network if there is an error."""
    if not network.optimizer.built:  # a new network, which nothing else refers to
        yield
        return
    variables = network.variables + network.optimizer.variables
    values = [variable.numpy() for variable in variables]
    try:
        yield
    except BaseException:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        raise


def _results(outcome: Outcome, earlier_history: History) -> dict[str, Any]:
    """Return the fitted attributes of a network.

    All lists of the history have the same length, with NaN where an epoch did not
    measure a value.
    """
    n_earlier = len(earlier_history.get("loss", ()))
    names = dict.fromkeys([*earlier_history, *(n for e in outcome.epochs for n in e)])
    history = {
        name: earlier_history.get(name, [math.nan] * n_earlier)
        + [float(logs.get(name, math.nan)) for logs in outcome.epochs]
        for name in names
    }
    results = {
        "history_": history,
        "n_iter_": n_earlier + len(outcome.epochs),
        "best_epoch_": outcome.best_epoch,
        "best_validation_loss_": outcome.best_validation_loss,
    }
    return results | ({"_stream": outcome.stream} if outcome.stream else {})
