"""`PageDisplay`: the page, boxes and labels, doubtful digits, invalid arguments."""

import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.page_writer import PageWriter

from digitclf.plotting import PageDisplay
from digitclf.reading import find_digits, read_digits


@pytest.fixture(scope="module")
def page(mnist_test):
    return PageWriter(mnist_test)(["721", "0414"])[..., 0]


@pytest.fixture(scope="module")
def digits(page):
    return read_digits(page)


@pytest.fixture
def one_doubtful(digits):
    """Return the table of the page with its third digit missing."""
    missing = digits.copy()
    missing.loc[2, "digit"] = pd.NA
    return missing


def labels_of(display):
    return [label.get_text() for label in display.labels_]


def test_every_digit_has_a_box_and_a_label(page, digits):
    display = PageDisplay.from_reading(page, digits)

    assert labels_of(display) == list("7210414")
    for box, row in zip(display.boxes_, digits.itertuples(), strict=True):
        assert box.get_bbox().bounds == (row.left, row.top, row.width, row.height)


def test_labels_are_centred_above_their_boxes(page, digits):
    display = PageDisplay.from_reading(page, digits)

    display.figure_.canvas.draw()
    for label, box in zip(display.labels_, display.boxes_, strict=True):
        text, drawn = label.get_window_extent(), box.get_window_extent()
        assert text.y0 >= drawn.y1 - 1
        assert (text.x0 + text.x1) / 2 == pytest.approx(
            (drawn.x0 + drawn.x1) / 2, abs=2
        )


def test_doubtful_digits_have_another_style(page, one_doubtful):
    display = PageDisplay.from_reading(page, one_doubtful)

    assert labels_of(display) == list("72?0414")
    styles = [(box.get_linestyle(), box.get_edgecolor()) for box in display.boxes_]
    sure = {style for place, style in enumerate(styles) if place != 2}
    assert len(sure) == 1
    assert styles[2][0] not in {linestyle for linestyle, _ in sure}
    assert styles[2][1] not in {colour for _, colour in sure}
    assert display.labels_[2].get_color() != display.labels_[0].get_color()


def test_digits_that_were_only_found_have_no_labels(page):
    display = PageDisplay.from_reading(page, find_digits(page))

    assert display.labels_ == []
    assert len({box.get_linestyle() for box in display.boxes_}) == 1
    assert len(display.boxes_) == 7


def test_some_rows_of_a_table_are_drawn_alone(page, digits):
    display = PageDisplay.from_reading(page, digits[digits["line"] == 1])

    assert labels_of(display) == list("0414")


def test_page_without_digits_says_so(digits):
    display = PageDisplay.from_reading(np.full((90, 60), 255, np.uint8), digits[:0])

    assert display.boxes_ == display.labels_ == []
    assert display.ax_.get_xlabel() == "no digits"


def as_path(page, folder):
    Image.fromarray(page).save(folder / "page.png")
    return folder / "page.png"


@pytest.mark.parametrize(
    "convert",
    [
        as_path,
        lambda page, folder: str(as_path(page, folder)),
        lambda page, folder: as_path(page, folder).read_bytes(),
        lambda page, folder: Image.fromarray(page),
        lambda page, folder: page / 255,
        lambda page, folder: np.dstack([page] * 3),
    ],
    ids=["path", "str", "bytes", "PIL", "float", "RGB"],
)
def test_page_is_drawn_whatever_its_form(page, digits, tmp_path, convert):
    display = PageDisplay.from_reading(convert(page, tmp_path), digits)

    np.testing.assert_array_equal(display.ax_.images[0].get_array(), page)


def test_colours_are_kept(digits):
    page = np.zeros((120, 200, 3), np.uint8) + np.array([200, 180, 90], np.uint8)

    display = PageDisplay.from_reading(page, digits)

    np.testing.assert_array_equal(display.ax_.images[0].get_array(), page)


def test_rotation_of_a_photo_is_applied(page, digits, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.fromarray(np.rot90(page)).save(tmp_path / "photo.png", exif=exif)

    display = PageDisplay.from_reading(tmp_path / "photo.png", digits)

    np.testing.assert_array_equal(display.ax_.images[0].get_array(), page)


def test_large_page_is_reduced_and_its_boxes_stay_in_place():
    page = np.full((3000, 6000), 255, np.uint8)
    page[600:1200, 1500:1800] = 0
    digits = pd.DataFrame({"left": [1500], "top": [600], "width": 300, "height": 600})

    display = PageDisplay.from_reading(page, digits)

    image = display.ax_.images[0]
    assert max(image.get_array().shape) < 3000
    assert image.get_extent() == [0, 6000, 3000, 0]
    scale = 6000 / image.get_array().shape[1]
    assert image.get_array()[round(900 / scale), round(1650 / scale)] == 0
    assert display.boxes_[0].get_bbox().bounds == (1500, 600, 300, 600)


def test_labels_at_the_upper_edge_are_inside_the_axes(mnist_test):
    page = 255 - np.hstack(mnist_test.images[:3])[3:]
    digits = read_digits(page)
    assert digits["top"].min() <= 1

    display = PageDisplay.from_reading(page, digits)

    display.figure_.canvas.draw()
    upper_edge = display.ax_.get_window_extent().y1
    for label in display.labels_:
        assert label.get_window_extent().y1 <= upper_edge


def test_given_axes_are_used(page, digits):
    figure, (left, right) = plt.subplots(1, 2)

    display = PageDisplay.from_reading(page, digits, ax=right)

    assert (display.figure_, display.ax_) == (figure, right)
    assert not left.images
    assert plt.get_fignums() == [figure.number]


def test_display_can_be_drawn_again(page, digits):
    display = PageDisplay.from_reading(page, digits)
    _, ax = plt.subplots()

    display.plot(ax)

    assert display.ax_ is ax
    assert len(ax.patches) == 7


@pytest.mark.parametrize(
    ("digits", "error", "message"),
    [
        ([1, 2], TypeError, "digits should be the table .* got list"),
        (pd.DataFrame({"left": [1]}), ValueError, "no column 'top', 'width', 'height'"),
    ],
    ids=["list", "columns"],
)
def test_invalid_tables_are_rejected(page, digits, error, message):
    with pytest.raises(error, match=message):
        PageDisplay.from_reading(page, digits)


def test_file_that_is_no_image_is_named(digits, tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("notes")

    with pytest.raises(ValueError, match=r"notes\.png' is not an image"):
        PageDisplay.from_reading(path, digits)


@pytest.mark.parametrize(
    ("make_ax", "error", "message"),
    [
        (plt.figure, TypeError, "ax should be a matplotlib Axes"),
        (lambda: plt.subplots(1, 3)[1], ValueError, "1 panels, but ax has 3 Axes"),
    ],
    ids=["figure", "three"],
)
def test_invalid_axes_are_rejected(page, digits, make_ax, error, message):
    with pytest.raises(error, match=message):
        PageDisplay.from_reading(page, digits, ax=make_ax())


def test_rc_params_neither_matter_nor_change(page, digits):
    with plt.rc_context({"image.origin": "lower", "image.aspect": "auto"}):
        before = dict(matplotlib.rcParams)

        display = PageDisplay.from_reading(page, digits)

        assert dict(matplotlib.rcParams) == before
    assert display.ax_.images[0].origin == "upper"
    assert display.ax_.get_aspect() == 1.0


def test_error_without_matplotlib_says_how_to_install_it(page, digits, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError, match=r'pip install "digitclf\[plot\]"'):
        PageDisplay.from_reading(page, digits)
