"""How well a page was read: edit distances, and boxes of digits that agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

Box = Sequence[float]

SIMILAR = 3.0
"""Ratio of the areas of two boxes that are the same digit, at most."""


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


def matches(found: Sequence[Box], known: Sequence[Box]) -> list[tuple[int, int]]:
    """Return the pairs of positions of boxes that are the same digit.

    Two boxes are the same digit if each contains the centre of the other and neither
    is much larger. A box has one partner at most; the closest pairs come first.
    """
    pairs = sorted(
        (_distance(box, other), place, position)
        for place, box in enumerate(found)
        for position, other in enumerate(known)
        if _are_same(box, other)
    )
    matched: dict[int, int] = {}
    for _, place, position in pairs:
        if place not in matched and position not in matched.values():
            matched[place] = position
    return sorted(matched.items())


def _are_same(first: Box, second: Box) -> bool:
    areas = first[2] * first[3], second[2] * second[3]
    if max(areas) > SIMILAR * min(areas):
        return False
    return _contains_centre(first, second) and _contains_centre(second, first)


def _contains_centre(box: Box, other: Box) -> bool:
    x, y = _centre(other)
    left, top, width, height = box
    return left <= x <= left + width and top <= y <= top + height


def _distance(first: Box, second: Box) -> float:
    (x, y), (other_x, other_y) = _centre(first), _centre(second)
    return (x - other_x) ** 2 + (y - other_y) ** 2


def _centre(box: Box) -> tuple[float, float]:
    left, top, width, height = box
    return left + width / 2, top + height / 2
