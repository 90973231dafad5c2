"""One digit: from an image file to probabilities, and what the network was shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from digitclf.app._arrays import (
    floats_as_json,
    grey_levels_as_json,
    images_as_json,
)
from digitclf.app._errors import RequestError
from digitclf.app._models import Model, Models
from digitclf.datasets._pictures import PictureError, read_picture
from digitclf.preprocessing._mnist_form import MNIST_BOX
from digitclf.preprocessing._normalize import Normalized, normalize_in_steps

PICTURE = "The picture"
"""What errors call the body of a request."""


def picture_error(error: PictureError) -> RequestError:
    """Return the error of a request whose picture cannot be used."""
    return RequestError(422, error.fault, str(error))


def predict(
    content: bytes,
    model: Model,
    *,
    ink: str = "auto",
    min_probability: float = 0.5,
    feature_maps: bool = False,
) -> dict[str, Any]:
    """Return the digit in a picture, as JSON.

    Parameters
    ----------
    content : bytes
        Content of an image file.
    model : Model
    ink : {"auto", "dark", "light"}
    min_probability : float
        The digit is missing if its probability is below this.
    feature_maps : bool
        Whether to add the feature maps of all convolutions and poolings.
    """
    try:
        pixels = read_picture(content, PICTURE)
        normalized = normalize_in_steps(pixels, PICTURE, ink)
    except PictureError as error:
        raise picture_error(error) from None
    network_input = model.as_input(normalized.image)
    probabilities = model.stored.predict_proba(network_input)[0]
    answer = _answer(model, probabilities, min_probability)
    answer["image"] = grey_levels_as_json(normalized.image)
    answer["steps"] = _steps(normalized)
    if feature_maps:
        answer["feature_maps"] = _feature_maps(model, network_input[0])
    return answer


def _answer(
    model: Model, probabilities: np.ndarray, min_probability: float
) -> dict[str, Any]:
    best = int(probabilities.argmax())
    rounded = [round(float(probability), 6) for probability in probabilities]
    return {
        "digit": model.labels[best] if rounded[best] >= min_probability else None,
        "probability": rounded[best],
        "probabilities": [
            {"digit": label, "probability": probability}
            for label, probability in zip(model.labels, rounded, strict=True)
        ],
        "model": model.number,
    }


def _steps(normalized: Normalized) -> dict[str, Any] | None:
    """Return how the picture was normalised, None if it was in MNIST's form."""
    before, after = normalized.stroke_before, normalized.stroke_after
    if before is None or after is None:
        return None
    box = normalized.box
    return {
        "box": None if box is None else [round(value, 4) for value in box],
        "stroke_before": round(before * MNIST_BOX, 2),
        "stroke_after": round(after * MNIST_BOX, 2),
    }


def _feature_maps(model: Model, pixels: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"layer": layer, **images_as_json(maps.transpose(2, 0, 1))}
        for layer, maps in model.feature_maps.of(pixels).items()
    ]


def describe_models(models: Models) -> dict[str, Any]:
    """Return what the page shows about the model in use, and about the others."""
    loaded = models.loaded
    return {
        "number": models.current.number,
        "origin": models.current.origin,
        "labels": models.current.labels,
        "loaded": None if loaded.origin == "pretrained" else loaded.name,
        "trained": None if models.trained is None else models.trained.number,
    }


def kernels(model: Model) -> dict[str, Any]:
    """Return the kernels of all convolutions, as JSON."""
    return {
        "model": model.number,
        "kernels": {
            layer: floats_as_json(kernel)
            for layer, kernel in model.feature_maps.kernels.items()
        },
    }
