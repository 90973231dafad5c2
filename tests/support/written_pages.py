"""Pages of digits, put together from images of MNIST."""

import numpy as np
from PIL import Image, ImageDraw

GAP = 10
"""Pixels between digits, before the page is enlarged."""


def write_page(lines, *, light_on_dark=False, scale=2):
    """Return a page as an array: dark digits on white, or light ones on black.

    Parameters
    ----------
    lines : sequence of sequences of ndarray of shape (28, 28)
        Images of MNIST, line by line.
    """
    rows = [np.hstack([np.pad(image, GAP) for image in line]) for line in lines]
    width = max(row.shape[1] for row in rows)
    page = np.vstack([np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in rows])
    page = np.kron(np.pad(page, GAP), np.ones((scale, scale), np.uint8))
    return page if light_on_dark else 255 - page


def rule(page, distance, *, colour=(150, 180, 230)):
    """Return a page of dark digits as a PIL image with ruled lines below its digits."""
    paper = Image.new("RGB", page.shape[::-1], (250, 248, 240))
    drawing = ImageDraw.Draw(paper)
    for height in range(distance, page.shape[0], distance):
        drawing.line([(0, height), (page.shape[1], height)], fill=colour, width=2)
    ink = Image.new("RGB", paper.size, (30, 40, 110))
    paper.paste(ink, mask=Image.fromarray(255 - page))
    return paper
