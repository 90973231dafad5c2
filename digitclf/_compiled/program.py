"""The training program: an epoch in calls of a compiled graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from digitclf._compiled.evaluator import Evaluator, HeldOut
from digitclf._compiled.graphs import Graphs
from digitclf._compiled.labelled_images import Selection
from digitclf._compiled.losses import label_smoothing_of
from digitclf._compiled.scores import Scores
from digitclf._compiled.trainer import Distortion, Steps, Trainer
from digitclf._compiled.variables import LARGEST, ProgramVariables

if keras.config.backend() != "tensorflow":
    raise ImportError(
        "digitclf trains with TensorFlow, but Keras is set to the backend "
        f"{keras.config.backend()!r}. Set the environment variable KERAS_BACKEND to "
        "'tensorflow', or leave it unset, before Keras is imported."
    )


class Place(NamedTuple):
    """Place of some images in a run."""

    batch_size: int
    """Images per step of the optimizer."""
    first_step: int
    """Number of steps already taken in this run."""
    total_steps: int
    """Maximum number of steps in this run."""


class Progress(NamedTuple):
    """State of an epoch after a call of the graph."""

    trained: Scores = Scores()
    held_out: Scores = Scores()
    is_best: bool = False
    """Whether the program has kept the weights of this epoch as the best so far."""


class TrainingProgram:
    """A graph that trains any network of one architecture.

    1. `load` copies the weights, the dropout rates, the scaling and the optimizer's
       state of a network.
    2. `train` takes some steps of an epoch and moves the average of the weights along.
    3. `finish` takes the remaining steps, evaluates the average on held-out images and
       keeps it if it is the best so far.
    4. `variables.hand_out` copies the best weights and the optimizer's state to a
       network.

    The results do not depend on how the steps of an epoch are divided into calls, nor
    on what was loaded before.

    Parameters
    ----------
    network : keras.Model
        A compiled model that ends in a softmax over the classes, as an example of the
        architecture. It is not changed.
    schedule : {"constant", "one_cycle"}
        How the learning rate moves. ``"constant"`` leaves it to the optimizer (and to
        callbacks).
    averaged : bool
        Whether the weights are averaged: an exponential moving average [1]_.
    distortion : Distortion, optional
        Distortion of the training images.

    Attributes
    ----------
    variables : ProgramVariables
        What the program trains.

    References
    ----------
    .. [1] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
       averaging", SIAM Journal on Control and Optimization 30(4), 1992.
    """

    def __init__(
        self,
        network: keras.Model,
        *,
        schedule: str,
        averaged: bool,
        distortion: Distortion | None = None,
    ) -> None:
        label_smoothing = label_smoothing_of(network.loss)
        self.variables = ProgramVariables(network, averaged=averaged)
        self._trainer = Trainer(
            self.variables,
            network,
            label_smoothing=label_smoothing,
            schedule=schedule,
            distortion=distortion,
        )
        self._evaluator = Evaluator(self.variables, label_smoothing)
        self._graphs = Graphs()

    def load(
        self,
        network: keras.Model,
        ema_momentum: float | None = None,
        pixel_range: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        """Begin a run with the weights, the rates and the optimizer of a network.

        Parameters
        ----------
        network : keras.Model
            Of this program's architecture.
        ema_momentum : float, optional
            Momentum of the average of the weights.
        pixel_range : tuple of (low, high)
            Range of the pixel values, for the distortion of images.
        """
        self.variables.load(network)
        self._trainer.load(network.optimizer, ema_momentum, pixel_range)

    def start_epoch(
        self, entropy: Sequence[int], distortion_entropy: Sequence[int]
    ) -> None:
        """Derive the random numbers of the coming epoch from these numbers alone.

        Parameters
        ----------
        entropy : sequence of int
            For dropout.
        distortion_entropy : sequence of int
            For the distortion of images.
        """
        self.variables.seed_dropout(entropy)
        self._trainer.seed_distortion(distortion_entropy)

    def train(self, training: Selection, progress: Progress, place: Place) -> Progress:
        """Train on all images of a selection, in their order, as a part of an epoch.

        Parameters
        ----------
        training : Selection
            Consecutive batches of the epoch.
        progress : Progress
            State of the epoch before this call.
        place : Place

        Returns
        -------
        Progress
            State of the epoch after this call.
        """
        sums = self._call(self._train, _steps(training, progress, place))
        trained = progress.trained.updated(sums, len(training.chosen))
        return progress._replace(trained=trained)

    def finish(
        self,
        training: Selection,
        to_measure: np.ndarray,
        held_out: Selection,
        progress: Progress,
        place: Place,
        *,
        ends_epoch: bool,
        compares: bool,
    ) -> Progress:
        """Train on the remaining images of an epoch and evaluate held-out ones.

        Parameters
        ----------
        training : Selection
            The remaining images to train on. There may be none.
        to_measure : ndarray of int
            Positions of training images. The statistics of batch normalization are
            measured on them after training. There may be none.
        held_out : Selection
            Images to evaluate with the weights that are handed out.
        progress : Progress
            State of the epoch before this call.
        place : Place
        ends_epoch : bool
            Whether these are the last held-out images: the weights are then kept if
            they are the best so far.
        compares : bool
            Whether the best weights are those with the smallest loss on the held-out
            images, or the latest ones.

        Returns
        -------
        Progress
            State of the epoch after this call.
        """
        *sums, is_best = self._call(
            self._finish,
            _steps(training, progress, place),
            HeldOut(
                tf.constant(to_measure, tf.int32),
                held_out.images,
                tf.constant(held_out.chosen, tf.int32),
                progress.held_out.as_sums(),
                tf.constant(ends_epoch),
                tf.constant(compares),
            ),
        )
        return Progress(
            progress.trained.updated(sums[:2], len(training.chosen)),
            progress.held_out.updated(sums[2:], len(held_out.chosen)),
            bool(is_best),
        )

    def _call(self, function: Callable, *args: Steps | HeldOut) -> list[float]:
        """Call a function, compiled for images of these dtypes."""
        key = function.__name__, *(arg.images.pixels.dtype for arg in args)
        return self._graphs.call(key, function, *args).numpy().tolist()

    # The methods below are compiled.

    def _train(self, steps: Steps) -> tf.Tensor:
        return self._trainer.train(steps)

    def _finish(self, steps: Steps, held_out: HeldOut) -> tf.Tensor:
        trained = self._trainer.train(steps)
        evaluated = self._evaluator.finish(steps.images, held_out, trained)
        return tf.concat([trained, evaluated], 0)


def _steps(training: Selection, progress: Progress, place: Place) -> Steps:
    return Steps(
        training.images,
        tf.constant(training.chosen, tf.int32),
        tf.constant(place.batch_size, tf.int32),
        tf.constant(place.first_step, tf.float32),
        tf.constant(float(min(place.total_steps, float(LARGEST))), tf.float32),
        progress.trained.as_sums(),
    )
