"""read_digits and find_digits with cells=True: the cells of tables."""

import json
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from support.page_writer import PageWriter, lines_of
from support.written_tables import (
    MARGIN,
    DigitPen,
    draw_table,
    in_perspective,
    tilted,
)

from digitclf.reading import find_digits, read_digits
from digitclf.reading._cells import _without_stray
from digitclf.reading._grid_lines import Line

REAL = Path(__file__).parents[3] / "shared" / "data" / "pages"

MARKS = [
    ["12", "7", "100"],
    ["3", "", "45"],
    ["", "88", "6"],
    ["9", "150", ""],
]


@pytest.fixture
def pen(mnist_test):
    return DigitPen(mnist_test)


def numbers_in(digits):
    """Return the number in each cell, "" for empty ones. There is one table."""
    ((n_rows, n_columns),) = digits.attrs["tables"]
    numbers = digits.groupby(["row", "column"])["number"].first().unstack()
    full = numbers.reindex(index=range(n_rows), columns=range(n_columns))
    return full.fillna("").to_numpy().tolist()


def lengths(numbers):
    return [[len(number) for number in row] for row in numbers]


# Numbers


def test_a_mark_sheet_is_a_table_of_numbers(pen):
    digits = read_digits(draw_table(MARKS, pen), cells=True)

    assert numbers_in(digits) == MARKS


def test_row_column_and_number_are_those_of_the_cell_of_each_digit(pen):
    digits = read_digits(draw_table(MARKS, pen), cells=True)

    expected = [
        (0, row, column, number)
        for row, line in enumerate(MARKS)
        for column, number in enumerate(line)
        for _ in number
    ]
    found = digits[["table", "row", "column", "number"]]
    assert list(found.itertuples(index=False, name=None)) == expected
    assert found.dtypes.astype(str).tolist() == ["Int64"] * 3 + ["string"]
    assert digits["digit"].astype(str).str.cat() == "".join(map("".join, MARKS))
    assert digits["line"].tolist() == digits["row"].tolist()


def test_leading_zeros_are_kept(pen):
    digits = read_digits(draw_table([["007", "0"], ["12", "70"]], pen), cells=True)

    assert numbers_in(digits) == [["007", "0"], ["12", "70"]]


def test_a_doubtful_digit_of_a_number_is_a_question_mark(pen):
    page = draw_table(MARKS, pen)
    digits = read_digits(page, cells=True)
    weakest = digits.loc[digits["probability"].idxmin()]
    limit = digits["probability"].nsmallest(2).mean()

    doubtful = read_digits(page, cells=True, min_probability=limit)

    is_missing = doubtful["digit"].isna()
    assert is_missing.sum() == 1
    (number,) = doubtful.loc[is_missing, "number"]
    assert number.replace("?", str(weakest["digit"])) == weakest["number"]
    is_other = (doubtful[["row", "column"]] != weakest[["row", "column"]]).any(axis=1)
    assert doubtful["number"][is_other].equals(digits["number"][is_other])


def test_lines_within_a_cell_are_separated_by_a_space(pen):
    page = draw_table([["", "7"], ["3", "5"]], pen, heights=[180, 90])
    pen.write(page, "12", MARGIN + 80, MARGIN + 50, 40)
    pen.write(page, "345", MARGIN + 80, MARGIN + 130, 40)

    digits = read_digits(page, cells=True)

    assert numbers_in(digits) == [["12 345", "7"], ["3", "5"]]
    assert digits["line"].tolist() == [0] * 6 + [1] * 2


def test_cells_do_not_change_what_is_read(pen):
    page = draw_table(MARKS, pen)
    boxes = ["left", "top", "width", "height"]

    with_cells, without = read_digits(page, cells=True), read_digits(page)

    pd.testing.assert_frame_equal(
        with_cells[[*boxes, "digit", "probability"]].sort_values(boxes),
        without[[*boxes, "digit", "probability"]].sort_values(boxes),
        check_index_type=False,
        check_like=True,
    )
    assert "row" not in without


def test_found_digits_have_cells_without_numbers(pen):
    page = draw_table(MARKS, pen)

    found, digits = find_digits(page, cells=True), read_digits(page, cells=True)

    cell = ["line", "position", "table", "row", "column"]
    pd.testing.assert_frame_equal(found[cell], digits[cell])
    assert found.attrs["tables"] == [(4, 3)]
    assert "number" not in found


# Grids


@pytest.mark.parametrize(
    "style",
    [
        {"frame": 8},
        {"frame": 0},
        {"thickness": 1},
        {"thickness": 7},
        {"widths": [70, 260, 170]},
        {"heights": [60, 150, 80, 110]},
        {"height": 20},
        {"height": 96, "thickness": 5},
        {"low": 18},
        {"shade": 205},
    ],
    ids=str,
)
def test_styles_of_tables(pen, style):
    numbers = [[number[:2] for number in row] for row in MARKS]
    if style.get("widths"):
        numbers = [[row[0][:1], *row[1:]] for row in numbers]

    digits = read_digits(draw_table(numbers, pen, **style), cells=True)

    assert lengths(numbers_in(digits)) == lengths(numbers)


def test_lines_that_are_darker_than_paper_beside_light_ink(pen):
    light = 255 - draw_table(MARKS, pen, shade=255)[..., None] * np.ones(3)
    lines = draw_table([[""] * 3] * 4, pen, shade=0)[..., None]
    page = np.where(lines < 128, (20, 20, 40), 0.7 * light + (60, 60, 90))

    digits = read_digits(np.minimum(page, 255).astype(np.uint8), cells=True)

    assert numbers_in(digits) == MARKS


@pytest.mark.parametrize("frame", [0, 2])
@pytest.mark.parametrize(
    "seen",
    [
        lambda page: tilted(page, 2),
        lambda page: tilted(page, -4),
        in_perspective,
        lambda page: tilted(in_perspective(page), 2),
    ],
    ids=["tilted", "tilted back", "perspective", "both"],
)
def test_photos_of_tables(pen, seen, frame):
    page = seen(draw_table(MARKS, pen, frame=frame, low=12))

    digits = read_digits(page, cells=True)

    assert lengths(numbers_in(digits)) == lengths(MARKS)


def test_rows_of_a_table_in_perspective_are_lines(pen):
    numbers = [["1", "", "", "", "", "2"], ["", "3", "", "", "4", ""]] * 3
    page = draw_table(numbers, pen, low=12)
    height, width = page.shape
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    seen = np.float32([[0, 0.12 * height], [width, 0], *corners[2:]])
    matrix = cv2.getPerspectiveTransform(corners, seen)
    page = cv2.warpPerspective(page, matrix, (width, height), borderValue=255)

    lines = read_digits(page).groupby("line")["digit"].agg(list)

    assert [len(line) for line in lines] == [2] * 6


def test_a_bent_sheet(pen):
    page = draw_table(MARKS, pen)
    y, x = np.indices(page.shape, dtype=np.float32)
    y += 20 * np.sin(3 * x / page.shape[1])
    bent = cv2.remap(page, x, y, cv2.INTER_LINEAR, borderValue=255)

    digits = read_digits(bent, cells=True)

    assert lengths(numbers_in(digits)) == lengths(MARKS)


def test_a_number_in_merged_cells_is_at_the_first_one(pen):
    numbers = [["", "", "4"], ["12", "7", "100"], ["3", "45", "6"]]
    page = draw_table(numbers, pen, missing=[(0, 0)])
    pen.write(page, "125", MARGIN + 160, MARGIN + 40, 40)

    digits = read_digits(page, cells=True)

    assert lengths(numbers_in(digits)) == [[3, 0, 1], [2, 1, 3], [1, 2, 1]]


def test_a_stroke_under_a_number_does_not_divide_its_cell(pen):
    page = draw_table(MARKS, pen)
    cv2.line(page, (MARGIN + 24, MARGIN + 68), (MARGIN + 130, MARGIN + 66), 0, 3)

    digits = read_digits(page, cells=True)

    assert lengths(numbers_in(digits)) == lengths(MARKS)


def test_lines_that_cross_without_any_border(pen):
    page = np.full((500, 500), 255, np.uint8)
    for at in (170, 330):
        cv2.line(page, (at, 30), (at, 470), 0, 3)
        cv2.line(page, (30, at), (470, at), 0, 3)
    for row in range(3):
        for column in range(3):
            pen.write(page, "8", 90 + 160 * column, 90 + 160 * row, 60)

    digits = read_digits(page, cells=True)

    assert lengths(numbers_in(digits)) == [[1, 1, 1]] * 3


def test_digits_outside_of_a_table_have_no_cell(pen):
    page = np.pad(draw_table(MARKS, pen), ((90, 90), (0, 200)), constant_values=255)
    pen.write(page, "2024", 300, 70, 40)
    pen.write(page, "31", page.shape[1] - 120, 300, 40)
    pen.write(page, "99", 300, page.shape[0] - 70, 40)

    digits = read_digits(page, cells=True)

    assert lengths(numbers_in(digits)) == lengths(MARKS)
    outside = digits[digits["row"].isna()]
    assert len(outside) == 8
    assert outside[["table", "column", "number"]].isna().all(axis=None)
    by_line = digits.groupby("line")["row"].first()
    assert by_line.isna().iloc[[0, -1]].all()
    assert digits["line"].is_monotonic_increasing


@pytest.mark.parametrize("axis", [0, 1], ids=["one below the other", "side by side"])
def test_tables_of_a_page_are_numbered_in_reading_order(pen, axis):
    first, second = [["1", "2"], ["3", "4"]], [["5", "66"], ["7", "8"], ["9", "0"]]
    pages = [draw_table(numbers, pen) for numbers in (first, second)]
    across = max(page.shape[1 - axis] for page in pages)
    missing = [[(0, 0), (0, 0)] for _ in pages]
    for page, padding in zip(pages, missing, strict=True):
        padding[1 - axis] = (0, across - page.shape[1 - axis])
    pages = [
        np.pad(page, padding, constant_values=255)
        for page, padding in zip(pages, missing, strict=True)
    ]

    digits = read_digits(np.concatenate(pages, axis=axis), cells=True)

    assert digits.attrs["tables"] == [(2, 2), (3, 2)]
    assert digits.groupby("table").size().tolist() == [4, 7]
    assert digits["line"].is_monotonic_increasing


# Pages without tables


def squared(side):
    page = np.full((700, 900), 255, np.uint8)
    page[::side] = page[:, ::side] = 170
    page[1::side] = page[:, 1::side] = 170
    return page


def ruled():
    page = np.full((700, 900), 255, np.uint8)
    page[90::110] = page[91::110] = 120
    return page


def framed():
    page = np.full((700, 900), 255, np.uint8)
    cv2.rectangle(page, (40, 40), (860, 660), 60, 4)
    return page


@pytest.mark.parametrize(
    "page", [squared(24), ruled(), framed()], ids=["squared", "ruled", "framed"]
)
def test_paper_that_is_no_table(pen, page):
    for y in (150, 370, 590):
        pen.write(page, "314", 450, y, 56)

    with pytest.warns(UserWarning, match="No table was found on the page"):
        digits = read_digits(page, cells=True)

    assert len(digits) > 0
    assert digits[["table", "row", "column", "number"]].isna().all(axis=None)
    assert digits.attrs["tables"] == []
    pd.testing.assert_series_equal(digits["digit"], read_digits(page)["digit"])


def test_an_empty_table_is_a_warning_about_digits(pen):
    with pytest.warns(UserWarning, match="No digits were found") as caught:
        digits = read_digits(draw_table([["", ""], ["", ""]], pen), cells=True)

    assert len(caught) == 1
    assert digits.empty
    assert {"table", "row", "column", "number"} <= set(digits.columns)


# Real pages


def test_lines_of_a_table_without_short_ones_at_its_border():
    positions = np.arange(400)
    top, bottom = (Line(positions, np.full(400, offset)) for offset in (10.0, 110.0))
    across_top = Line(np.arange(100, 140), np.linspace(5, 20, 40))
    above = Line(np.arange(100, 140), np.full(40, -60.0))
    of_merged_cell = Line(np.arange(100, 200), np.full(100, 60.0))

    lines = _without_stray([across_top, bottom, of_merged_cell, above, top], 16.0)

    assert lines == [top, of_merged_cell, bottom]


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real pages is missing")
def test_rows_of_a_score_card():
    digits = read_digits(REAL / "golf_rows_bottom.png", cells=True)

    assert lengths(numbers_in(digits)) == [[1] * 9, [1] * 4 + [2] + [1] * 4]


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real pages is missing")
@pytest.mark.parametrize(
    "number", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 7))]
)
def test_photos_of_sudokus(number):
    name = f"ssoe_sudoku_{number}.png"
    labels = json.loads((REAL / "labels.json").read_text(encoding="utf-8"))
    (expected,) = [page["digits"] for page in labels if page["file"] == name]

    digits = read_digits(REAL / name, cells=True)

    assert digits.attrs["tables"] == [(9, 9)]
    counts = digits.groupby("row").size()
    assert counts.tolist() == [len(row) for row in expected]
    assert not digits.duplicated(["row", "column"]).any()


def test_rows_whose_cells_have_several_lines_are_no_lines(mnist_test):
    page = PageWriter(mnist_test)(["725", "163", "984", "205"], gap=60).copy()
    page[12:16] = page[236:240] = page[460:464] = 60
    page[
        12:464, [place + step for place in range(10, 400, 116) for step in range(4)]
    ] = 60

    assert lines_of(read_digits(page)) == ["725", "163", "984", "205"]
