"""Time and memory measurements, the same for all peers."""

from __future__ import annotations

import gc
import itertools
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

WARM_UP_CALLS, CALLS = 20, 300
FEW_CALLS = 7
FITS_BEFORE, FITS = 10, 40

Work = Callable[[], Any]


def seconds(work: Work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_milliseconds(work: Work) -> float:
    """Return the median time of a short function after warm-up, in milliseconds."""
    for _ in range(WARM_UP_CALLS):
        work()
    return 1000 * statistics.median(seconds(work) for _ in range(CALLS))


def median_seconds(work: Work) -> float:
    """Return the median time of a longer function after warm-up."""
    work()
    return statistics.median(seconds(work) for _ in range(FEW_CALLS))


def later_epochs(ends: Sequence[float]) -> float:
    """Return the median seconds of the epochs after the first, which compiles."""
    return statistics.median(end - start for start, end in itertools.pairwise(ends))


def megabytes_kept(fit: Work) -> float:
    """Return by how much each small fit increases the memory of the process."""
    for _ in range(FITS_BEFORE):
        fit()
    gc.collect()
    before = resident_megabytes()
    for _ in range(FITS):
        fit()
    gc.collect()
    return (resident_megabytes() - before) / FITS


def resident_megabytes() -> float:
    """Return the resident memory of this process (Linux only)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_megabytes() -> float:
    """Return the peak memory of this process (Linux only).

    Unlike the figure of ``getrusage``, it does not include the parent process.
    """
    status = Path("/proc/self/status").read_text()
    kilobytes = next(
        line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")
    )
    return int(kilobytes) / 2**10
