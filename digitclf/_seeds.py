"""Random numbers: everything that a fit draws derives from its one `random_state`."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_random_state

LARGEST = 2**31 - 1


def draw_seed(random_state: int | np.random.RandomState | None) -> int:
    """Return the seed of one fit.

    ``None`` asks the operating system, not NumPy's global generator, which a fit leaves
    as it is.
    """
    if random_state is None:
        return int(np.random.default_rng().integers(LARGEST))
    return int(check_random_state(random_state).randint(LARGEST))


def child_seed(seed: int, stream: int) -> int:
    """Return the seed of one of the streams of random numbers under `seed`."""
    return int(np.random.SeedSequence([seed, stream]).generate_state(1)[0] & LARGEST)


class Seeds:
    """A row of seeds, one for each layer that draws random numbers.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def next(self) -> int:
        """Return the next seed."""
        return int(self._generator.integers(LARGEST))
