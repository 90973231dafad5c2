"""`digitclf read`: the digits on pages, in every form of output, and bad pages."""

import csv
import io
import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from support.command_line import command, run, run_without, single_line
from support.page_writer import PageWriter
from support.posix import NEEDS_ANY_FILE_NAME
from support.terminal import show_in_terminal
from support.written_tables import DigitPen, draw_table

from digitclf.reading import find_digits, read_digits

REAL_PAGES = Path(__file__).parents[3] / "shared" / "data" / "pages"

FIRST = ["721", "0414", "99"]
FIRST_TEXT = "721\n0414\n99\n"
SECOND = ["069", "01"]
SECOND_TEXT = "069\n01\n"


@pytest.fixture(scope="module")
def page_of(mnist_test):
    """Return a function that writes test images of MNIST on a page."""
    return PageWriter(mnist_test)


@pytest.fixture
def save(tmp_path):
    """Return a function that saves a page and returns its path."""

    def write(page, name="page.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        page = Image.fromarray(page) if isinstance(page, np.ndarray) else page
        page.save(path)
        return path

    return write


@pytest.fixture
def first(save, page_of):
    """Return the path of a page with three lines of dark digits."""
    return save(page_of(FIRST), "first.png")


@pytest.fixture
def second(save, page_of):
    """Return the path of a page with two lines of light digits."""
    return save(page_of(SECOND, ink=255, paper=0), "second.png")


@pytest.fixture
def blank(save):
    """Return the path of a page without digits."""
    return save(np.full((200, 300), 255, np.uint8), "blank.png")


# Text


def test_lines_of_a_page_are_printed_as_text(invoke, first, second):
    assert invoke("read", first) == (0, FIRST_TEXT, "")
    assert invoke("read", second) == (0, SECOND_TEXT, "")


def test_ruled_lines_are_not_read(invoke, save, page_of):
    ruled = page_of(FIRST, ink=(30, 40, 110), paper=(250, 248, 240), ruled=48)

    assert invoke("read", save(ruled, "ruled.jpg")) == (0, FIRST_TEXT, "")


def test_several_pages_are_printed_below_their_names(invoke, first, second):
    code, stdout, stderr = invoke("read", first, second)

    assert (code, stderr) == (0, "")
    assert stdout == f"{first}:\n{FIRST_TEXT}\n{second}:\n{SECOND_TEXT}"


def test_a_folder_stands_for_all_pages_below_it_sorted(invoke, save, page_of, tmp_path):
    page = page_of(SECOND)
    paths = [save(page, f"scans/{name}") for name in ("b.png", "a/z.webp", "c.tif")]
    save(page, "scans/.hidden.png")

    code, stdout, _ = invoke("read", tmp_path / "scans")

    assert code == 0
    assert stdout == "\n".join(f"{path}:\n{SECOND_TEXT}" for path in sorted(paths))


def test_a_page_from_standard_input(invoke, first, monkeypatch):
    content = io.BytesIO(first.read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))

    assert invoke("read", "-") == (0, FIRST_TEXT, "")


@pytest.fixture
def above_the_weakest(page_of):
    """Return the first page's table, and a probability that one digit does not have."""
    digits = read_digits(page_of(FIRST))
    return digits, digits["probability"].nsmallest(2).mean()


def test_a_doubtful_digit_is_a_question_mark(invoke, first, above_the_weakest):
    digits, limit = above_the_weakest
    weakest = digits["probability"].argmin()
    expected = list(FIRST_TEXT)
    places = [place for place, sign in enumerate(FIRST_TEXT) if sign != "\n"]
    expected[places[weakest]] = "?"

    code, stdout, stderr = invoke("read", first, "--min-probability", limit)

    assert (code, stdout, stderr) == (0, "".join(expected), "")


def test_real_pages_are_read_line_by_line(invoke):
    if not REAL_PAGES.is_dir():
        pytest.skip(f"There is no folder {REAL_PAGES} with real pages.")

    code, stdout, stderr = invoke("read", REAL_PAGES / "sparsha_bluepen.jpg")

    assert (code, stderr) == (0, "")
    assert len(stdout.splitlines()) == 2
    assert stdout.startswith("12345")


# JSON and CSV


def test_json_has_lines_of_digits_with_boxes(invoke, first, second):
    code, stdout, stderr = invoke("read", first, second, "--json")

    assert (code, stderr) == (0, "")
    pages = json.loads(stdout)
    assert [page.keys() for page in pages] == [{"file", "lines"}] * 2
    for path, page in zip((first, second), pages, strict=True):
        table = read_digits(path)
        assert page["file"] == str(path)
        expected = [
            [
                {
                    "digit": str(row.digit),
                    "probability": pytest.approx(row.probability, abs=1e-6),
                    "box": [row.left, row.top, row.width, row.height],
                }
                for row in line.itertuples()
            ]
            for _, line in table.groupby("line")
        ]
        assert page["lines"] == expected


def test_a_doubtful_digit_is_null_in_json(invoke, first, above_the_weakest):
    digits, limit = above_the_weakest

    _, stdout, _ = invoke("read", first, "--json", "--min-probability", limit)

    ((page,)) = json.loads(stdout)
    (doubtful,) = [
        digit for line in page["lines"] for digit in line if digit["digit"] is None
    ]
    assert doubtful["probability"] == pytest.approx(digits["probability"].min())


def test_csv_has_a_row_per_digit(invoke, first, second):
    code, stdout, stderr = invoke("read", first, second, "--csv")

    assert (code, stderr) == (0, "")
    table = pd.read_csv(io.StringIO(stdout), dtype={"digit": "Int64"})
    expected = pd.concat(
        [
            read_digits(path).drop(columns="image").assign(file=str(path))
            for path in (first, second)
        ],
        ignore_index=True,
    )
    columns = ["file", "line", "position", "left", "top", "width", "height"]
    columns += ["digit", "probability"]
    assert list(table.columns) == columns
    pd.testing.assert_frame_equal(table, expected[columns], atol=1e-6)


def test_a_doubtful_digit_is_an_empty_cell(invoke, first, above_the_weakest):
    digits, limit = above_the_weakest

    _, stdout, _ = invoke("read", first, "--csv", "--min-probability", limit)

    rows = list(csv.DictReader(io.StringIO(stdout)))
    assert [place for place, row in enumerate(rows) if row["digit"] == ""] == [
        digits["probability"].argmin()
    ]


def test_json_and_csv_exclude_each_other(invoke, first):
    code, stdout, stderr = invoke("read", first, "--json", "--csv")

    assert (code, stdout) == (2, "")
    assert "'--csv': it cannot be combined with --json" in single_line(stderr)


# Tables


MARKS = [["12", "", "100", ""], ["3", "", "45", ""]]
SUMS = [["6", "007"]]


@pytest.fixture
def marks(save, mnist_test):
    """Return the path of a page with a table of two rows and two empty columns."""
    return save(draw_table(MARKS, DigitPen(mnist_test)), "marks.png")


@pytest.fixture
def sums(save, mnist_test):
    """Return the path of a page with a smaller table."""
    return save(draw_table(SUMS, DigitPen(mnist_test)), "sums.png")


def test_tables_are_printed_with_aligned_columns(invoke, marks, sums):
    assert invoke("read", "--table", marks) == (0, "12  .  100  .\n 3  .   45  .\n", "")

    code, stdout, stderr = invoke("read", "--table", marks, sums)

    assert (code, stderr) == (0, "")
    assert stdout == (f"{marks}:\n12  .  100  .\n 3  .   45  .\n\n{sums}:\n6  007\n")


def test_several_tables_of_a_page_are_separated_by_an_empty_line(
    invoke, save, mnist_test
):
    pen = DigitPen(mnist_test)
    tables = [draw_table(numbers, pen) for numbers in ([["1", "2"]], [["3", "4"]])]

    code, stdout, _ = invoke("read", "--table", save(np.vstack(tables)))

    assert (code, stdout) == (0, "1  2\n\n3  4\n")


def test_tables_as_csv_have_the_columns_of_the_widest(invoke, marks, sums):
    code, stdout, stderr = invoke("read", "--table", "--csv", sums, marks)

    assert (code, stderr) == (0, "")
    assert stdout == (
        "file,table,row,0,1,2,3\n"
        f"{sums},0,0,6,007,,\n"
        f"{marks},0,0,12,,100,\n"
        f"{marks},0,1,3,,45,\n"
    )


def test_tables_as_json(invoke, marks, sums, first):
    code, stdout, _ = invoke("read", "--table", "--json", marks, sums, first)

    assert code == 0
    expected = [[number or None for number in row] for row in MARKS]
    assert json.loads(stdout) == [
        {"file": str(marks), "tables": [expected]},
        {"file": str(sums), "tables": [SUMS]},
        {"file": str(first), "tables": []},
    ]


def test_a_page_without_a_table_is_an_empty_line_and_a_warning(invoke, first):
    code, stdout, stderr = invoke("read", "--table", first)

    assert (code, stdout) == (0, "\n")
    assert single_line(stderr).startswith(f"Warning: {first}: No table was found")
    assert invoke("read", "--table", "--csv", first)[:2] == (0, "file,table,row\n")


# Pages that cannot be read


def test_a_page_without_digits_is_an_empty_line_and_a_warning(invoke, blank):
    code, stdout, stderr = invoke("read", blank)

    assert (code, stdout) == (0, "\n")
    assert single_line(stderr).startswith(f"Warning: {blank}: No digits were found")


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--json", '[\n  {{"file": "{blank}", "lines": []}}\n]\n'),
        ("--csv", "file,line,position,left,top,width,height,digit,probability\n"),
    ],
)
def test_a_page_without_digits_in_json_and_csv(invoke, blank, option, expected):
    code, stdout, _ = invoke("read", blank, option)

    assert (code, stdout) == (0, expected.format(blank=blank))


def test_what_is_no_image_is_an_error_and_the_other_pages_are_read(
    invoke, first, tmp_path
):
    notes = tmp_path / "notes.png"
    notes.write_text("notes")
    missing = tmp_path / "missing.png"

    code, stdout, stderr = invoke("read", notes, missing, first)

    assert code == 1
    assert stdout == f"{first}:\n{FIRST_TEXT}"
    lines = stderr.splitlines()
    assert lines[0].startswith(f"Error: '{notes}' is not an image")
    assert lines[1:] == [f"Error: {missing}: No such file or directory"]


def test_json_without_a_page_is_an_empty_array(invoke, tmp_path):
    code, stdout, _ = invoke("read", tmp_path / "missing.png", "--json")

    assert (code, stdout) == (1, "[]\n")


def test_standard_input_that_is_no_image_is_named(invoke, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"some text")))

    code, stdout, stderr = invoke("read", "-")

    assert (code, stdout) == (1, "")
    assert single_line(stderr).startswith("Error: Standard input is not an image")


@NEEDS_ANY_FILE_NAME
@pytest.mark.parametrize("options", [[], ["--csv"], ["--json"]])
def test_control_characters_of_file_names_are_escaped(
    invoke, save, page_of, first, options
):
    path = save(page_of(SECOND), "\x1b]0;title\x07.png")

    code, stdout, stderr = invoke("read", first, path, *options)

    assert (code, stderr) == (0, "")
    assert "\x1b" not in stdout
    assert "title" in stdout


# Models


def test_read_with_another_model(invoke, first, model_file):
    from digitclf import load_predictor

    expected = read_digits(first, load_predictor(model_file))

    code, stdout, stderr = invoke("read", first, "--csv", "--model", model_file)

    assert (code, stderr) == (0, "")
    table = pd.read_csv(io.StringIO(stdout))
    np.testing.assert_allclose(table["probability"], expected["probability"], atol=1e-6)
    assert not np.allclose(table["probability"], read_digits(first)["probability"])


@pytest.fixture(scope="module")
def named_digits(mnist, tmp_path_factory):
    """Return a model of pixels from 0 to 1 with labels of several letters; its file."""
    from digitclf import MLPDigitClassifier, save_model

    path = tmp_path_factory.mktemp("named") / "m.keras"
    clf = MLPDigitClassifier(
        hidden_layer_sizes=(64,), epochs=8, batch_size=25, random_state=0
    )
    labels = np.array([f"digit-{digit}" for digit in range(10)])
    save_model(clf.fit(mnist.X_train / 255, labels[mnist.y_train]), path)
    return clf, path


def test_a_model_of_pixels_from_0_to_1_gets_them(invoke, first, named_digits):
    clf, path = named_digits
    images = np.stack(find_digits(first)["image"].to_list())

    code, stdout, stderr = invoke("read", first, "--csv", "--model", path)

    assert (code, stderr) == (0, "")
    probabilities = clf.predict_proba(images.reshape(len(images), -1) / 255)
    np.testing.assert_allclose(
        pd.read_csv(io.StringIO(stdout))["probability"],
        probabilities.max(axis=1),
        atol=1e-4,
    )


def test_labels_of_several_characters_are_separated(invoke, first, named_digits):
    clf, path = named_digits

    code, stdout, _ = invoke("read", first, "--model", path, "--min-probability", 0)

    assert code == 0
    assert [len(line.split(" ")) for line in stdout.splitlines()] == [3, 4, 2]
    assert set(stdout.split()) <= set(clf.classes_)


def test_a_model_of_other_images_is_refused(invoke, first, trained_on_own):
    code, stdout, stderr = invoke("read", first, "--model", trained_on_own[1])

    assert (code, stdout) == (1, "")
    message = single_line(stderr)
    assert "expects 8 x 8 pixels" in message
    assert "--raw" not in message


def test_a_model_file_as_page_is_wrong_usage(invoke, first):
    code, stdout, stderr = invoke("read", "model.keras", first)

    assert (code, stdout) == (2, "")
    assert "'PAGE': model.keras is a model file" in single_line(stderr)


def test_reading_imports_no_tensorflow(first, tmp_path):
    heavy = ["tensorflow", "keras", "scikeras"]

    done = run_without(heavy, "read", first, "--plot", tmp_path / "plot.png")

    assert (done.returncode, done.stdout) == (0, FIRST_TEXT), done.stderr


# Plot


@pytest.fixture
def figures(monkeypatch):
    """Return a list of the figures that the program would save."""
    saved = []
    monkeypatch.setattr(
        "digitclf.cli._page_plot.save_figure",
        lambda figure, path, dpi: saved.append(figure),
    )
    yield saved
    plt.close("all")


def labels_on(ax):
    return [text.get_text() for text in ax.texts]


def test_plot_of_a_page_has_boxes_and_labels(invoke, first, figures, tmp_path):
    code, stdout, stderr = invoke("read", first, "--plot", tmp_path / "plot.png")

    assert (code, stdout) == (0, FIRST_TEXT)
    assert single_line(stderr) == f"Plot saved to {tmp_path / 'plot.png'}"
    ((ax,),) = (figure.axes for figure in figures)
    assert labels_on(ax) == list(FIRST_TEXT.replace("\n", ""))
    assert len(ax.patches) == 9


def test_plot_of_several_pages_has_a_panel_per_page(
    invoke, first, second, blank, figures, tmp_path
):
    code, _, _ = invoke("read", first, second, blank, "--plot", tmp_path / "plot.png")

    assert code == 0
    panels = figures[0].axes
    assert [ax.get_title() for ax in panels if ax.axison] == [
        path.name for path in (first, second, blank)
    ]
    assert labels_on(panels[1]) == list(SECOND_TEXT.replace("\n", ""))
    assert panels[2].get_xlabel() == "no digits"


@pytest.mark.filterwarnings("error:Glyph")
def test_a_plot_has_a_limited_number_of_pages(
    invoke, save, page_of, tmp_path, monkeypatch
):
    monkeypatch.setattr("digitclf.cli._read.MAX_PLOTTED", 2)
    plot = tmp_path / "plot.png"
    for name in ("글", "눈", "말"):  # the font has no Korean letters
        save(page_of(SECOND), f"pages/{name}.png")

    code, stdout, stderr = invoke("read", tmp_path / "pages", "--plot", plot)

    assert code == 0
    assert stdout.count(SECOND_TEXT) == 3
    assert stderr.splitlines() == [
        "The plot shows the first 2 of 3 pages.",
        f"Plot saved to {plot}",
    ]
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_no_plot_is_written_without_a_page(invoke, tmp_path):
    plot = tmp_path / "plot.png"

    code, _, _ = invoke("read", tmp_path / "missing.png", "--plot", plot)

    assert code == 1
    assert not plot.exists()


# Progress


def test_a_terminal_shows_a_bar_while_pages_are_read(first, second, tmp_path):
    (tmp_path / "notes.png").write_text("notes")

    code, shown = show_in_terminal(
        command("read", first.name, "notes.png", second.name), cwd=tmp_path
    )

    assert code == 1
    assert "Pages 0/3" in shown
    assert "Pages 2/3" in shown
    lines = [line for line in shown.replace("\r", "\n").split("\n") if line]
    printed = [line for line in lines if not line.startswith("Pages ")]
    error = next(line for line in printed if line.startswith("Error: 'notes.png'"))
    assert [line for line in printed if line != error] == [
        *f"{first.name}:\n{FIRST_TEXT}".splitlines(),
        *f"{second.name}:\n{SECOND_TEXT}".splitlines(),
    ]


def test_no_bar_is_shown_without_a_terminal(first, second):
    done = run("read", first, second)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{first}:\n{FIRST_TEXT}\n{second}:\n{SECOND_TEXT}"
