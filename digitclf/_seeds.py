"""Random seeds: all random numbers of a fit derive from its `random_state`."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_random_state

LARGEST = 2**31 - 1


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed of one fit.

    None draws from the operating system, because a fit does not change NumPy's global
    generator.
    """
    if random_state is None:
        return int(np.random.default_rng().integers(LARGEST))
    return int(check_random_state(random_state).randint(LARGEST))


def child_seed(seed: int, stream: int) -> int:
    """Return the seed of one of several streams of random numbers."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0] & LARGEST)


class Seeds:
    """A sequence of seeds, one for each layer that needs random numbers.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def next(self) -> int:
        """Return the next seed."""
        return int(self._generator.integers(LARGEST))
