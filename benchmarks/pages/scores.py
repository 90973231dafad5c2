"""How well a text was read: edit distances between digits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def edit_distance(first: Sequence, second: Sequence) -> int:
    """Return the number of insertions, deletions and replacements between two texts."""
    distances = list(range(len(second) + 1))
    for row, item in enumerate(first, start=1):
        before, distances[0] = distances[0], row
        for column, other in enumerate(second, start=1):
            replaced = before + (item != other)
            before = distances[column]
            distances[column] = min(before + 1, distances[column - 1] + 1, replaced)
    return distances[-1]


def errors_without_order(first: str, second: str) -> int:
    """Return the number of errors if only the numbers of each digit count."""
    missing, added = Counter(first) - Counter(second), Counter(second) - Counter(first)
    return max(missing.total(), added.total())
