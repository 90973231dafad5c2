"""Results of trials, child processes, and the small fits that they disturb."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

PATIENCE = 120.0
"""Seconds after which a child process counts as hanging."""

HELD = "held"

# A server that has imported digitclf. TensorFlow has not computed anything in it, so
# its forks can.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["digitclf._saving"])


@dataclass
class Result:
    """Outcomes of the trials of one kind."""

    what: str
    outcomes: Counter[str] = field(default_factory=Counter)
    """``held``, or in words what went wrong."""
    worst: dict[str, float] = field(default_factory=dict)
    """Largest values that were measured, such as seconds."""

    def note(self, outcome: str, **measured: float) -> None:
        self.outcomes[outcome] += 1
        for name, value in measured.items():
            self.worst[name] = max(value, self.worst.get(name, 0.0))

    @property
    def tried(self) -> int:
        return self.outcomes.total()

    @property
    def held(self) -> int:
        return self.outcomes[HELD]

    @property
    def failures(self) -> str:
        return "; ".join(
            f"{count} × {outcome}"
            for outcome, count in self.outcomes.items()
            if outcome != HELD
        )


def few_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 400 images of 8 × 8 pixels and their labels."""
    X, y = load_digits(return_X_y=True)
    return X[:400].astype(np.uint8), y[:400]


def small_classifier(number: int, **params: Any) -> Any:
    """Return an unfitted classifier, by turns a dense and a convolutional one."""
    from digitclf import CNNDigitClassifier, MLPDigitClassifier

    common = {
        "epochs": 8,
        "batch_size": 50,
        "dropout": 0.2,
        "hidden_layer_sizes": (32,),
        "ema_momentum": 0.9,
        "schedule": ("constant", "one_cycle")[number // 2 % 2],
        "random_state": number % 4,
    }
    if number % 2:
        return CNNDigitClassifier(filters=(4, 8), **(common | params))
    return MLPDigitClassifier(**(common | params))


def digest(clf: Any) -> str:
    """Return a hash of the weights and the history of a fitted classifier."""
    content = hashlib.sha256()
    for weight in clf.model_.get_weights():
        content.update(weight.tobytes())
    content.update(repr((clf.history_, clf.best_epoch_, clf.n_iter_)).encode())
    return content.hexdigest()


def start(target: Callable[..., None], *args: Any) -> tuple[Any, Any]:
    """Start a function in a child process; return the process and a connection to it.

    The function gets the other end of the connection first.
    """
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(theirs, *args), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def receive(connection: Any, seconds: float = PATIENCE) -> Any:
    """Return the next message of a child process, or None if it hangs or has died."""
    try:
        return connection.recv() if connection.poll(seconds) else None
    except EOFError:
        return None


def moments(count: int, duration: float, seed: int) -> Iterator[float]:
    """Yield random moments within a duration, in seconds."""
    generator = random.Random(seed)
    for _ in range(count):
        yield generator.uniform(0.0, duration)


def wait(seconds: float) -> None:
    time.sleep(seconds)


def leftovers(folder: Path) -> list[str]:
    """Return the names of files in a folder that are not model files."""
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".keras")
