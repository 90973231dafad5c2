"""Clocks and scales, the same for all peers."""

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
    """Return the usual time of a short piece of work, once it is warm."""
    for _ in range(WARM_UP_CALLS):
        work()
    return 1000 * statistics.median(seconds(work) for _ in range(CALLS))


def median_seconds(work: Work) -> float:
    """Return the usual time of a longer piece of work, once it is warm."""
    work()
    return statistics.median(seconds(work) for _ in range(FEW_CALLS))


def later_epochs(ends: Sequence[float]) -> float:
    """Return the usual seconds of the epochs after the first, which compiles."""
    return statistics.median(end - start for start, end in itertools.pairwise(ends))


def megabytes_kept(fit: Work) -> float:
    """Return by how much a process grows with each small fit."""
    for _ in range(FITS_BEFORE):
        fit()
    gc.collect()
    before = resident_megabytes()
    for _ in range(FITS):
        fit()
    gc.collect()
    return (resident_megabytes() - before) / FITS


def resident_megabytes() -> float:
    """Return the memory of this process that is in use (Linux only)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak_megabytes() -> float:
    """Return the largest memory that this process has used so far (Linux only).

    Other than what ``getrusage`` tells, it does not count what the parent process used.
    """
    status = Path("/proc/self/status").read_text()
    kilobytes = next(
        line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")
    )
    return int(kilobytes) / 2**10
