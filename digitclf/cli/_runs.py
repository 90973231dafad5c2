"""The ways in which ``digitclf train`` trains: parameters and images of each."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

import digitclf
from digitclf.cli._stderr import without_startup_messages

if TYPE_CHECKING:
    from digitclf._base import BaseDigitClassifier


class Model(StrEnum):
    """The networks to choose from."""

    CNN = "cnn"
    MLP = "mlp"


Schedule = Literal["constant", "one_cycle"]

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


def import_class(model: Model) -> type[BaseDigitClassifier]:
    """Return the class of a network."""
    with without_startup_messages():
        return getattr(digitclf, CLASS_NAMES[model])


MOST_EPOCHS = 30
"""Of a run on few images; the estimators' own default."""


def most_images(model: Model, quick: bool) -> int | None:
    """Return how many images a run trains on at most; None is all there are."""
    return QUICK_RUNS[model][0] if quick else None


def settings_of_run(
    model: Model, quick: bool, n_images: int, **given: Any
) -> dict[str, Any]:
    """Return the parameters of a run on so many images, and those that were given.

    Where there are fewer images than the run is made for, it has more epochs: about as
    many steps, since so many are needed to learn anything.
    """
    n_usual, settings = QUICK_RUNS[model] if quick else (60_000, RUNS[model])
    if "epochs" in settings:
        usual = settings["epochs"]
        as_many_steps = math.ceil(usual * n_usual / n_images)
        settings = settings | {"epochs": max(usual, min(as_many_steps, MOST_EPOCHS))}
    return settings | without_none(given)


def without_none(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in given.items() if value is not None}
