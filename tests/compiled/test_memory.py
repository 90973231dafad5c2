"""Memory: how much of each fit stays in the process."""

import os
import sys
from pathlib import Path

import pytest

FITS_BEFORE, FITS = 10, 40


def resident_megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_small_fit_leaves_almost_no_memory_behind(make_accurate, few_digits):
    X, y = few_digits.X_train, few_digits.y_train

    def fit(seed):
        clf = make_accurate(epochs=2, dropout=0.1 * (1 + seed % 3), random_state=seed)
        clf.fit(X, y).predict(X[:1])

    for seed in range(FITS_BEFORE):
        fit(seed)
    before = resident_megabytes()
    for seed in range(FITS):
        fit(seed)

    # A graph that was compiled for every fit and kept would be 3 MB.
    assert (resident_megabytes() - before) / FITS < 0.5
