"""Reading ahead: a thread makes the next item while the current one is in use."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")

SECONDS_BETWEEN_CALLS = 0.1
"""Time between two calls of `while_waiting`."""


def read_ahead(
    items: Iterator[Item], while_waiting: Callable[[], None] = lambda: None
) -> Generator[Item]:
    """Yield the items of an iterator, which runs one item ahead in a thread.

    An error of the iterator is raised in place of its item. The thread ends with this
    generator: close it if it is not exhausted.

    Parameters
    ----------
    items : iterator
    while_waiting : callable
        Called repeatedly while the next item is not ready. It may raise an error to end
        the wait.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="digitclf-read") as executor:
        upcoming: Future[list[Item]] = executor.submit(_next, items)
        while True:
            while not wait([upcoming], SECONDS_BETWEEN_CALLS).done:
                while_waiting()
            next_item = upcoming.result()
            if not next_item:
                return
            upcoming = executor.submit(_next, items)
            # Not kept here while it is in use: it may be large.
            yield next_item.pop()


def _next(items: Iterator[Item]) -> list[Item]:
    """Return a list with the next item, or an empty one at the end."""
    for item in items:
        return [item]
    return []
