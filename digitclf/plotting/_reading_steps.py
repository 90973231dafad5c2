"""``ReadingStepsDisplay``: a page after each step of reading it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from digitclf.plotting._page import DOUBTFUL, LABEL_TO_DIGIT, drawable
from digitclf.plotting._panels import make_grid
from digitclf.plotting._style import BLUE, VERMILION, draw_image
from digitclf.preprocessing._mnist_form import MNIST_SIZE
from digitclf.reading._order import Box, reading_order
from digitclf.reading._read import page_stages

STEPS = ("page", "ink", "candidates", "lines", "digits")

COLUMNS = 3

PANEL_WIDTH = 4.0
"""Inches."""

FLATTEST, TALLEST = 0.4, 1.4
"""Smallest and largest height of a panel relative to its width."""

TITLE_HEIGHT = 0.3
"""Inches."""

DIGITS_PER_ROW = 16
"""Digits in a row of the last panel, at most. Longer lines take several rows."""

CELL_WIDTH, CELL_HEIGHT = MNIST_SIZE + 4, MNIST_SIZE + 16
"""Pixels per digit in the last panel, with its label."""

LABEL_SIZES = 4, 11
"""Smallest and largest font size of the labels in points."""


SMOOTH = {"interpolation": "antialiased"}
"""Pages have more pixels than their panels."""


class ReadingStepsDisplay:
    """A page after each step of reading it.

    The panels are

    - "page": the page;
    - "ink": contrast with the paper, without shadows and the colour of the paper;
    - "candidates": ink without printed lines, with boxes around what may be digits;
    - "lines": boxes of the digits, with a line through those of each line;
    - "digits": the digits in MNIST's form, as the classifier gets them, line by line.

    Use `from_page` to create a display.

    Parameters
    ----------
    page : ndarray of shape (height, width) or (height, width, 3)
        The page, as grey levels or colours from 0 to 255.
    contrast : ndarray of shape (height, width)
        Contrast with the paper, at the size on which digits are looked for.
    ink : ndarray of shape (height, width)
        255 for ink that is no printed line, 0 elsewhere.
    candidates : ndarray of shape (n_candidates, 4)
        Left, top, width and height of the candidates, in pixels of `ink`.
    boxes : ndarray of shape (n_digits, 4)
        Left, top, width and height of the digits in reading order, in pixels of `ink`.
    lines : ndarray of shape (n_digits,)
        Number of the line of each digit, from 0.
    images : ndarray of shape (n_digits, 28, 28)
        The digits in MNIST's form.
    labels : list of str
        Labels of the digits, ``"?"`` for doubtful ones.

    Attributes
    ----------
    axes_ : ndarray of shape (5,) of matplotlib Axes
        One Axes per step.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    PageDisplay : A page with the boxes and labels of its digits.
    digitclf.reading.read_digits : Read the digits on a page.

    Examples
    --------
    >>> import numpy as np
    >>> from digitclf.datasets import load_mnist
    >>> from digitclf.plotting import ReadingStepsDisplay
    >>> page = 255 - np.hstack(load_mnist(subset="test").images[:4])
    >>> display = ReadingStepsDisplay.from_page(page)
    >>> [ax.get_title() for ax in display.axes_]
    ['page', 'ink', 'candidates', 'lines', 'digits']
    >>> display.labels
    ['7', '2', '1', '0']
    """

    def __init__(
        self,
        page: Any,
        contrast: Any,
        ink: Any,
        candidates: Any,
        boxes: Any,
        lines: Any,
        images: Any,
        labels: Any,
    ) -> None:
        self.page = page
        self.contrast = contrast
        self.ink = ink
        self.candidates = candidates
        self.boxes = boxes
        self.lines = lines
        self.images = images
        self.labels = labels

    @classmethod
    def from_page(
        cls,
        page: Any,
        classifier: Any = None,
        *,
        min_probability: float = 0.5,
        ax: Any = None,
    ) -> ReadingStepsDisplay:
        """Read a page and draw the steps.

        Parameters
        ----------
        page : str, path-like, bytes, PIL image or array-like
            A photo or a scan, as for `read_digits`.
        classifier : fitted classifier or None, default=None
            A classifier for images in MNIST's form. None is the pretrained model.
        min_probability : float, default=0.5
            A digit whose probability is below this is doubtful.
        ax : matplotlib Axes or array-like of 5 Axes, default=None
            Axes to draw on. A single Axes is divided into panels. By default, a new
            figure is created.

        Returns
        -------
        ReadingStepsDisplay
            The drawn display.

        Raises
        ------
        TypeError
            If `classifier` is not a classifier.
        ValueError
            If `page` is not an image, is damaged, or has too many pixels, or if
            `classifier` expects other images.
        OSError
            If a file cannot be opened.

        Warns
        -----
        UserWarning
            If no digits are found.

        Examples
        --------
        >>> import numpy as np
        >>> from digitclf.datasets import load_mnist
        >>> from digitclf.plotting import ReadingStepsDisplay
        >>> page = 255 - np.hstack(load_mnist(subset="test").images[:4])
        >>> ReadingStepsDisplay.from_page(page).images.shape
        (4, 28, 28)
        """
        stages = page_stages(page, classifier)
        classes = stages.classifier.classes_
        boxes = _boxes([digit.candidate for digit in stages.found])
        order = reading_order([Box(*box) for box in boxes.tolist()])
        digits = [stages.found[place] for line in order for place in line]
        labels = [
            str(classes[digit.probabilities.argmax()])
            if digit.probabilities.max() >= min_probability
            else DOUBTFUL
            for digit in digits
        ]
        images = [digit.image for digit in digits]
        return cls(
            drawable(stages.pixels),
            stages.ink.contrast,
            stages.ink.writing.mask,
            _boxes(stages.candidates),
            _boxes([digit.candidate for digit in digits]),
            np.repeat(np.arange(len(order)), [len(line) for line in order]),
            np.reshape(images, (-1, MNIST_SIZE, MNIST_SIZE)),
            labels,
        ).plot(ax)

    def plot(self, ax: Any = None) -> ReadingStepsDisplay:
        """Draw the steps.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of 5 Axes, default=None
            Axes to draw on. A single Axes is divided into panels. By default, a new
            figure is created.

        Returns
        -------
        ReadingStepsDisplay
            The display itself.

        Raises
        ------
        TypeError
            If `ax` contains anything but Axes.
        ValueError
            If `ax` has the wrong number of Axes, or a single Axes cannot be divided.
        """
        height, width = np.shape(self.page)[:2]
        shape = float(np.clip(height / width, FLATTEST, TALLEST))
        size = PANEL_WIDTH, PANEL_WIDTH * shape + TITLE_HEIGHT
        self.figure_, self.axes_ = make_grid(
            type(self).__name__, ax, len(STEPS), COLUMNS, size
        )
        for panel, step in zip(self.axes_, STEPS, strict=True):
            panel.set_title(step, fontsize="medium")
        draw_image(self.axes_[0], self.page, cmap="gray", vmin=0, vmax=255, **SMOOTH)
        draw_image(self.axes_[1], self.contrast, vmin=0, **SMOOTH)
        self._draw_candidates(self.axes_[2])
        self._draw_lines(self.axes_[3])
        self._draw_digits(self.axes_[4])
        return self

    def _draw_candidates(self, ax: Any) -> None:
        draw_image(ax, self.ink, vmin=0, vmax=255, **SMOOTH)
        for box in self.candidates:
            ax.add_patch(_rectangle(box, VERMILION))

    def _draw_lines(self, ax: Any) -> None:
        # Pale, so that boxes and lines stand out.
        draw_image(ax, self.ink, vmin=0, vmax=600, **SMOOTH)
        for number in np.unique(self.lines):
            colour = (BLUE, VERMILION)[number % 2]
            of_line = np.asarray(self.boxes)[np.asarray(self.lines) == number]
            for box in of_line:
                ax.add_patch(_rectangle(box, colour))
            x, y = (of_line[:, :2] + of_line[:, 2:] / 2).T
            ax.plot(x, y, color=colour, linewidth=1)

    def _draw_digits(self, ax: Any) -> None:
        lines = [np.flatnonzero(self.lines == line) for line in np.unique(self.lines)]
        rows = [
            line[start : start + DIGITS_PER_ROW]
            for line in lines
            for start in range(0, len(line), DIGITS_PER_ROW)
        ]
        n_columns = max(map(len, rows), default=1)
        sheet = np.zeros((max(1, len(rows)) * CELL_HEIGHT, n_columns * CELL_WIDTH))
        places = {
            digit: (row * CELL_HEIGHT + CELL_HEIGHT - MNIST_SIZE, column * CELL_WIDTH)
            for row, digits in enumerate(rows)
            for column, digit in enumerate(digits)
        }
        for digit, (top, left) in places.items():
            image = self.images[digit]
            sheet[top : top + MNIST_SIZE, left : left + MNIST_SIZE] = image
        draw_image(ax, sheet, vmin=0, vmax=255, **SMOOTH)
        if not places:
            ax.set_xlabel("no digits")
        size = _font_size(ax, sheet.shape)
        for digit, (top, left) in places.items():
            label = self.labels[digit]
            ax.text(
                left + MNIST_SIZE / 2,
                top - 1,
                label,
                ha="center",
                va="bottom",
                fontsize=size,
                color=VERMILION if label == DOUBTFUL else BLUE,
                parse_math=False,
            )


def _boxes(candidates: Sequence[Any]) -> np.ndarray:
    """Return left, top, width and height of candidates."""
    boxes = [(part.left, part.top, part.width, part.height) for part in candidates]
    return np.reshape(np.array(boxes, dtype=np.int64), (-1, 4))


def _rectangle(box: Sequence[float], colour: str) -> Any:
    from matplotlib.patches import Rectangle

    left, top, width, height = box
    return Rectangle(
        (left, top), width, height, fill=False, linewidth=0.8, edgecolor=colour
    )


def _font_size(ax: Any, shape: tuple[int, ...]) -> float:
    """Return the font size that suits the digits of the last panel."""
    extent = ax.get_position()  # a layout engine may still change it
    inches = ax.figure.bbox_inches.size * extent.size
    points_per_pixel = 72 * float(min(inches / shape[1::-1]))
    return float(np.clip(LABEL_TO_DIGIT * MNIST_SIZE * points_per_pixel, *LABEL_SIZES))
