"""The recipes of the command line: parameters and number of images for each network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import digitclf
from digitclf import recipes

if TYPE_CHECKING:
    from digitclf._base import BaseDigitClassifier


class Model(StrEnum):
    """The networks to choose from."""

    CNN = "cnn"
    MLP = "mlp"


class Recipe(StrEnum):
    """The recipes to choose from."""

    QUICK = "quick"
    STANDARD = "standard"
    ACCURATE = "accurate"
    LECTURE = "lecture"


CLASS_NAMES = {Model.CNN: "CNNDigitClassifier", Model.MLP: "MLPDigitClassifier"}

PARAMETERS: dict[Model, dict[Recipe, Mapping[str, Any]]] = {
    Model.CNN: {
        Recipe.QUICK: recipes.QUICK,
        Recipe.STANDARD: recipes.STANDARD,
        Recipe.ACCURATE: recipes.ACCURATE,
        Recipe.LECTURE: recipes.LECTURE_CNN,
    },
    Model.MLP: {
        Recipe.QUICK: {
            "epochs": 5,
            "batch_size": 100,
            "learning_rate": 3e-3,
            "schedule": "one_cycle",
        },
        # The defaults take less than half a minute.
        Recipe.STANDARD: {},
        Recipe.ACCURATE: {},
        Recipe.LECTURE: recipes.LECTURE_MLP,
    },
}

MNIST_IMAGES = 60_000
QUICK_IMAGES = {Model.CNN: 15_000, Model.MLP: MNIST_IMAGES}

MAX_EPOCHS = 30
"""For few images; the default of the classifiers."""


def import_class(model: Model) -> type[BaseDigitClassifier]:
    """Return the class of a network."""
    return getattr(digitclf, CLASS_NAMES[model])


def max_images(model: Model, recipe: Recipe) -> int | None:
    """Return the maximum number of training images, None for all."""
    return QUICK_IMAGES[model] if recipe is Recipe.QUICK else None


def parameters_for(
    model: Model, recipe: Recipe, n_images: int, **given: Any
) -> dict[str, Any]:
    """Return the parameters of a recipe, replaced by options that are not None.

    With fewer images than the recipe is for, there are more epochs, so that the number
    of steps stays about the same.
    """
    parameters = dict(PARAMETERS[model][recipe])
    if "epochs" in parameters:
        epochs = parameters["epochs"]
        n_usual = max_images(model, recipe) or MNIST_IMAGES
        same_steps = math.ceil(epochs * n_usual / n_images)
        parameters["epochs"] = max(epochs, min(same_steps, MAX_EPOCHS))
    return parameters | without_none(given)


def without_none(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are not None."""
    return {name: value for name, value in options.items() if value is not None}
