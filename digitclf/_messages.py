"""Errors that name their argument; warnings that point at the caller's line."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep

DECORATORS = (
    os.path.join("sklearn", "callback", "_callback_support.py"),
    os.path.join("sklearn", "utils", "_set_output.py"),
)
"""Files of the decorators of `fit` and `transform`, which stand between the package and
its caller."""


def warn_caller(message: str) -> None:
    """Issue a UserWarning located at the line that called the package."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and _is_internal(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, UserWarning, stacklevel=level)


def _is_internal(path: str) -> bool:
    return path.startswith(PACKAGE) or path.endswith(DECORATORS)


@contextmanager
def naming(argument: str) -> Iterator[None]:
    """Prefix an error with the argument's name if its first line lacks the name."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        if re.search(rf"\b{argument}\b", str(error).partition("\n")[0]):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{argument}: {error}") from error
