"""The light on a page: shadows are lightened."""

from __future__ import annotations

import cv2
import numpy as np

from digitclf.preprocessing._canvas import reduced
from digitclf.reading._paper import is_mostly_dark

FEW_PIXELS = 160
"""Longer side of the picture in which the light is measured."""

MORE_PIXELS = 400
"""The same in which dark and light ink are told apart."""

WIDEST_STROKE = 0.045
"""Half the side of the window whose median has no strokes, relative to the longer side
of the page."""

LIT = 0.75
"""Quantile of the brightness of the paper that is not in a shadow."""

MOST_GAIN = 2.0
"""Factor by which shadows are lightened, at most. What is darker may be a dark card,
which has to stay darker than the paper around it."""

LEAST_GAIN = 1.1
"""Factor in the darkest shadow that is worth the work, at least."""


def without_shadows(picture: np.ndarray) -> np.ndarray:
    """Return a page whose paper is as bright in shadows as elsewhere.

    Ink reflects the same share of the light everywhere, so its contrast is smaller in
    shadows. A factor there makes it as large as that of the same ink in the light.

    Parameters
    ----------
    picture : ndarray of shape (height, width) or (height, width, 3)
    """
    height, width = picture.shape[:2]
    paper = _paper(picture)
    usual = float(np.quantile(paper, LIT))
    gain = np.clip(usual / np.maximum(paper, 1), 1, MOST_GAIN).astype(np.float32)
    if gain.max() < LEAST_GAIN:
        return picture
    channels = cv2.merge([gain] * (1 if picture.ndim == 2 else 3))
    factors = cv2.resize(channels, (width, height), interpolation=cv2.INTER_LINEAR)
    depth = cv2.CV_8U if picture.dtype == np.uint8 else cv2.CV_32F
    lightened = cv2.multiply(picture, factors, dtype=depth)
    # Paper beside a thick dark line would get brighter than any other. On dark paper,
    # what is brighter is ink.
    is_dark = is_mostly_dark(_brightness(reduced(picture, MORE_PIXELS)))
    brightest = 255.0 if is_dark else usual
    return cv2.max(picture, cv2.min(lightened, (brightest,) * 4))


def _brightness(picture: np.ndarray) -> np.ndarray:
    return picture if picture.ndim == 2 else picture.max(axis=2)


def _paper(picture: np.ndarray) -> np.ndarray:
    """Return the brightness of the paper in a reduced picture, float32."""
    small = reduced(picture, FEW_PIXELS)
    brightness = _brightness(small)
    half = round(WIDEST_STROKE * max(brightness.shape))
    # Otherwise, a line along the border would count several times.
    brightness = np.clip(brightness, 0, 255).astype(np.uint8)
    framed = cv2.copyMakeBorder(
        brightness, half, half, half, half, cv2.BORDER_REFLECT_101
    )
    paper = cv2.medianBlur(framed, 2 * half + 1)[half:-half, half:-half]
    return cv2.GaussianBlur(paper.astype(np.float32), (0, 0), 1)
