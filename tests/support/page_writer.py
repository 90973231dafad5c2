"""Pages with lines of MNIST's digits."""

import numpy as np
from PIL import Image

BLUE = 150, 180, 230
"""Colour of printed lines."""


class PageWriter:
    """Writes digits on a page, a string per line. All other arguments change the page.

    Parameters
    ----------
    mnist : Bunch
        Images and labels from which digits are taken.
    """

    def __init__(self, mnist):
        self.images = mnist.images
        self.places = {
            str(digit): np.flatnonzero(mnist.target == digit) for digit in range(10)
        }

    def __call__(
        self, lines, *, ink=0, paper=255, side=56, gap=20, indent=0, ruled=None
    ):
        """Return the pixels of a page, uint8 (height, width, 3).

        `ruled` is the distance of printed lines in pixels.
        """
        width = 80 + max(len(line) for line in lines) * (side + gap) + indent
        height = 80 + len(lines) * 2 * side
        coverage = Image.new("L", (width, height))
        used = dict.fromkeys(self.places, 0)
        for row, line in enumerate(lines):
            for column, digit in enumerate(line):
                if digit == " ":
                    continue
                image = self.images[self.places[digit][used[digit]]]
                used[digit] += 1
                stroke = Image.fromarray(image).resize((side, side))
                place = (
                    40 + indent * (row % 2) + column * (side + gap),
                    40 + row * 2 * side,
                )
                coverage.paste(stroke, place, stroke)
        share = np.asarray(coverage, dtype=float)[..., None] / 255
        if ruled:
            paper = np.full((height, width, 3), paper)
            for first in range(ruled, height - 1, ruled):
                paper[first : first + 2] = BLUE
        return (paper + (np.asarray(ink) - paper) * share * np.ones(3)).astype(np.uint8)


def in_thick_table(page, *, thickness=14, side=56, gap=60):
    """Return a page with thick dark lines between its digits, also at its border."""
    page = page.copy()
    for place in range(thickness):
        page[12 + place :: 2 * side] = 40
        page[:, 40 - gap // 2 + place :: side + gap] = 40
    return page


def lines_of(table):
    """Return the digits of each line, a doubtful one as a question mark."""
    text = table["digit"].astype("string").fillna("?")
    return text.groupby(table["line"]).agg("".join).tolist()
