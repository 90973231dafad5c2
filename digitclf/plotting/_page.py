"""``PageDisplay``: a page with the boxes and labels of its digits."""

from __future__ import annotations

import os
from typing import Any

import cv2
import numpy as np
import pandas as pd

from digitclf.datasets._pictures import read_picture
from digitclf.plotting._panels import make_panels
from digitclf.plotting._style import BLUE, VERMILION, draw_image
from digitclf.preprocessing._canvas import in_grey_levels, opaque

BOX = ["left", "top", "width", "height"]

FIGURE_SIDE = 8.0
"""Longer side of a new figure in inches."""

MARGIN = 0.5
"""Inches around the page in a new figure."""

LARGEST_DRAWN = 2000
"""Longer side in pixels of the image that is drawn; larger pages are reduced."""

LABEL_SIZES = 5, 14
"""Smallest and largest font size of the labels in points."""

LINE_HEIGHT = 1.4
"""Height of a label relative to its font size."""

LABEL_TO_DIGIT = 0.6
"""Font size of labels relative to the height of most digits."""

DOUBTFUL = "?"


class PageDisplay:
    """A page with the boxes and labels of its digits.

    A digit has a box with a solid line, and its label above. A doubtful digit, whose
    label is missing, has a dashed box of another colour and a question mark.

    Use `from_reading` to create a display.

    Parameters
    ----------
    image : ndarray of shape (height, width) or (height, width, 3)
        The page, as grey levels or colours from 0 to 255. It may be reduced.
    digits : DataFrame
        Table of `read_digits` or `find_digits`.
    shape : tuple of (height, width), default=None
        Shape of the page in which the boxes are measured. By default, that of `image`.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the page. Its coordinates are pixels of the page.
    boxes_ : list of matplotlib Rectangle
        One box per row of `digits`.
    labels_ : list of matplotlib Annotation
        One label per row of `digits`, empty if the table has no labels.
    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    digitclf.reading.read_digits : Read the digits on a page.
    DigitsDisplay : A grid of images with their labels.

    Examples
    --------
    >>> import numpy as np
    >>> from digitclf.datasets import load_mnist
    >>> from digitclf.plotting import PageDisplay
    >>> from digitclf.reading import read_digits
    >>> page = 255 - np.hstack(load_mnist(subset="test").images[:4])
    >>> display = PageDisplay.from_reading(page, read_digits(page))
    >>> [label.get_text() for label in display.labels_]
    ['7', '2', '1', '0']
    """

    def __init__(self, image: Any, digits: Any, shape: Any = None) -> None:
        self.image = image
        self.digits = digits
        self.shape = shape

    @classmethod
    def from_reading(cls, page: Any, digits: Any, *, ax: Any = None) -> PageDisplay:
        """Draw a page with its digits.

        Parameters
        ----------
        page : str, path-like, bytes, PIL image or array-like
            The page, as it was passed to `read_digits`.
        digits : DataFrame
            Table of `read_digits` or `find_digits`, or some of its rows.
        ax : matplotlib Axes, default=None
            Axes to draw on. By default, a new figure is created.

        Returns
        -------
        PageDisplay
            The drawn display.

        Raises
        ------
        TypeError
            If `digits` is not a DataFrame.
        ValueError
            If `page` is not an image, is damaged, or has too many pixels, or if
            `digits` has no boxes.
        OSError
            If a file cannot be opened.

        Examples
        --------
        >>> import numpy as np
        >>> from digitclf.datasets import load_mnist
        >>> from digitclf.plotting import PageDisplay
        >>> from digitclf.reading import find_digits
        >>> page = 255 - np.hstack(load_mnist(subset="test").images[:4])
        >>> len(PageDisplay.from_reading(page, find_digits(page)).boxes_)
        4
        """
        _check_table(digits)
        is_path = isinstance(page, (str, os.PathLike))
        name = repr(os.fspath(page)) if is_path else "page"
        pixels = read_picture(page, name, reduced=False)
        return cls(drawable(pixels), digits, pixels.shape[:2]).plot(ax)

    def plot(self, ax: Any = None) -> PageDisplay:
        """Draw the page and the digits.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. By default, a new figure is created.

        Returns
        -------
        PageDisplay
            The display itself.

        Raises
        ------
        TypeError
            If `ax` is not an Axes.
        ValueError
            If `ax` contains several Axes.
        """
        height, width = self.shape or np.shape(self.image)[:2]
        self.figure_, axes = make_panels(
            type(self).__name__, ax, (1, 1), _figure_size(height, width)
        )
        self.ax_ = axes[0, 0]
        draw_image(
            self.ax_,
            self.image,
            cmap="gray",
            vmin=0,
            vmax=255,
            interpolation="antialiased",
            extent=(0, width, height, 0),
        )
        self.boxes_ = [self._draw_box(row) for _, row in self.digits.iterrows()]
        self.labels_ = []
        if "digit" in self.digits and len(self.digits):
            scale = self._points_per_pixel(height, width)
            size = self._font_size(scale)
            self.labels_ = [
                self._draw_label(row, size) for _, row in self.digits.iterrows()
            ]
            # Labels at the upper edge of the page get space above it.
            highest = self.digits["top"].min() - LINE_HEIGHT * size / scale
            self.ax_.set_ylim(height, min(0.0, highest))
        if not len(self.digits):
            self.ax_.set_xlabel("no digits")
        return self

    def _draw_box(self, row: pd.Series) -> Any:
        from matplotlib.patches import Rectangle

        doubtful = _is_doubtful(row)
        left, top, width, height = row[BOX]
        box = Rectangle(
            (left, top),
            width,
            height,
            fill=False,
            linewidth=1,
            edgecolor=VERMILION if doubtful else BLUE,
            linestyle="--" if doubtful else "-",
        )
        return self.ax_.add_patch(box)

    def _draw_label(self, row: pd.Series, size: float) -> Any:
        from matplotlib.patheffects import withStroke

        doubtful = _is_doubtful(row)
        left, top, width, _ = row[BOX]
        return self.ax_.annotate(
            DOUBTFUL if doubtful else str(row["digit"]),
            (left + width / 2, top),
            xytext=(0, 1),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=size,
            color=VERMILION if doubtful else BLUE,
            parse_math=False,
            # Legible on dark paper and on ink.
            path_effects=[withStroke(linewidth=size / 4, foreground="white")],
        )

    def _points_per_pixel(self, height: int, width: int) -> float:
        """Return how many points a pixel of the page is large, about."""
        extent = self.ax_.get_position()  # a layout engine may still change it
        inches = self.ax_.figure.bbox_inches.size * extent.size
        return 72 * float(min(inches / (width, height)))

    def _font_size(self, points_per_pixel: float) -> float:
        """Return the font size that suits most digits."""
        typical = float(self.digits["height"].median()) * points_per_pixel
        return float(np.clip(LABEL_TO_DIGIT * typical, *LABEL_SIZES))


def drawable(pixels: np.ndarray) -> np.ndarray:
    """Return pixels of `read_picture` as bytes, grey or RGB, reduced if there are many.

    Parameters
    ----------
    pixels : ndarray of shape (height, width) or (height, width, channels)

    Returns
    -------
    ndarray of shape (height, width) or (height, width, 3)
    """
    image = in_grey_levels(opaque(pixels))
    height, width = image.shape[:2]
    scale = LARGEST_DRAWN / max(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return image.round().astype(np.uint8)


def _figure_size(height: int, width: int) -> tuple[float, float]:
    inches = FIGURE_SIDE / max(height, width)
    return width * inches + MARGIN, height * inches + MARGIN


def _is_doubtful(row: pd.Series) -> bool:
    return "digit" in row.index and bool(pd.isna(row["digit"]))


def _check_table(digits: Any) -> None:
    if not isinstance(digits, pd.DataFrame):
        raise TypeError(
            "digits should be the table that read_digits or find_digits returned, got "
            f"{type(digits).__name__}."
        )
    missing = [name for name in BOX if name not in digits]
    if missing:
        raise ValueError(
            f"digits has no column {', '.join(map(repr, missing))}. Pass the table "
            "that read_digits or find_digits returned."
        )
