"""Reading ahead: the next item is made in a thread while the present one is in use."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")

SECONDS_BETWEEN = 0.1


def read_ahead(
    items: Iterator[Item], while_waiting: Callable[[], None] = lambda: None
) -> Generator[Item]:
    """Yield the items of an iterator, which a thread makes one in advance.

    Errors of the iterator are raised where its item would have been yielded. The thread
    ends with this generator: close it if it is not exhausted.

    Parameters
    ----------
    items : iterator
    while_waiting : callable
        Called from time to time while the next item is not ready. It may raise an
        error to end the wait.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="digitclf-read") as executor:
        upcoming: Future[list[Item]] = executor.submit(_next, items)
        while True:
            while not wait([upcoming], SECONDS_BETWEEN).done:
                while_waiting()
            made = upcoming.result()
            if not made:
                return
            upcoming = executor.submit(_next, items)
            yield made.pop()


def _next(items: Iterator[Item]) -> list[Item]:
    """Return a list of the next item, or an empty list at the end."""
    for item in items:
        return [item]
    return []
