"""The digits of a plane, looked for again without its noise if that may hide them."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np

from digitclf.reading._digits import digits_among
from digitclf.reading._faint_ink import without_faint_ink
from digitclf.reading._found import Found
from digitclf.reading._ink_strokes import FAINTEST_LEVEL, level_of_most, texture_of
from digitclf.reading._page_ink import PageInk, Plane
from digitclf.reading._polarity import dark_or_light_ink
from digitclf.reading._strokes import Candidate
from digitclf.reading._upright import upright

STRONG_NOISE = 0.3
"""Contrast that the noise of the paper may reach relative to that of most ink, from
which it is strong."""

MOSTLY_SURE = 0.9
"""Sureness of the digits relative to the number of candidates, from which noise hides
none. Pieces of broken strokes are candidates that are no digits."""

SMOOTHING = 1.6
"""Difference of patches that are averaged, in standard deviations of the noise."""

PATCH, AROUND = 5, 15
"""Sides in pixels of the patches, and of the neighbourhood they are looked for in."""

CLEARLY_SURER = 1.05
"""Sureness without noise relative to that with it, at least. Smoothing blurs digits
that are found as they are."""


class PlaneDigits(NamedTuple):
    """The digits of a plane, which are not in order yet."""

    ink: PageInk
    candidates: list[Candidate]
    found: list[Found]

    def sureness(self) -> float:
        """Return the number of digits that are recognised, each by its probability."""
        return sum(item.sureness for item in self.found)


def digits_on(plane: Plane, classifier: Any) -> PlaneDigits:
    """Return the digits of a plane.

    Parameters
    ----------
    plane : Plane
    classifier : object
        Fitted classifier for rows of pixels in MNIST's form.
    """
    digits = _digits_on(plane, classifier)
    if not _may_be_hidden(digits):
        return digits
    smooth = _without_noise(plane, texture_of(digits.ink.contrast).noise)
    again = _digits_on(smooth, classifier)
    is_surer = again.sureness() > CLEARLY_SURER * digits.sureness()
    return again if is_surer else digits


def _digits_on(plane: Plane, classifier: Any) -> PlaneDigits:
    ink = without_faint_ink(dark_or_light_ink(plane))
    ink, candidates, height = upright(ink, classifier)
    found = digits_among(candidates, ink, classifier, height)
    return PlaneDigits(ink, candidates, found)


def _may_be_hidden(digits: PlaneDigits) -> bool:
    """Return whether noise may break the strokes of digits, or hide them."""
    ink, n_candidates = digits.ink, len(digits.candidates)
    if n_candidates and digits.sureness() >= MOSTLY_SURE * n_candidates:
        return False
    floor = texture_of(ink.contrast).floor
    of_ink = level_of_most(ink.writing, ink.contrast)
    return floor > FAINTEST_LEVEL and floor > STRONG_NOISE * of_ink


def _without_noise(plane: Plane, noise: float) -> Plane:
    """Return a plane without noise, by non-local means.

    Patches that look alike are averaged, which keeps thin strokes.

    References
    ----------
    .. [1] Buades, A., Coll, B. & Morel, J.-M., "A non-local algorithm for image
       denoising", 2005.
    """
    levels = np.clip(plane.levels, 0, 255).astype(np.uint8)
    smooth = cv2.fastNlMeansDenoising(levels, None, SMOOTHING * noise, PATCH, AROUND)
    return plane._replace(levels=smooth.astype(plane.levels.dtype))
