"""The run of epochs: order of the images, early stopping, callbacks and history."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import keras
import numpy as np

from digitclf._compiled.evaluator import EVALUATION_BATCH_SIZE, IMAGES_TO_MEASURE
from digitclf._compiled.labelled_images import Selection
from digitclf._compiled.optimizer import reset_optimizer
from digitclf._compiled.program import Place, Progress, TrainingProgram
from digitclf._compiled.scores import Scores
from digitclf._compiled.variables import ProgramState
from digitclf._messages import warn_caller
from digitclf._training.listeners import Listeners, Logs
from digitclf._training.pace import Pace
from digitclf._training.progress import Display, NoDisplay
from digitclf._training.resume_file import ResumeFile
from digitclf._training.saved_run import SavedRun, check_state
from digitclf._training.windows import Generators, InMemory, Source

ORDER, DROPOUT, DISTORTION, BLOCKS = 0, 1, 2, 3
"""Separate streams of random numbers under one seed."""

FEW_IMAGES = 32
"""Number of training images evaluated after an epoch without held-out ones."""

REMEDY = (
    "The learning rate is most likely too large: try a smaller learning_rate, and "
    "check X, sample_weight and weight_decay for extreme values."
)


class Stream(NamedTuple):
    """State of training that is divided into several runs."""

    averaged: bool = False
    """Whether the network gets the average of the weights after each run."""
    total_steps: int | None = None
    """Number of steps in all runs, if the learning rate depends on it."""
    steps: int = 0
    """Number of steps so far."""
    state: ProgramState | None = None
    """Weights and their average, if the network got the average."""


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
    stream: Stream | None = None
    """What the run is a part of, if it is not the whole training."""


@dataclass
class Outcome:
    """Result of a run of epochs."""

    epochs: list[Logs] = field(default_factory=list)
    """Losses and metrics of each epoch."""
    best_epoch: int = 0
    """Counted from 1 over all epochs that the network was trained for."""
    best_validation_loss: float | None = None
    stream: Stream | None = None
    """Where the next run of a stream begins."""


class DivergedError(ValueError):
    """A loss or a weight became infinite or NaN."""


def run_epochs(
    program: TrainingProgram,
    network: keras.Model,
    training: Source,
    validation: Source | None,
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
    training : Source
        Images to train on.
    validation : Source or None
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
    variables = program.variables
    outcome = Outcome(best_epoch=plan.first_epoch)
    if plan.stream and plan.stream.state:
        variables.load_state(plan.stream.state)
    if saved:
        outcome = _outcome_of(saved)
        check_state(saved.state, variables.state_specs())
        variables.load_state(saved.state)
    run.listeners.call("on_train_begin")
    if saved:  # which contains what callbacks changed in the beginning
        variables.load_state(saved.state)
    first, last = plan.first_epoch + len(outcome.epochs), plan.first_epoch + plan.epochs
    for epoch in range(first, last):
        if resume_file:
            resume_file.write(outcome.epochs, outcome.best_epoch, variables.state())
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
            variables.load_optimizer(network.optimizer)
            break
        outcome.epochs.append(logs)
        if resume_file:
            resume_file.wait()
        if is_best:
            outcome.best_epoch = epoch + 1
            outcome.best_validation_loss = logs.get("val_loss")
            if on_best is not None:
                variables.hand_out(network)
                on_best(outcome)
        run.end_epoch(epoch, logs)
        if run.listeners.want_to_stop or (
            not is_best
            and plan.patience is not None
            and epoch + 1 - outcome.best_epoch >= plan.patience
        ):
            break
    if plan.ends_with_best:
        variables.hand_out(network)
    else:
        variables.show(network, averaged=bool(plan.stream and plan.stream.averaged))
    _check_finite_weights(network)
    if plan.stream:
        outcome.stream = plan.stream._replace(
            steps=plan.stream.steps + run.batches * len(outcome.epochs),
            state=variables.average_state() if plan.stream.averaged else None,
        )
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
        training: Source,
        validation: Source | None,
        plan: Plan,
        callbacks: Sequence[keras.callbacks.Callback],
        display: Display | None,
    ) -> None:
        self.program = program
        self.training = training.ready()
        self.validation = validation.ready() if validation is not None else None
        self.plan = plan
        self.display = display or NoDisplay()
        # No larger than the data: the graph counts in 32 bits.
        self.batch_size = min(plan.batch_size, len(training))
        self.batches = math.ceil(len(training) / self.batch_size)
        self.listeners = Listeners(
            callbacks,
            network,
            program.variables,
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
        progress = self._train(epoch)
        logs = _means(progress.trained)
        if self.validation is not None:
            logs |= _means(progress.held_out, "val_")
        _check_finite(logs | {"the loss": progress.held_out.loss}, epoch)
        return logs, progress.is_best

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Report the end of an epoch; add numbers of callbacks to its logs."""
        logs |= self.listeners.call("on_epoch_end", epoch, logs, averaged=True)
        self.display.end_epoch(epoch, logs)

    def _train(self, epoch: int) -> Progress:
        """Train on all images, window by window, and evaluate the held-out ones."""
        progress, n_before = Progress(), 0
        generators = Generators(
            images=np.random.default_rng([self.plan.seed, ORDER, epoch]),
            blocks=np.random.default_rng([self.plan.seed, BLOCKS, epoch]),
        )
        windows = self.training.shuffled(generators, self.batch_size)
        with closing(windows):
            for window in windows:
                n_trained, progress = self._train_window(
                    window, n_before, progress, epoch
                )
                n_after = n_before + math.ceil(len(window.chosen) / self.batch_size)
                if n_after == self.batches or self._is_stopped:
                    break
                n_before = n_after
        return self._finish(window, n_before, n_trained, progress, epoch)

    @property
    def _is_stopped(self) -> bool:
        """Whether a callback that listens to batches has asked to stop training."""
        return self.listeners.hear_inside_epochs and self.listeners.want_to_stop

    def _train_window(
        self, window: Selection, n_before: int, progress: Progress, epoch: int
    ) -> tuple[int, Progress]:
        """Train on a window, except for the batches of the last call of the epoch.

        Returns the number of batches of the window and the scores. Callbacks that
        listen to batches need a call per batch, and another one for the held-out
        images.
        """
        listening = self.listeners.hear_inside_epochs
        batches = math.ceil(len(window.chosen) / self.batch_size)
        is_last = n_before + batches == self.batches
        batch = 0
        while batch < batches:
            n_batches = 1 if listening else self.training_pace.units
            if listening:
                self.listeners.call("on_train_batch_begin", n_before + batch)
            elif batch + n_batches >= batches:
                if is_last:
                    break
                n_batches = batches - batch
            progress = self.training_pace.measure(
                n_batches,
                partial(
                    self.program.train,
                    self._batches(window, batch, n_batches),
                    progress,
                    self._place(epoch, n_before + batch),
                ),
            )
            batch += n_batches
            logs = _means(progress.trained)
            share = (n_before + batch) / self.batches
            self.display.update_epoch(epoch, share, logs)
            if listening:
                self.listeners.call("on_train_batch_end", n_before + batch - 1, logs)
                if self._is_stopped:
                    return batches, progress
        return batch, progress

    def _finish(
        self,
        window: Selection,
        n_before: int,
        n_trained: int,
        progress: Progress,
        epoch: int,
    ) -> Progress:
        """Train on the remaining batches and evaluate the held-out images."""
        call = self.listeners.call
        rest = self._batches(window, n_trained, self.batches)
        to_measure = window.chosen[:IMAGES_TO_MEASURE]
        few = InMemory(window.images, window.chosen[:FEW_IMAGES])
        compares = self.validation is not None
        held_out = self.validation or few
        if compares:
            call("on_test_begin", averaged=True)
            call("on_test_batch_begin", 0, averaged=True)
        for part in self._parts(held_out):
            n_evaluated = progress.held_out.n_samples + len(part.chosen)
            progress = self.evaluation_pace.measure(
                self.evaluation_pace.units,
                partial(
                    self.program.finish,
                    rest,
                    to_measure,
                    part,
                    progress,
                    self._place(epoch, n_before + n_trained),
                    ends_epoch=n_evaluated == len(held_out),
                    compares=compares,
                ),
            )
            rest = self._batches(window, self.batches, 0)
            to_measure = rest.chosen
        if compares:
            logs = _means(progress.held_out)
            call("on_test_batch_end", 0, logs, averaged=True)
            call("on_test_end", logs, averaged=True)
        return progress

    def _parts(self, held_out: Source) -> Iterator[Selection]:
        """Yield the images that each call evaluates."""
        with closing(held_out.in_order()) as windows:
            for window in windows:
                start = 0
                while start < len(window.chosen):
                    end = start + EVALUATION_BATCH_SIZE * self.evaluation_pace.units
                    yield window._replace(chosen=window.chosen[start:end])
                    start = end

    def _batches(self, training: Selection, first: int, n_batches: int) -> Selection:
        start, end = first * self.batch_size, (first + n_batches) * self.batch_size
        return training._replace(chosen=training.chosen[start:end])

    def _place(self, epoch: int, batch: int) -> Place:
        stream = self.plan.stream or Stream()
        first_step = (epoch - self.plan.first_epoch) * self.batches + batch
        return Place(
            batch_size=self.batch_size,
            first_step=stream.steps + first_step,
            total_steps=stream.total_steps or self.plan.epochs * self.batches,
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
