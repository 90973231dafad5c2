"""digitclf: `read_digits` with the pretrained model, doubtful digits included."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

import digitclf
from digitclf.reading import read_digits


def version() -> str:
    return digitclf.__version__


def open_reader(threads: int) -> Callable:
    # The model is loaded by the first call.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        read_digits(np.full((60, 60), 255, np.uint8))

    def read(page: str) -> tuple[str, list]:
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            digits = read_digits(page, min_probability=0)
        boxes = digits[["left", "top", "width", "height"]].to_numpy().tolist()
        return "".join(digits["digit"].astype(str)), boxes

    return read
