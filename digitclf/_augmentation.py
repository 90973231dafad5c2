"""The parameter ``augment``: ranges of the distortions of training images."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from numbers import Real
from typing import Any, NamedTuple


class Augmentation(NamedTuple):
    """Ranges of the distortions. Each image draws its own values; 0 is off.

    Sides and lengths are relative to the size of the image, and grey levels to the
    pixel range, so a set of ranges suits images of any size and range.
    """

    rotation: float = 0.0
    """Largest angle in degrees, in both directions."""
    shear: float = 0.0
    """Largest slant of vertical strokes in degrees, in both directions."""
    scale: float = 0.0
    """Largest relative change of the size: 0.1 is 90 % to 110 %."""
    aspect: float = 0.0
    """Largest relative change of width divided by height, at the same area."""
    translation: float = 0.0
    """Largest shift in each direction, as a fraction of the side in this direction."""
    thickness: float = 0.0
    """Largest distance by which the edges of strokes move outwards or inwards, as a
    fraction of the shorter side."""
    elastic: float = 0.0
    """Largest standard deviation of a smooth random displacement, as a fraction of the
    shorter side. The field is that of Simard et al. (2003)."""
    blur: float = 0.0
    """Largest standard deviation of the blur, as a fraction of the shorter side."""
    erasing: float = 0.0
    """Largest side of a rectangle set to the background, as a fraction of the side in
    this direction."""
    contrast: float = 0.0
    """Largest relative change of the differences to a random grey level: 0.3 is 70 % to
    130 %."""
    noise: float = 0.0
    """Largest standard deviation of the noise per pixel, as a fraction of the pixel
    range."""


LARGEST = Augmentation(
    rotation=180,
    shear=60,
    scale=0.9,
    aspect=0.9,
    translation=1,
    thickness=0.1,
    elastic=0.5,
    blur=0.1,
    erasing=1,
    contrast=1,
    noise=1,
)
"""The largest values that are accepted."""

LIGHT = Augmentation(
    rotation=10,
    shear=8,
    scale=0.1,
    aspect=0.08,
    translation=0.05,
    thickness=0.012,
    elastic=0.03,
)
"""For digits of the same kind as the training images."""

STRONG = Augmentation(
    rotation=15,
    shear=18,
    scale=0.15,
    aspect=0.2,
    translation=0.06,
    thickness=0.036,
    elastic=0.036,
    blur=0.025,
    erasing=0.2,
    contrast=0.4,
    noise=0.06,
)
"""For digits of other writers, with other pens, from other sources."""

NAMED = {"light": LIGHT, "strong": STRONG}


def augmentation_of(augment: str | Mapping[str, float] | None) -> Augmentation | None:
    """Return the ranges that the parameter `augment` of an estimator describes.

    Parameters
    ----------
    augment : {"light", "strong"}, mapping of str to float, or None

    Returns
    -------
    Augmentation or None
        None if nothing is distorted.

    Raises
    ------
    TypeError
        If `augment`, or one of its ranges, has a wrong type.
    ValueError
        If a name is unknown, or a range is negative, not finite or too large.
    """
    if augment is None:
        return None
    if isinstance(augment, str):
        if augment not in NAMED:
            raise ValueError(
                "The 'augment' parameter must be 'light', 'strong', a dict of ranges "
                f"or None. Got {augment!r} instead.{_suggestion(augment, NAMED)}"
            )
        return NAMED[augment]
    if not isinstance(augment, Mapping):
        raise TypeError(
            "The 'augment' parameter must be 'light', 'strong', a dict of ranges or "
            f"None. Got {augment!r} instead."
        )
    for name, value in augment.items():
        _check_range(name, value)
    augmentation = Augmentation(**{name: float(augment[name]) for name in augment})
    return augmentation if any(augmentation) else None


def _check_range(name: Any, value: Any) -> None:
    if name not in Augmentation._fields:
        raise ValueError(
            f"The 'augment' parameter contains the unknown distortion {name!r}."
            f"{_suggestion(name, Augmentation._fields)} Valid names are "
            f"{', '.join(Augmentation._fields)}."
        )
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(
            f"The 'augment' parameter must contain numbers. Got {value!r} for "
            f"{name!r} instead."
        )
    largest = getattr(LARGEST, name)
    in_range = 0 <= value <= largest  # type: ignore[operator]  # Real has no order
    if not in_range:  # also if it is NaN
        raise ValueError(
            f"The 'augment' parameter must contain a number in the range "
            f"[0, {largest:g}] for {name!r}. Got {value!r} instead."
        )


def _suggestion(name: Any, known: Any) -> str:
    matches = get_close_matches(str(name).lower(), known, n=1)
    return f" Did you mean {matches[0]!r}?" if matches else ""
