"""Parameters and fitted attributes of a classifier as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from digitclf._model_file.json_values import from_json, to_json

FITTED = (
    "classes_",
    "n_features_in_",
    "feature_names_in_",
    "image_shape_",
    "pixel_range_",
    "history_",
    "n_iter_",
    "best_epoch_",
    "best_validation_loss_",
)
"""The fitted attributes in a description, all but the network."""

OPTIONAL = ("feature_names_in_",)

Estimator = TypeVar("Estimator")


def describe(estimator: Any, fitted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an estimator and its fitted attributes as JSON.

    Parameters
    ----------
    estimator : estimator
    fitted : mapping
        Fitted attributes, which need not be set on the estimator yet.

    Returns
    -------
    dict
        The description. ``"left_out"`` lists parameters that JSON cannot represent.
    """
    params, left_out = {}, []
    for name, value in estimator.get_params(deep=False).items():
        try:
            params[name] = to_json(value)
        except TypeError:
            left_out.append(name)
    return {
        "class": type(estimator).__name__,
        "params": params,
        "left_out": left_out,
        "fitted": {name: to_json(fitted[name]) for name in FITTED if name in fitted},
    }


def restore(
    estimator_class: type[Estimator], description: dict[str, Any], **more: Any
) -> Estimator:
    """Return the fitted estimator that `describe` described.

    Parameters
    ----------
    estimator_class : type
    description : dict
    **more : dict
        Other fitted attributes.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the description is invalid.
    """
    params = {name: from_json(value) for name, value in description["params"].items()}
    estimator = estimator_class(**params)
    learnt = description["fitted"]
    for name in FITTED:
        if name in learnt or name not in OPTIONAL:
            setattr(estimator, name, from_json(learnt[name]))
    for name, value in more.items():
        setattr(estimator, name, value)
    return estimator
