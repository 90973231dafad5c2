"""``find_digits`` and ``read_digits``: the digits on a page as a table."""

from __future__ import annotations

import os
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from digitclf._messages import warn_caller
from digitclf._predictor import DigitPredictor, load_predictor
from digitclf.datasets._pictures import read_picture
from digitclf.preprocessing._mnist_form import MNIST_SIZE
from digitclf.reading._areas import with_one_paper
from digitclf.reading._cells import Cells, find_cells, is_one_table, order_in_tables
from digitclf.reading._found import Found
from digitclf.reading._marks import marks_on
from digitclf.reading._order import reading_order
from digitclf.reading._page_ink import PageInk, plane_of
from digitclf.reading._plane_digits import digits_on
from digitclf.reading._strokes import Candidate

FOUND = ("line", "position", "left", "top", "width", "height", "image")
"""Columns of the table of `find_digits`."""

READ = (*FOUND, "digit", "probability")
"""Columns of the table of `read_digits`."""

CELL = ("table", "row", "column")
"""Columns of both with ``cells=True``."""

LINE_IN_CELL = "line in cell"
"""Column that the numbers are put together with."""

DOUBTFUL = "?"
"""A digit in a number that is missing."""


def find_digits(page: Any, *, cells: bool = False) -> pd.DataFrame:
    """Find the digits on a page, in reading order.

    Parameters
    ----------
    page : str, path-like, bytes, PIL image or array-like
        A photo or a scan: a path, the content of an image file, a PIL image, or an
        array of shape (height, width) or (height, width, channels).

    cells : bool, default=False
        Whether to find the cells of printed or drawn tables that the digits are in.

    Returns
    -------
    digits : DataFrame
        One row per digit, with the columns

        - ``line`` and ``position``: numbers of the line and of the digit in the line,
          from 0;
        - ``left``, ``top``, ``width``, ``height``: the box in pixels of the page,
          after the rotation that its EXIF data states;
        - ``image``: the digit in MNIST's form, uint8 (28, 28).

        With ``cells=True``, also

        - ``table``, ``row`` and ``column``: the cell of the digit, from 0, of dtype
          ``Int64``. They are missing for digits outside of all tables. Merged cells
          have the row and column at which they begin.

        Digits of a table are then in the order of its cells, and a row of the table
        is a line. ``digits.attrs["tables"]`` is a list of the shapes of the tables,
        (rows, columns) each.

    Raises
    ------
    ValueError
        If `page` is not an image, is damaged, or has too many pixels.
    OSError
        If a file cannot be opened.

    Warns
    -----
    UserWarning
        If no digits are found, or no table with ``cells=True``.

    See Also
    --------
    read_digits : The same with the labels of the digits.

    Notes
    -----
    Digits that touch are taken apart where the pretrained model recognises the parts
    best.

    Examples
    --------
    >>> import numpy as np
    >>> from digitclf.datasets import load_mnist
    >>> from digitclf.reading import find_digits
    >>> page = 255 - np.hstack(load_mnist(subset="test").images[:3])
    >>> find_digits(page)[["line", "position"]]
       line  position
    0     0         0
    1     0         1
    2     0         2
    """
    table = _table(page, None, cells)
    return table[[*FOUND, *CELL] if cells else list(FOUND)]


def read_digits(
    page: Any,
    classifier: Any = None,
    *,
    min_probability: float = 0.5,
    cells: bool = False,
) -> pd.DataFrame:
    """Read the digits on a page, in reading order.

    Parameters
    ----------
    page : str, path-like, bytes, PIL image or array-like
        A photo or a scan: a path, the content of an image file, a PIL image, or an
        array of shape (height, width) or (height, width, channels).

    classifier : fitted classifier or None, default=None
        A classifier for images in MNIST's form, rows of 784 grey levels. None is the
        pretrained model, as `load_predictor` returns it.

    min_probability : float, default=0.5
        The digit is missing where its probability is below this.

    cells : bool, default=False
        Whether to find the cells of printed or drawn tables that the digits are in.

    Returns
    -------
    digits : DataFrame
        The table of `find_digits` with two more columns:

        - ``digit``: the label, of dtype ``Int64`` if the labels are integers;
        - ``probability``: the probability that the classifier gives it.

        With ``cells=True``, also

        - ``number``: all digits of the cell as text, the same in each of their rows.
          A missing digit is ``?``, and lines within a cell are separated by a space.

        ``digits.groupby(["row", "column"])["number"].first().unstack()`` is the table
        of numbers if the page has one table.

    Raises
    ------
    TypeError
        If `classifier` is not a classifier.
    NotFittedError
        If `classifier` is not fitted.
    ValueError
        If `page` is not an image, is damaged, or has too many pixels, or if
        `classifier` expects other images or `min_probability` is invalid.
    OSError
        If a file cannot be opened.

    Warns
    -----
    UserWarning
        If no digits are found, or no table with ``cells=True``.

    See Also
    --------
    find_digits : The same without labels.
    digitclf.load_predictor : Classifiers that predict without TensorFlow.

    Examples
    --------
    >>> import numpy as np
    >>> from digitclf.datasets import load_mnist
    >>> from digitclf.reading import read_digits
    >>> images = load_mnist(subset="test").images
    >>> page = 255 - np.vstack([np.hstack(images[:3]), np.hstack(images[3:6])])
    >>> digits = read_digits(page)
    >>> digits.groupby("line")["digit"].agg(list)
    line
    0    [7, 2, 1]
    1    [0, 4, 1]
    Name: digit, dtype: object
    """
    if not (isinstance(min_probability, (int, float)) and 0 <= min_probability <= 1):
        raise ValueError(
            "min_probability should be a number in the range [0, 1], got "
            f"{min_probability!r}."
        )
    table = _table(page, classifier, cells)
    table["digit"] = table["digit"].where(table["probability"] >= min_probability)
    if cells:
        table["number"] = _numbers(table)
        table = table.drop(columns=LINE_IN_CELL)
    return table


@cache
def _pretrained() -> DigitPredictor:
    return load_predictor()


def _checked(classifier: Any) -> Any:
    if not hasattr(classifier, "predict_proba") or not is_classifier(classifier):
        raise TypeError(
            "classifier should be a fitted classifier with predict_proba, got "
            f"{type(classifier).__name__}."
        )
    check_is_fitted(classifier)
    expected = getattr(classifier, "n_features_in_", MNIST_SIZE**2)
    if expected != MNIST_SIZE**2:
        raise ValueError(
            f"classifier expects {expected} features, but the digits of a page are "
            f"images of {MNIST_SIZE} x {MNIST_SIZE} = {MNIST_SIZE**2} pixels."
        )
    return classifier


class Stages(NamedTuple):
    """What is known of a page after each step of reading it."""

    name: str
    """What errors and warnings call the page."""
    pixels: np.ndarray
    ink: PageInk
    candidates: list[Candidate]
    found: list[Found]
    classifier: Any
    """Classifier that was used."""


def page_stages(page: Any, classifier: Any) -> Stages:
    """Read a page up to its digits, which are not in order yet.

    Parameters are those of `read_digits`.
    """
    classifier = _pretrained() if classifier is None else _checked(classifier)
    is_path = isinstance(page, (str, os.PathLike))
    name = repr(os.fspath(page)) if is_path else "the page"
    pixels = read_picture(page, name, reduced=False)
    digits = digits_on(with_one_paper(plane_of(pixels)), classifier)
    if not digits.found:
        warn_caller(f"No digits were found on {name}.")
    return Stages(name, pixels, *digits, classifier)


def _numbers(table: pd.DataFrame) -> pd.Series:
    """Return the digits of the cell of each row as text."""
    labels = table["digit"].astype("string").fillna(DOUBTFUL)
    # Labels of other classifiers may have several characters.
    separator = " " if (labels.str.len() > 1).any() else ""
    numbers = pd.Series(pd.NA, index=table.index, dtype="string")
    for _, digits in table.groupby(list(CELL)):
        lines = labels[digits.index].groupby(digits[LINE_IN_CELL])
        numbers[digits.index] = " ".join(lines.agg(separator.join))
    return numbers


def _table(page: Any, classifier: Any, cells: bool) -> pd.DataFrame:
    """Return the table of `read_digits`, with the most probable digit in each row."""
    name, pixels, ink, _, found, classifier = page_stages(page, classifier)
    boxes = [item.candidate.box for item in found]
    in_cells = find_cells(ink, boxes)
    if cells and not in_cells.are_clear():
        # The lines of a table need not have the colour of the ink.
        others = find_cells(ink, boxes, marks_on(pixels, ink))
        in_cells = max(in_cells, others, key=Cells.n_clear)
    if cells and found and not in_cells.shapes:
        warn_caller(
            f"No table was found on {name}, so the cells of its digits are missing. "
            "A table has horizontal and vertical lines between its cells, and its "
            "cells are larger than its digits."
        )
    lines = reading_order(boxes)
    if cells or is_one_table(in_cells):
        in_rows = order_in_tables(boxes, in_cells)
        # In perspective, a row may be taken for several lines. Otherwise, lines are
        # surer than rows, because borders that are not seen merge cells.
        if cells or (len(in_rows) < len(lines) and in_cells.are_clear()):
            lines = in_rows
    rows = [
        (line, position, *ink.box_on_page(*boxes[place]), *_reading_of(found[place]))
        for line, places in enumerate(lines)
        for position, place in enumerate(places)
    ]
    table = pd.DataFrame(rows, columns=[*FOUND, "digit", "probability"])
    labels = [classifier.classes_[place] for place in table["digit"]]
    integral = np.asarray(classifier.classes_).dtype.kind in "iu"
    table["digit"] = pd.array(labels, dtype="Int64" if integral else "object")
    numbers = [name for name in FOUND if name != "image"]
    table = table.astype(dict.fromkeys(numbers, "int64") | {"probability": "float64"})
    if cells:
        order = [place for places in lines for place in places]
        of_digits = [in_cells.of_digits[place] or (None,) * 4 for place in order]
        columns = [*CELL, LINE_IN_CELL]
        table[columns] = pd.DataFrame(of_digits, columns=columns, dtype="Int64")
        table.attrs["tables"] = in_cells.shapes
    return table


def _reading_of(item: Found) -> tuple[np.ndarray, int, float]:
    best = int(item.probabilities.argmax())
    return item.image, best, float(item.probabilities[best])
