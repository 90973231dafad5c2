"""The run of epochs: order of the images, early stopping, callbacks and history."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np

from digitclf.training.program import Images, Scores, TrainingProgram

BATCHES_PER_CALL = 20
"""So many batches run without Python, which hears of Ctrl-C only in between."""

ORDER, DROPOUT = 0, 1
"""Separate streams of random numbers under one seed."""

BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    "on_train_batch_begin",
    "on_train_batch_end",
)

REMEDY = (
    "The learning rate is most likely too large: try a smaller learning_rate, and "
    "check X and sample_weight for extreme values."
)

Logs = dict[str, float]


class Selection(NamedTuple):
    """Some of the images, by their positions."""

    images: Images
    chosen: np.ndarray


@dataclass(frozen=True)
class Plan:
    """What one run of epochs is to do."""

    epochs: int
    batch_size: int
    seed: int
    patience: int | None = None
    first_epoch: int = 0


@dataclass
class Outcome:
    """What one run of epochs has come to."""

    history: dict[str, list[float]]
    best_epoch: int
    """Counted from 1 over all epochs that the network has seen."""
    best_validation_loss: float | None


class DivergedError(ValueError):
    """Training left the finite numbers."""


def run_epochs(
    program: TrainingProgram,
    training: Selection,
    validation: Selection | None,
    plan: Plan,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    on_best: Callable[[Outcome, Logs], None] | None = None,
) -> Outcome:
    """Train epoch after epoch and leave the network with the best weights.

    The order of the images and every random number of an epoch derive from the seed and
    the number of the epoch alone.

    Parameters
    ----------
    program : TrainingProgram
    training : Selection
        What to train on.
    validation : Selection or None
        What to measure ``val_loss`` on. Without it the last epoch counts as the best.
    plan : Plan
    callbacks : sequence of keras.callbacks.Callback
        Told of every epoch, and of every batch if one of them listens to batches.
    on_best : callable, optional
        Called with the outcome so far and the logs of the epoch whenever an epoch is
        the best so far, while the network shows that epoch's weights.

    Returns
    -------
    Outcome

    Raises
    ------
    DivergedError
        If the loss is no longer a finite number.
    """
    run = _Run(program, training, validation, plan, callbacks)
    outcome = Outcome({}, best_epoch=plan.first_epoch, best_validation_loss=None)
    run.listeners.on_train_begin()
    for epoch in range(plan.first_epoch, plan.first_epoch + plan.epochs):
        logs = run.epoch(epoch)
        _append(outcome.history, logs)
        if _is_best(logs, outcome):
            outcome.best_epoch = epoch + 1
            outcome.best_validation_loss = logs.get("val_loss")
            program.keep_as_best()
            if on_best is not None:
                with program.handing_out():
                    on_best(outcome, logs)
        elif plan.patience is not None and (
            epoch + 1 - outcome.best_epoch >= plan.patience
        ):
            break
        if program.network.stop_training:
            break
    program.restore_best()
    if not program.predicts_numbers(training.images):
        raise DivergedError(f"Training diverged in its last steps. {REMEDY}")
    run.listeners.on_train_end(logs)
    return outcome


class _Run:
    """The parts of a run that one epoch needs."""

    def __init__(
        self,
        program: TrainingProgram,
        training: Selection,
        validation: Selection | None,
        plan: Plan,
        callbacks: Sequence[keras.callbacks.Callback],
    ) -> None:
        self.program = program
        self.training = training
        self.validation = validation
        self.plan = plan
        # No larger than the data: the graph counts in 32 bits.
        self.batch_size = min(plan.batch_size, len(training.chosen))
        self.batches = math.ceil(len(training.chosen) / self.batch_size)
        self.hears_batches = any(_listens_to_batches(each) for each in callbacks)
        program.network.stop_training = False
        if callbacks:
            _build_metrics(program.network)
        self.listeners = keras.callbacks.CallbackList(
            list(callbacks),
            add_history=False,
            add_progbar=False,
            model=program.network,
            epochs=plan.first_epoch + plan.epochs,
            steps=self.batches,
            verbose=0,
        )
        self.has_listeners = len(callbacks) > 0

    def epoch(self, epoch: int) -> Logs:
        """Train for one epoch, measure it, and tell the callbacks."""
        self.listeners.on_epoch_begin(epoch)
        self.program.start_epoch([self.plan.seed, DROPOUT, epoch])
        order = np.random.default_rng([self.plan.seed, ORDER, epoch])
        scores = self._train(order.permutation(self.training.chosen), epoch)
        logs = {"loss": scores.mean_loss, "accuracy": scores.accuracy}
        if self.validation is not None:
            self.listeners.on_test_begin()
            held_out = self.program.evaluate(*self.validation)
            logs |= {"val_loss": held_out.mean_loss, "val_accuracy": held_out.accuracy}
            self.listeners.on_test_end(logs)
        _check_finite(logs, epoch)
        if self.has_listeners:
            with self.program.handing_out():
                self.listeners.on_epoch_end(epoch, logs)
        return logs

    def _train(self, order: np.ndarray, epoch: int) -> Scores:
        plan = self.plan
        per_call = 1 if self.hears_batches else BATCHES_PER_CALL
        step = (epoch - plan.first_epoch) * self.batches
        total = Scores(0.0, 0.0, 0)
        for first in range(0, self.batches, per_call):
            images = order[
                first * self.batch_size : (first + per_call) * self.batch_size
            ]
            if self.hears_batches:
                self.listeners.on_train_batch_begin(first)
            total += self.program.train(
                self.training.images,
                images,
                self.batch_size,
                first_step=step + first,
                total_steps=plan.epochs * self.batches,
            )
            if self.hears_batches:
                self.listeners.on_train_batch_end(
                    first, {"loss": total.mean_loss, "accuracy": total.accuracy}
                )
                if self.program.network.stop_training:
                    break
        return total


def _build_metrics(network: keras.Model) -> None:
    """Let callbacks such as EarlyStopping see which metrics there are."""
    n_classes = network.output_shape[-1]
    one_image = np.full((1, n_classes), 1 / n_classes, dtype=np.float32)
    network.compute_metrics(None, one_image, one_image)
    network.reset_metrics()


def _append(history: dict[str, list[float]], logs: Logs) -> None:
    for name, value in logs.items():
        history.setdefault(name, []).append(float(value))


def _is_best(logs: Logs, outcome: Outcome) -> bool:
    if "val_loss" not in logs or outcome.best_validation_loss is None:
        return True
    return logs["val_loss"] < outcome.best_validation_loss


def _check_finite(logs: Logs, epoch: int) -> None:
    for name, value in logs.items():
        if not math.isfinite(value):
            raise DivergedError(
                f"Training diverged: {name} is {value} after epoch {epoch + 1}. "
                f"{REMEDY}"
            )


def _listens_to_batches(callback: keras.callbacks.Callback) -> bool:
    ignored = keras.callbacks.Callback
    return any(
        getattr(getattr(callback, hook), "__func__", None) is not getattr(ignored, hook)
        for hook in BATCH_HOOKS
    )
