"""Compiled programs kept for the next fit of the same architecture."""

from __future__ import annotations

import json
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from digitclf._compiled.architecture import architecture
from digitclf._compiled.program import TrainingProgram

MOST_PROGRAMS = 8
"""That are kept while nobody trains with them; each is some copies of its weights."""


class ProgramCache:
    """Lends programs, each to one fit at a time, and keeps those used last.

    Parameters
    ----------
    most : int
        Programs that are kept.
    """

    def __init__(self, most: int = MOST_PROGRAMS) -> None:
        self._most = most
        self._idle: list[tuple[Hashable, TrainingProgram]] = []
        """From the one used longest ago to the one used last."""
        self._lock = threading.Lock()

    @contextmanager
    def lend(
        self, network: keras.Model, *, schedule: str, averaged: bool
    ) -> Iterator[TrainingProgram]:
        """Lend a program for a network, compiled before if there was one like it.

        Parameters
        ----------
        network : keras.Model
            A compiled model.
        schedule : str
        averaged : bool
            As `TrainingProgram` takes them.
        """
        key = _kind_of_program(network, schedule, averaged)
        program = self._take(key) or TrainingProgram(
            network, schedule=schedule, averaged=averaged
        )
        try:
            yield program
        finally:
            program.close()
        # Not after an error, of which it is not known what it has left.
        if key is not None:
            self._put_back(key, program)

    def _take(self, key: Hashable) -> TrainingProgram | None:
        with self._lock:
            for entry in self._idle:
                if entry[0] == key:
                    self._idle.remove(entry)
                    return entry[1]
        return None

    def _put_back(self, key: Hashable, program: TrainingProgram) -> None:
        with self._lock:
            self._idle = [*self._idle, (key, program)][-self._most :]

    def __len__(self) -> int:
        """Return how many programs are kept."""
        return len(self._idle)

    def clear(self) -> None:
        """Forget all programs."""
        with self._lock:
            self._idle.clear()


PROGRAMS = ProgramCache()
"""Of this process."""


def _kind_of_program(
    network: keras.Model, schedule: str, averaged: bool
) -> Hashable | None:
    """Return what fits that can share a program have in common, None if none can."""
    optimizer = network.optimizer
    if not type(optimizer).__module__.startswith("keras."):
        return None  # it may hold more than its variables
    try:
        return (
            architecture(network),
            type(optimizer),
            json.dumps(_without_rate(optimizer)),
            json.dumps(keras.losses.serialize(network.loss)),
            keras.config.floatx(),  # of the variables of the optimizer
            schedule,
            averaged,
        )
    except TypeError:  # no JSON
        return None


def _without_rate(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Return the configuration of an optimizer without what is a variable in it."""
    config = optimizer.get_config()
    config["name"] = None
    if isinstance(config["learning_rate"], float):
        config["learning_rate"] = None
    return config
