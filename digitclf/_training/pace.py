"""How much of an epoch goes into one call of the graph."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from digitclf._compiled.interruption import raise_if_interrupted

SECONDS_PER_CALL = 0.3
"""Ctrl-C is handled, and progress shown, between two calls."""

MULTIPLICATIONS_AT_FIRST = 1e9
"""Size of a call as long as the speed is unknown."""

MAX_GROWTH = 8
"""Largest factor between the sizes of two successive calls."""

MAX_UNITS = 1_000_000
"""Calls that are never too long, such as the evaluation of a few images, do not grow
for ever."""

Result = TypeVar("Result")


class Pace:
    """Sizes the calls of the graph by the time that earlier ones took.

    Parameters
    ----------
    multiplications_per_unit : int
        An estimate for one unit of work, a step of the optimizer for example.

    Attributes
    ----------
    units : int
        Maximum number of units in the next call.
    """

    def __init__(self, multiplications_per_unit: int) -> None:
        self.units = max(1, int(MULTIPLICATIONS_AT_FIRST / multiplications_per_unit))
        self._is_first = True

    def measure(self, n_units: int, call: Callable[[], Result]) -> Result:
        """Make a call with some units of work and return its result.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C was pressed in the meantime.
        """
        start = time.perf_counter()
        result = call()
        seconds = time.perf_counter() - start
        raise_if_interrupted()
        if not self._is_first:  # in which the graph is compiled
            self._adapt(n_units, seconds)
        self._is_first = False
        return result

    def _adapt(self, n_units: int, seconds: float) -> None:
        share = SECONDS_PER_CALL / max(seconds, 1e-6)
        if share < 1 / 2:
            self.units = max(1, int(n_units * share))
        elif share > 2 and n_units >= self.units:
            self.units = min(int(n_units * min(share, MAX_GROWTH)), MAX_UNITS)
