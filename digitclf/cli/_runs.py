"""The ways in which ``digitclf train`` trains: parameters and images of each."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class Model(StrEnum):
    """The networks to choose from."""

    CNN = "cnn"
    MLP = "mlp"


class Schedule(StrEnum):
    """The ways of the learning rate to choose from."""

    CONSTANT = "constant"
    ONE_CYCLE = "one_cycle"


CLASS_NAMES = {Model.CNN: "CNNDigitClassifier", Model.MLP: "MLPDigitClassifier"}

RUNS: dict[Model, dict[str, Any]] = {
    Model.CNN: {
        "epochs": 4,
        "batch_size": 64,
        "learning_rate": 3e-3,
        "ema_momentum": 0.998,
        "schedule": "one_cycle",
        "hidden_dropout": 0.25,
        "loss__label_smoothing": 0.05,
    },
    Model.MLP: {},
}
"""Parameters: for the CNN a short run, whose length is known when it begins, the most
accurate on validation images of those tried. A short run wants less dropout, and
smoothed labels in its place. The MLP's defaults are short already."""

QUICK_RUNS: dict[Model, tuple[int, dict[str, Any]]] = {
    Model.CNN: (
        15_000,
        {
            "epochs": 2,
            "batch_size": 32,
            "learning_rate": 3e-3,
            "schedule": "one_cycle",
        },
    ),
    Model.MLP: (
        60_000,
        {
            "epochs": 5,
            "batch_size": 100,
            "learning_rate": 3e-3,
            "schedule": "one_cycle",
        },
    ),
}
"""Images and parameters of ``--quick``: the best on validation images in the time."""


def settings_of_run(
    model: Model, quick: bool, seed: int, **given: Any
) -> tuple[int | None, dict[str, Any]]:
    """Return the most images to train on and the parameters, with what was given."""
    n_images, settings = QUICK_RUNS[model] if quick else (None, RUNS[model])
    chosen = {name: value for name, value in given.items() if value is not None}
    return n_images, settings | chosen | {"random_state": seed}
