"""Sheets with handwriting: the ink, the digits of each line and their boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.synthetic_pictures import Settings, paste, pen_strokes

Array = np.ndarray
Box = tuple[int, int, int, int]
"""Left, top, width and height in pixels."""


@dataclass(frozen=True)
class Sheet:
    """Handwriting on a sheet of paper."""

    ink: Array
    """Coverage with ink from 0 to 1, float32 (height, width)."""
    lines: list[str]
    boxes: list[Box]
    """Boxes of the digits, in reading order."""
    digit_height: float

    def is_free(self, box: Box, margin: float = 0.3) -> bool:
        """Return whether a box is inside the sheet and clear of all digits."""
        left, top, width, height = box
        rows, columns = self.ink.shape
        inside = left >= 0 and top >= 0 and left + width < columns
        if not (inside and top + height < rows):
            return False
        gap = margin * self.digit_height
        return not any(
            left < x + wide + gap
            and x < left + width + gap
            and top < y + high + gap
            and y < top + height + gap
            for x, y, wide, high in self.boxes
        )

    def add(self, strokes: Array, left: int, top: int) -> None:
        """Draw strokes over the ink."""
        layer = np.zeros_like(self.ink)
        paste(layer, strokes, top, left)
        np.maximum(self.ink, layer, out=self.ink)


class Writer:
    """A person with a pen, who writes digits of MNIST."""

    def __init__(
        self,
        images: Array,
        labels: Array,
        pen: Settings,
        sizes: float,
        rng: np.random.Generator,
    ) -> None:
        self.images = images
        self.labels = labels
        self.pen = pen
        self.sizes = sizes
        self.rng = rng

    def digit(self, height: float) -> tuple[Array, str]:
        """Return the strokes of a digit, and its label."""
        return self._drawn(int(self.rng.integers(len(self.images))), height)

    def zero(self, height: float) -> tuple[Array, str]:
        """Return the strokes of a zero, and its label."""
        zeros = np.flatnonzero(self.labels == 0)
        return self._drawn(int(self.rng.choice(zeros)), height)

    def _drawn(self, chosen: int, height: float) -> tuple[Array, str]:
        size = height * float(np.clip(self.rng.normal(1, self.sizes / 2), 0.6, 1.5))
        pen = replace(self.pen, digit_height=(size, size))
        return pen_strokes(self.images[chosen], pen, self.rng), str(self.labels[chosen])

    def thickness(self, height: float) -> int:
        """Return the width of strokes of digits of some height in pixels."""
        return max(1, round(self.pen.stroke[0] * height))
