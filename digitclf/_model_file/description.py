"""The description in a model file: parameters and fitted attributes as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from digitclf._data.images import square_side
from digitclf._data.pixel_range import is_scalable
from digitclf._model_file.json_values import from_json, to_json

FORMAT = 2
"""Files without this number were written before there was one."""

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

OF_THE_RUN = ("callbacks", "checkpoint", "resume", "verbose")
"""Parameters of one run on one computer. A file neither contains nor sets them."""

MAX_CLASSES = 10_000
MAX_TEXT = 1000
"""Maximum length of a label, a name of a feature or a text among the parameters."""


class Description(NamedTuple):
    """Content of a description."""

    class_name: str
    params: dict[str, Any]
    fitted: dict[str, Any]
    frozen: list[str]
    """Names of the layers that are not trained further."""
    checksum: str | None
    """SHA-256 of the member with the weights. None in files without a format."""


def describe(
    class_name: str,
    params: Mapping[str, Any],
    fitted: Mapping[str, Any],
    *,
    frozen: Iterable[str] = (),
    other: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Return the parameters and the fitted attributes of an estimator as JSON.

    Parameters
    ----------
    class_name : str
    params : mapping
        Those of `OF_THE_RUN` are not described.
    fitted : mapping
        Fitted attributes, and possibly other items.
    frozen : iterable of str
        Names of the layers that are not trained further.
    other : callable, optional
        Converts values of other types to JSON, or raises a TypeError.

    Returns
    -------
    dict
        The description. ``"left_out"`` lists parameters that JSON cannot represent.
    """
    described, left_out = {}, []
    for name, value in params.items():
        if name.split("__")[-1] in OF_THE_RUN:
            continue
        try:
            described[name] = to_json(value, other)
        except TypeError:
            left_out.append(name)
    return {
        "format": FORMAT,
        "class": class_name,
        "params": described,
        "left_out": left_out,
        "fitted": {name: to_json(fitted[name]) for name in FITTED if name in fitted},
        "frozen": list(frozen),
    }


def read_description(
    value: Any, other: Callable[[dict], Any] | None = None
) -> Description:
    """Return the content of a description from an untrusted source.

    Parameters
    ----------
    value : object
        A value from `members.read_json`.
    other : callable, optional
        Returns the value of a tagged object of another kind, or raises a ValueError.

    Raises
    ------
    ValueError
        If it is not a description. Parameters are checked by the estimator.
    """
    match value:
        case {
            "class": str(class_name),
            "params": dict(params),
            "left_out": list(),
            "fitted": dict(fitted),
            **rest,
        }:
            pass
        case _:
            raise ValueError("it does not have the parts of a description")
    match rest:
        case {} if not rest:
            frozen: list[str] = []
            checksum = None
        case {"format": int(number), **_other} if number != FORMAT:
            raise ValueError(
                f"its format is {number}, and this version of digitclf reads {FORMAT}"
            )
        case {"format": int(), "frozen": list(frozen), "checksum": str(checksum)} if (
            len(rest) == 3
        ):
            if not all(_is_text(name) for name in frozen):
                raise ValueError("frozen should be names of layers")
        case _:
            raise ValueError("it does not have the parts of a description")
    own = {
        name: param
        for name, param in params.items()
        if name.split("__")[-1] not in OF_THE_RUN
    }
    return Description(
        class_name,
        {name: from_json(param, other) for name, param in own.items()},
        read_fitted(fitted),
        frozen,
        checksum,
    )


def read_fitted(described: dict[str, Any]) -> dict[str, Any]:
    """Return fitted attributes, each of the type, length and range that `fit` sets.

    Raises
    ------
    ValueError
        If an attribute is missing, unknown or invalid.
    """
    unknown = described.keys() - set(FITTED)
    missing = set(FITTED) - described.keys() - set(OPTIONAL)
    if unknown or missing:
        raise ValueError(
            f"its fitted attributes lack {sorted(missing)} or have {sorted(unknown)}"
        )
    fitted = {name: from_json(item) for name, item in described.items()}
    for name, is_valid in {
        "classes_": _are_classes,
        "n_features_in_": _is_count,
        "image_shape_": _is_image_shape,
        "pixel_range_": _is_pixel_range,
        "history_": _is_history,
        "best_validation_loss_": _is_loss,
    }.items():
        if not is_valid(fitted[name]):
            raise ValueError(f"{name} is invalid")
    height, width = fitted["image_shape_"]
    n_features = fitted["n_features_in_"]
    side = math.isqrt(n_features) + 1
    if height * width != n_features and (
        (height, width) != (side, side) or square_side(n_features) is not None
    ):
        raise ValueError("image_shape_ does not match n_features_in_")
    if "feature_names_in_" in fitted and not _are_names(
        fitted["feature_names_in_"], n_features
    ):
        raise ValueError("feature_names_in_ is invalid")
    n_iter, best = fitted["n_iter_"], fitted["best_epoch_"]
    n_epochs = len(fitted["history_"].get("loss", ()))
    if not (type(n_iter) is type(best) is int and n_iter == n_epochs >= best >= 0):
        raise ValueError("n_iter_ or best_epoch_ does not match history_")
    return fitted


def _is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= MAX_TEXT


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_float(value: Any) -> bool:
    return type(value) in (float, int) and math.isfinite(value)


def _are_classes(value: Any) -> bool:
    if not isinstance(value, np.ndarray) or not 0 < len(value) <= MAX_CLASSES:
        return False
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        return False
    if value.dtype.kind in "mM" and np.isnat(value).any():
        return False
    if value.dtype.kind in "OU" and not all(map(_is_text, value.tolist())):
        return False
    return np.array_equal(value, np.unique(value))


def _are_names(value: Any, n_features: int) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.dtype == object
        and len(value) == n_features
        and all(map(_is_text, value.tolist()))
    )


def _is_image_shape(value: Any) -> bool:
    return type(value) is tuple and len(value) == 2 and all(map(_is_count, value))


def _is_pixel_range(value: Any) -> bool:
    return (
        type(value) is tuple
        and len(value) == 2
        and all(map(_is_float, value))
        and value[0] < value[1]
        and is_scalable((float(value[0]), float(value[1])))
    )


def _is_history(value: Any) -> bool:
    """Return whether all lists of a history have one number per epoch."""
    return (
        type(value) is dict
        and all(
            _is_text(name)
            and type(numbers) is list
            and all(type(number) in (float, int) for number in numbers)
            for name, numbers in value.items()
        )
        and len({len(numbers) for numbers in value.values()}) <= 1
        and (not value or "loss" in value)
    )


def _is_loss(value: Any) -> bool:
    return value is None or _is_float(value)
