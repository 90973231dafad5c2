"""The run of epochs: order of the images, early stopping, callbacks and history."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import keras
import numpy as np

from digitclf._compiled.optimizer import reset_optimizer
from digitclf._compiled.program import (
    EVALUATION_BATCH_SIZE,
    IMAGES_TO_MEASURE,
    Place,
    Progress,
    Scores,
    Selection,
    TrainingProgram,
)
from digitclf._messages import warn_caller
from digitclf._training.listeners import Listeners, Logs
from digitclf._training.pace import Pace
from digitclf._training.progress import Display, NoDisplay
from digitclf._training.resume import ResumeFile, SavedRun, check_state

ORDER, DROPOUT, DISTORTION = 0, 1, 2
"""Separate streams of random numbers under one seed."""

FEW_IMAGES = 32
"""Number of training images evaluated after an epoch without held-out ones."""

REMEDY = (
    "The learning rate is most likely too large: try a smaller learning_rate, and "
    "check X, sample_weight and weight_decay for extreme values."
)


@dataclass(frozen=True)
class Plan:
    """Length and settings of a run of epochs."""

    epochs: int
    batch_size: int
    seed: int
    patience: int | None = None
    first_epoch: int = 0
    ends_with_best: bool = True
    """Whether the network gets the weights of the best epoch in the end, or the latest
    ones."""


@dataclass
class Outcome:
    """Result of a run of epochs."""

    epochs: list[Logs] = field(default_factory=list)
    """Losses and metrics of each epoch."""
    best_epoch: int = 0
    """Counted from 1 over all epochs that the network was trained for."""
    best_validation_loss: float | None = None


class DivergedError(ValueError):
    """A loss or a weight became infinite or NaN."""


def run_epochs(
    program: TrainingProgram,
    network: keras.Model,
    training: Selection,
    validation: Selection | None,
    plan: Plan,
    *,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    display: Display | None = None,
    on_best: Callable[[Outcome], None] | None = None,
    resume_file: ResumeFile | None = None,
    saved: SavedRun | None = None,
) -> Outcome:
    """Train a network for some epochs.

    The order of the images and all random numbers of an epoch derive from the seed and
    the number of the epoch alone.

    Parameters
    ----------
    program : TrainingProgram
        A program loaded with the network.
    network : keras.Model
        The network that callbacks see, and that gets the weights in the end.
    training : Selection
        Images to train on.
    validation : Selection or None
        Images to measure ``val_loss`` on. Without them the last epoch is the best.
    plan : Plan
    callbacks : sequence of keras.callbacks.Callback
        Called for every epoch, and for every batch if one of them implements a hook
        for batches.
    display : Display, optional
        Shows the progress of the run.
    on_best : callable, optional
        Called with the outcome so far when an epoch is the best so far, while the
        network has its weights. Callbacks hear of the epoch after that.
    resume_file : ResumeFile, optional
        Written after every epoch but the last, and before the first.
    saved : SavedRun, optional
        The state of a run to go on with.

    Returns
    -------
    Outcome

    Raises
    ------
    DivergedError
        If the loss is not finite and there is no earlier epoch to end with, or if a
        weight is not finite in the end.
    """
    run = _Run(program, network, training, validation, plan, callbacks, display)
    outcome = Outcome(best_epoch=plan.first_epoch)
    if saved:
        outcome = _outcome_of(saved)
        check_state(saved.state, program.state_specs())
        program.load_state(saved.state)
    run.listeners.call("on_train_begin")
    if saved:  # which contains what callbacks changed in the beginning
        program.load_state(saved.state)
    first, last = plan.first_epoch + len(outcome.epochs), plan.first_epoch + plan.epochs
    for epoch in range(first, last):
        if resume_file:
            resume_file.write(outcome.epochs, outcome.best_epoch, program.state())
        try:
            logs, is_best = run.epoch(epoch)
        except DivergedError as error:
            if not plan.ends_with_best or outcome.best_epoch == plan.first_epoch:
                raise
            warn_caller(
                f"{error} The fit ends with the weights of epoch {outcome.best_epoch}, "
                "the best one before."
            )
            reset_optimizer(network)
            program.load_optimizer(network.optimizer)
            break
        outcome.epochs.append(logs)
        if resume_file:
            resume_file.wait()
        if is_best:
            outcome.best_epoch = epoch + 1
            outcome.best_validation_loss = logs.get("val_loss")
            if on_best is not None:
                program.hand_out(network)
                on_best(outcome)
        run.end_epoch(epoch, logs)
        if run.listeners.want_to_stop or (
            not is_best
            and plan.patience is not None
            and epoch + 1 - outcome.best_epoch >= plan.patience
        ):
            break
    if plan.ends_with_best:
        program.hand_out(network)
    else:
        program.show(network, averaged=False)
    _check_finite_weights(network)
    run.listeners.call("on_train_end", outcome.epochs[-1], final=True)
    return outcome


def _outcome_of(saved: SavedRun) -> Outcome:
    outcome = Outcome(list(saved.epochs), saved.best_epoch)
    if saved.epochs:
        best = saved.epochs[saved.best_epoch - saved.first_epoch - 1]
        outcome.best_validation_loss = best.get("val_loss")
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
        display: Display | None,
    ) -> None:
        self.program = program
        self.training = training
        self.validation = validation
        self.plan = plan
        self.display = display or NoDisplay()
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
        n_weights = network.count_params()
        self.training_pace = Pace(n_weights * self.batch_size)
        self.evaluation_pace = Pace(n_weights * EVALUATION_BATCH_SIZE)

    def epoch(self, epoch: int) -> tuple[Logs, bool]:
        """Train for one epoch; return its logs and whether it is the best so far.

        Raises
        ------
        DivergedError
            If the loss is not finite.
        """
        self.listeners.call("on_epoch_begin", epoch)
        self.display.begin_epoch(epoch)
        self.program.start_epoch(
            [self.plan.seed, DROPOUT, epoch], [self.plan.seed, DISTORTION, epoch]
        )
        order = np.random.default_rng([self.plan.seed, ORDER, epoch])
        shuffled = self.training._replace(
            chosen=order.permutation(self.training.chosen)
        )
        n_trained, progress = self._train(shuffled, epoch)
        progress = self._finish(shuffled, n_trained, progress, epoch)
        logs = _means(progress.trained)
        if self.validation is not None:
            logs |= _means(progress.held_out, "val_")
        _check_finite(logs | {"the loss": progress.held_out.loss}, epoch)
        return logs, progress.is_best

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Report the end of an epoch; add numbers of callbacks to its logs."""
        logs |= self.listeners.call("on_epoch_end", epoch, logs, averaged=True)
        self.display.end_epoch(epoch, logs)

    def _train(self, training: Selection, epoch: int) -> tuple[int, Progress]:
        """Train on the images in their order, except for those of the last call.

        Returns the number of batches and the scores. Callbacks that listen to batches
        need a call per batch, and another one for the held-out images.
        """
        listening = self.listeners.hear_inside_epochs
        progress, batch = Progress(), 0
        while batch < self.batches:
            n_batches = 1 if listening else self.training_pace.units
            if listening:
                self.listeners.call("on_train_batch_begin", batch)
            elif batch + n_batches >= self.batches:
                break
            progress = self.training_pace.measure(
                n_batches,
                partial(
                    self.program.train,
                    self._batches(training, batch, n_batches),
                    progress,
                    self._place(epoch, batch),
                ),
            )
            batch += n_batches
            logs = _means(progress.trained)
            self.display.update_epoch(epoch, batch / self.batches, logs)
            if listening:
                self.listeners.call("on_train_batch_end", batch - 1, logs)
                if self.listeners.want_to_stop:
                    return self.batches, progress
        return batch, progress

    def _finish(
        self, training: Selection, n_trained: int, progress: Progress, epoch: int
    ) -> Progress:
        """Train on the remaining batches and evaluate the held-out images."""
        call = self.listeners.call
        rest = self._batches(training, n_trained, self.batches)
        to_measure = training.chosen[:IMAGES_TO_MEASURE]
        few = training._replace(chosen=training.chosen[:FEW_IMAGES])
        held_out = self.validation or few
        n_images = len(held_out.chosen)
        if self.validation:
            call("on_test_begin", averaged=True)
            call("on_test_batch_begin", 0, averaged=True)
        while progress.held_out.n_samples < n_images:
            start = progress.held_out.n_samples
            end = start + EVALUATION_BATCH_SIZE * self.evaluation_pace.units
            part = held_out._replace(chosen=held_out.chosen[start:end])
            progress = self.evaluation_pace.measure(
                self.evaluation_pace.units,
                partial(
                    self.program.finish,
                    rest,
                    to_measure,
                    part,
                    progress,
                    self._place(epoch, n_trained),
                    ends_epoch=end >= n_images,
                    compares=self.validation is not None,
                ),
            )
            rest = self._batches(training, self.batches, 0)
            to_measure = rest.chosen
        if self.validation:
            logs = _means(progress.held_out)
            call("on_test_batch_end", 0, logs, averaged=True)
            call("on_test_end", logs, averaged=True)
        return progress

    def _batches(self, training: Selection, first: int, n_batches: int) -> Selection:
        start, end = first * self.batch_size, (first + n_batches) * self.batch_size
        return training._replace(chosen=training.chosen[start:end])

    def _place(self, epoch: int, batch: int) -> Place:
        return Place(
            batch_size=self.batch_size,
            first_step=(epoch - self.plan.first_epoch) * self.batches + batch,
            total_steps=self.plan.epochs * self.batches,
        )


def _means(scores: Scores, prefix: str = "") -> Logs:
    return {f"{prefix}loss": scores.mean_loss, f"{prefix}accuracy": scores.accuracy}


def _check_finite(measured: Logs, epoch: int) -> None:
    for name, value in measured.items():
        if not math.isfinite(value):
            raise DivergedError(
                f"Training diverged: {name} is {value} after epoch {epoch + 1}. "
                f"{REMEDY}"
            )


def _check_finite_weights(network: keras.Model) -> None:
    # An activation can hide them from the loss: relu turns NaN into 0.
    for variable in network.variables:
        if not np.isfinite(variable.numpy()).all():
            raise DivergedError(
                f"Training diverged: {variable.path} has values that are not finite. "
                f"{REMEDY}"
            )
