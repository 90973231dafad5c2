"""Pages with tables: digits of MNIST in the cells of grids."""

from itertools import pairwise

import cv2
import numpy as np

MARGIN = 60
"""Pixels around a table."""


class DigitPen:
    """Writes test digits of MNIST, another image of a digit each time."""

    def __init__(self, mnist_test, seed=0):
        order = np.random.default_rng(seed).permutation(len(mnist_test.target))
        self._images = mnist_test.images
        self._places = {
            str(digit): iter(order[mnist_test.target[order] == digit])
            for digit in range(10)
        }

    def shape(self, digit, height):
        """Return the strokes of a digit, uint8 (height, width)."""
        image = self._images[next(self._places[digit])]
        left, top, width, rows = cv2.boundingRect(image)
        image = image[top : top + rows, left : left + width]
        size = max(3, round(width * height / rows)), height
        return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)

    def write(self, page, number, x, y, height):
        """Write a number in black, the centre of its digits at (x, y)."""
        shapes = [self.shape(digit, height) for digit in number]
        gap = round(0.2 * height)
        x -= (sum(shape.shape[1] + gap for shape in shapes) - gap) // 2
        for shape in shapes:
            top = y - height // 2
            part = page[top : top + height, x : x + shape.shape[1]]
            np.minimum(part, 255 - shape, out=part)
            x += shape.shape[1] + gap


def draw_table(
    numbers,
    pen,
    *,
    widths=None,
    heights=None,
    height=40,
    thickness=2,
    frame=None,
    shade=60,
    low=0,
    missing=(),
):
    """Return a white page with a table, uint8 (height, width).

    Parameters
    ----------
    numbers : list of lists of str
        Numbers in the cells, "" in empty ones.
    pen : DigitPen
    widths, heights : list of int, default=None
        Sizes of columns and rows. None makes room for three digits.
    height : int, default=40
        Height of the digits.
    thickness : int, default=2
        Thickness of the lines.
    frame : int or None, default=None
        Thickness of the outer border, 0 for none. None is that of the other lines.
    shade : int, default=60
        Grey level of the lines.
    low : int, default=0
        Pixels by which the numbers are below the centre of their cells.
    missing : sequence of (row, column)
        Cells without a line on their right side.
    """
    widths = widths or [4 * height] * len(numbers[0])
    heights = heights or [2 * height] * len(numbers)
    x = MARGIN + np.concatenate([[0], np.cumsum(widths)])
    y = MARGIN + np.concatenate([[0], np.cumsum(heights)])
    page = np.full((y[-1] + MARGIN, x[-1] + MARGIN), 255, np.uint8)
    for row, line in enumerate(numbers):
        for column, number in enumerate(line):
            centre = (x[column] + x[column + 1]) // 2, (y[row] + y[row + 1]) // 2
            pen.write(page, number, centre[0], centre[1] + low, height)
    frame = thickness if frame is None else frame
    lines = np.zeros_like(page)
    for n, at in enumerate(y):
        size = frame if n in (0, len(y) - 1) else thickness
        _draw(lines, (x[0], at), (x[-1], at), size)
    for n, at in enumerate(x):
        size = frame if n in (0, len(x) - 1) else thickness
        for row, (top, bottom) in enumerate(pairwise(y)):
            if (row, n - 1) not in missing:
                _draw(lines, (at, top), (at, bottom), size)
    return np.where(lines > 0, np.minimum(page, shade), page)


def _draw(lines, start, stop, thickness):
    if thickness:
        ends = tuple(map(int, start)), tuple(map(int, stop))
        cv2.line(lines, *ends, 255, thickness)


def tilted(page, degrees):
    """Return a page that is turned by some degrees."""
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(page, matrix, (width, height), borderValue=255)


def in_perspective(page, share=0.03):
    """Return a page as seen from below: its upper side is narrower."""
    height, width = page.shape
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    inward = np.float32([[share, share], [-share, 0], [0, 0], [0, 0]])
    moved = corners + inward * np.float32([width, height])
    matrix = cv2.getPerspectiveTransform(corners, moved)
    return cv2.warpPerspective(page, matrix, (width, height), borderValue=255)
