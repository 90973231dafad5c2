"""PageDisplay: a page with the boxes and labels of its digits."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from digitclf.plotting import PageDisplay
from digitclf.reading import find_digits, read_digits


@pytest.fixture(scope="module")
def page(mnist_test):
    return 255 - np.hstack(mnist_test.images[:4])


@pytest.fixture(scope="module")
def digits(page):
    return read_digits(page)


def test_boxes_and_labels_are_those_of_the_table(page, digits):
    display = PageDisplay.from_reading(page, digits)

    assert [label.get_text() for label in display.labels_] == ["7", "2", "1", "0"]
    boxes = [
        (*box.get_xy(), box.get_width(), box.get_height()) for box in display.boxes_
    ]
    expected = digits[["left", "top", "width", "height"]].to_numpy()
    np.testing.assert_allclose(boxes, expected, atol=1)
    plt.close(display.figure_)


def test_doubtful_digits_look_different(page):
    table = read_digits(page)
    table.loc[1, "digit"] = None

    display = PageDisplay.from_reading(page, table)

    assert display.labels_[1].get_text() == "?"
    certain, doubtful = display.boxes_[:2]
    assert certain.get_linestyle() != doubtful.get_linestyle()
    assert certain.get_edgecolor() != doubtful.get_edgecolor()
    plt.close(display.figure_)


def test_table_of_find_digits_has_no_labels(page):
    display = PageDisplay.from_reading(page, find_digits(page))

    assert len(display.boxes_) == 4
    assert not any(label.get_text() for label in display.labels_)
    plt.close(display.figure_)


def test_given_axes_are_drawn_on(page, digits):
    figure, ax = plt.subplots()

    display = PageDisplay.from_reading(page, digits, ax=ax)

    assert display.ax_ is ax
    assert display.figure_ is figure
    plt.close(figure)


def test_anything_but_a_table_is_refused(page):
    with pytest.raises(TypeError, match="digits"):
        PageDisplay.from_reading(page, [1, 2])
