"""The run of epochs: order of the images, early stopping, callbacks and history."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from digitclf._compiled.program import Conclusion, Scores, Selection, TrainingProgram
from digitclf._training.listeners import Listeners, Logs

ORDER, DROPOUT = 0, 1
"""Separate streams of random numbers under one seed."""

REMEDY = (
    "The learning rate is most likely too large: try a smaller learning_rate, and "
    "check X and sample_weight for extreme values."
)


@dataclass(frozen=True)
class Plan:
    """What one run of epochs is to do."""

    epochs: int
    batch_size: int
    seed: int
    patience: int | None = None
    first_epoch: int = 0
    ends_with_best: bool = True
    """Whether the network gets the weights of the best epoch in the end, or those that
    the next epoch would go on with."""


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
    network: keras.Model,
    training: Selection,
    validation: Selection | None,
    plan: Plan,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    on_best: Callable[[Outcome, Logs], None] | None = None,
) -> Outcome:
    """Train epoch after epoch and give the network what has come of it.

    The order of the images and every random number of an epoch derive from the seed and
    the number of the epoch alone.

    Parameters
    ----------
    program : TrainingProgram
        Loaded with the network.
    network : keras.Model
        What callbacks see in the meantime, and what gets the weights in the end.
    training : Selection
        What to train on.
    validation : Selection or None
        What to measure ``val_loss`` on. Without it the last epoch counts as the best.
    plan : Plan
    callbacks : sequence of keras.callbacks.Callback
        Told of every epoch, and of every batch if one of them listens to batches.
    on_best : callable, optional
        Called with the outcome so far and the logs of the epoch whenever an epoch is
        the best so far, while the network has that epoch's weights.

    Returns
    -------
    Outcome

    Raises
    ------
    DivergedError
        If the loss, or a weight in the end, is no finite number.
    """
    run = _Run(program, network, training, validation, plan, callbacks)
    outcome = Outcome({}, best_epoch=plan.first_epoch, best_validation_loss=None)
    run.listeners.tell("on_train_begin")
    for epoch in range(plan.first_epoch, plan.first_epoch + plan.epochs):
        logs, is_best = run.epoch(epoch)
        _append(outcome.history, logs)
        if is_best:
            outcome.best_epoch = epoch + 1
            outcome.best_validation_loss = logs.get("val_loss")
            if on_best is not None:
                program.hand_out(network)
                on_best(outcome, logs)
        elif plan.patience is not None and (
            epoch + 1 - outcome.best_epoch >= plan.patience
        ):
            break
        if run.listeners.want_to_stop:
            break
    if plan.ends_with_best:
        program.hand_out(network)
    else:
        program.show(network, averaged=False)
    _check_finite_weights(network)
    run.listeners.tell("on_train_end", logs, final=True)
    return outcome


class _Run:
    """The parts of a run that one epoch needs."""

    def __init__(
        self,
        program: TrainingProgram,
        network: keras.Model,
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
        self.listeners = Listeners(
            callbacks,
            network,
            program,
            epochs=plan.first_epoch + plan.epochs,
            steps=self.batches,
        )

    def epoch(self, epoch: int) -> tuple[Logs, bool]:
        """Train for one epoch and tell the callbacks; return whether it is the best."""
        self.listeners.tell("on_epoch_begin", epoch)
        self.program.start_epoch([self.plan.seed, DROPOUT, epoch])
        order = np.random.default_rng([self.plan.seed, ORDER, epoch])
        shuffled = self.training._replace(
            chosen=order.permutation(self.training.chosen)
        )
        first_step = (epoch - self.plan.first_epoch) * self.batches
        run = self._in_parts if self.listeners.hear_inside_epochs else self._at_once
        trained, conclusion = run(shuffled, first_step)
        logs = {"loss": trained.mean_loss, "accuracy": trained.accuracy}
        held_out = conclusion.held_out
        if self.validation is not None:
            logs |= {"val_loss": held_out.mean_loss, "val_accuracy": held_out.accuracy}
        _check_finite(logs | {"the loss": held_out.loss}, epoch)
        self.listeners.tell("on_epoch_end", epoch, logs, averaged=True)
        return logs, conclusion.is_best

    def _at_once(
        self, training: Selection, first_step: int
    ) -> tuple[Scores, Conclusion]:
        return self.program.run_epoch(
            training, self.validation, self.batch_size, first_step, self._total_steps
        )

    def _in_parts(
        self, training: Selection, first_step: int
    ) -> tuple[Scores, Conclusion]:
        """Do the same as `_at_once`, with callbacks in between."""
        tell = self.listeners.tell
        total = Scores(0.0, 0.0, 0)
        for number in range(self.batches):
            start = number * self.batch_size
            batch = training.chosen[start : start + self.batch_size]
            tell("on_train_batch_begin", number)
            scores = self.program.train(
                training._replace(chosen=batch),
                self.batch_size,
                first_step + number,
                self._total_steps,
            )
            total = total.plus(scores)
            logs = {"loss": total.mean_loss, "accuracy": total.accuracy}
            tell("on_train_batch_end", number, logs)
            if self.listeners.want_to_stop:
                break
        if self.validation is not None:
            tell("on_test_begin", averaged=True)
            tell("on_test_batch_begin", 0, averaged=True)
        conclusion = self.program.conclude(training, self.validation)
        if self.validation is not None:
            held_out = conclusion.held_out
            logs = {"loss": held_out.mean_loss, "accuracy": held_out.accuracy}
            tell("on_test_batch_end", 0, logs, averaged=True)
            tell("on_test_end", logs, averaged=True)
        return total, conclusion

    @property
    def _total_steps(self) -> int:
        return self.plan.epochs * self.batches


def _append(history: dict[str, list[float]], logs: Logs) -> None:
    for name, value in logs.items():
        history.setdefault(name, []).append(float(value))


def _check_finite(measured: Logs, epoch: int) -> None:
    for name, value in measured.items():
        if not math.isfinite(value):
            raise DivergedError(
                f"Training diverged: {name} is {value} after epoch {epoch + 1}. "
                f"{REMEDY}"
            )


def _check_finite_weights(network: keras.Model) -> None:
    # An activation can hide them from the loss: relu makes 0 of NaN.
    for variable in network.variables:
        if not np.isfinite(variable.numpy()).all():
            raise DivergedError(
                f"Training diverged: {variable.path} has values that are not finite. "
                f"{REMEDY}"
            )
