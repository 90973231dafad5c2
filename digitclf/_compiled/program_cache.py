"""Compiled programs kept for the next fit of the same architecture."""

from __future__ import annotations

import json
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from tensorflow.python.eager import context

from digitclf._compiled.architecture import architecture
from digitclf._compiled.losses import label_smoothing_of
from digitclf._compiled.optimizer import build_optimizer, optimized_places
from digitclf._compiled.program import TrainingProgram
from digitclf._compiled.trainer import Distortion

MOST_PROGRAMS = 8
"""Maximum number of idle programs. Each holds a few copies of its weights."""


FREED_PER_CLEANING = 8
"""Number of freed programs after which TensorFlow's caches are cleared."""


class ProgramCache:
    """Lends programs, each to one fit at a time, and keeps the most recently used.

    Parameters
    ----------
    most : int
        Maximum number of idle programs.
    """

    def __init__(self, most: int = MOST_PROGRAMS) -> None:
        self._most = most
        self._idle: list[tuple[Hashable, TrainingProgram]] = []
        """From the least to the most recently used."""
        self._n_freed = 0
        self._lock = threading.Lock()

    @contextmanager
    def lend(
        self,
        network: keras.Model,
        *,
        schedule: str,
        averaged: bool,
        distortion: Distortion | None = None,
    ) -> Iterator[TrainingProgram]:
        """Lend a program for a network, if possible one compiled before.

        Parameters
        ----------
        network : keras.Model
            A compiled model.
        schedule, averaged, distortion
            Parameters of `TrainingProgram`.
        """
        key = _kind_of_program(network, schedule, averaged, distortion)
        program = self._take(key) or TrainingProgram(
            network, schedule=schedule, averaged=averaged, distortion=distortion
        )
        try:
            yield program
        except BaseException:
            key = None  # the state of the program is unknown
            raise
        finally:
            if key is None or self._put_back(key, program):
                self._count_freed()

    def _take(self, key: Hashable) -> TrainingProgram | None:
        with self._lock:
            for entry in self._idle:
                if entry[0] == key:
                    self._idle.remove(entry)
                    return entry[1]
        return None

    def _put_back(self, key: Hashable, program: TrainingProgram) -> bool:
        """Keep an idle program; return whether another one is freed for it."""
        with self._lock:
            kept = [*self._idle, (key, program)]
            self._idle = kept[-self._most :]
            return len(kept) > self._most

    def _count_freed(self) -> None:
        with self._lock:
            self._n_freed += 1
            if self._n_freed % FREED_PER_CLEANING == 0:
                # TensorFlow keeps a kernel for each shape that a variable ever had:
                # 0.7 MB per fit of networks that all differ.
                context.context().clear_kernel_cache()

    def __len__(self) -> int:
        """Return the number of idle programs."""
        return len(self._idle)

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._idle.clear()


PROGRAMS = ProgramCache()
"""The cache of this process."""


def _kind_of_program(
    network: keras.Model,
    schedule: str,
    averaged: bool,
    distortion: Distortion | None,
) -> Hashable | None:
    """Return a key that fits share if they can share a program, None if they cannot."""
    build_optimizer(network)
    optimizer = network.optimizer
    if not type(optimizer).__module__.startswith("keras."):
        return None  # it may have state beyond its variables
    try:
        return (
            architecture(network),
            type(optimizer),
            json.dumps(_without_rate(optimizer)),
            label_smoothing_of(network.loss),
            tuple(optimized_places(network)),
            keras.config.floatx(),  # of the variables of the optimizer
            schedule,
            averaged,
            distortion,
        )
    except TypeError:  # no JSON
        return None


def _without_rate(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Return the configuration of an optimizer except for its variables."""
    config = optimizer.get_config()
    config["name"] = None
    if isinstance(config["learning_rate"], float):
        config["learning_rate"] = None
    return config
