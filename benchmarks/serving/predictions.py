"""``predict_proba`` of one image and of 10,000 images."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from benchmarks.peers.measuring import seconds
from benchmarks.serving.networks import Peer
from benchmarks.serving.records import Measurement

WARM_UP_CALLS, CALLS = 20, 300
MAX_SECONDS = 4.0
WARM_UP_IMAGES = 1000


def measure_one(network: str, peers: Mapping[str, Peer]) -> Iterator[Measurement]:
    """Yield the median milliseconds for one image."""
    for name, (predict_proba, X) in peers.items():
        median = _median_of_calls(partial(predict_proba, X[:1]))
        yield Measurement(f"one_{network}", name, 1000 * median)


def measure_many(network: str, peers: Mapping[str, Peer]) -> Iterator[Measurement]:
    """Yield the seconds for 10,000 images."""
    for name, (predict_proba, X) in peers.items():
        predict_proba(X[:WARM_UP_IMAGES])
        yield Measurement(f"many_{network}", name, seconds(partial(predict_proba, X)))


def _median_of_calls(work: Callable[[], Any]) -> float:
    """Return the median of many calls, or of those that fit into some seconds."""
    for _ in range(WARM_UP_CALLS):
        work()
    end = time.perf_counter() + MAX_SECONDS
    times = [seconds(work)]
    while len(times) < CALLS and time.perf_counter() < end:
        times.append(seconds(work))
    return statistics.median(times)
