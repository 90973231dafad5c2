"""Memory that a process keeps after fits."""

import ctypes
import os
import sys
from pathlib import Path

import pytest
from support.classifiers import quick_mlp

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

    # A graph that is compiled and kept takes about three.
    assert (resident_megabytes() - before) / FITS < 0.5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="malloc_trim is glibc's")
def test_fits_of_networks_that_all_differ_keep_little_memory(few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    trim = ctypes.CDLL("libc.so.6").malloc_trim

    def fit(n_units):
        quick_mlp(hidden_layer_sizes=(n_units,), epochs=1).fit(X, y).predict(X[:1])

    for n_units in range(10, 30):
        fit(n_units)
    trim(0)
    before = resident_megabytes()
    for n_units in range(30, 70):
        fit(n_units)
    trim(0)

    # Without clearing the kernels that TensorFlow caches for each shape it is 1.2.
    assert (resident_megabytes() - before) / 40 < 0.9
