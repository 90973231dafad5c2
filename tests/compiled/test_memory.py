"""Memory that a process keeps after fits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

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


FITS_THAT_DIFFER = """
import ctypes, gc, sys
sys.path.insert(0, sys.argv[1])
from sklearn.datasets import load_digits
from support.classifiers import quick_mlp
from compiled.test_memory import resident_megabytes

X, y = load_digits(return_X_y=True)
X, y = X[:200], y[:200]
trim = ctypes.CDLL("libc.so.6").malloc_trim


def fit(n_units):
    quick_mlp(hidden_layer_sizes=(n_units,), epochs=1).fit(X, y).predict(X[:1])


def megabytes_in_use():
    gc.collect()  # Networks have reference cycles: dozens of them wait for it.
    trim(0)
    return resident_megabytes()


for n_units in range(10, 34):
    fit(n_units)
before = megabytes_in_use()
# A multiple of eight, because kernels are cleared after eight freed programs.
for n_units in range(34, 82):
    fit(n_units)
print((megabytes_in_use() - before) / 48)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="malloc_trim is glibc's")
def test_fits_of_networks_that_all_differ_keep_little_memory():
    # In a process of its own: what other tests have freed would be used again, or not.
    done = subprocess.run(
        [sys.executable, "-c", FITS_THAT_DIFFER, TESTS],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    # Without clearing the kernels that TensorFlow caches for each shape it is 1.3.
    assert float(done.stdout.split()[-1]) < 0.9
