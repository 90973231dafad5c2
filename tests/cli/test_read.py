"""The command ``digitclf read``."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def page(mnist_test, tmp_path_factory):
    """Return a file with the digits 721 and 041 in two lines, dark on white."""
    images = mnist_test.images
    rows = [np.hstack(images[:3]), np.hstack(images[3:6])]
    pixels = np.pad(255 - np.vstack(rows), 20, constant_values=255)
    path = tmp_path_factory.mktemp("pages") / "page.png"
    Image.fromarray(pixels).resize((416, 384)).save(path)
    return path


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "blank.png"
    Image.new("L", (300, 200), "white").save(path)
    return path


def test_lines_are_printed_as_text(invoke, page):
    assert invoke("read", page) == (0, "721\n041\n", "")


def test_doubtful_digits_are_question_marks(invoke, page):
    code, stdout, _ = invoke("read", page, "--min-probability", "1")

    assert (code, stdout) == (0, "???\n???\n")


def test_json_has_lines_with_digits_probabilities_and_boxes(invoke, page):
    code, stdout, _ = invoke("read", page, "--json")

    (read,) = json.loads(stdout)
    assert code == 0
    assert read["file"] == str(page)
    assert [[item["digit"] for item in line] for line in read["lines"]] == [
        ["7", "2", "1"],
        ["0", "4", "1"],
    ]
    first = read["lines"][0][0]
    assert first.keys() == {"digit", "probability", "box"}
    assert 0.5 < first["probability"] <= 1
    left, top, width, height = first["box"]
    assert 60 < left < 200
    assert 50 < top < 150
    assert 20 < width < height < 130


def test_json_of_a_doubtful_digit_is_null(invoke, page):
    _, stdout, _ = invoke("read", page, "--json", "--min-probability", "1")

    assert json.loads(stdout)[0]["lines"][0][0]["digit"] is None


def test_csv_has_a_row_per_digit(invoke, page):
    code, stdout, _ = invoke("read", page, "--csv")

    rows = list(csv.DictReader(io.StringIO(stdout)))
    assert code == 0
    assert [row["digit"] for row in rows] == list("721041")
    assert [row["line"] for row in rows] == list("000111")
    assert list(rows[0]) == [
        *["file", "line", "position", "left", "top", "width", "height"],
        *["digit", "probability"],
    ]


def test_json_and_csv_exclude_each_other(invoke, page):
    code, stdout, stderr = invoke("read", page, "--json", "--csv")

    assert (code, stdout) == (2, "")
    assert "cannot be combined with --json" in stderr


def test_plot_shows_the_page(invoke, page, tmp_path):
    code, stdout, _ = invoke("read", page, "--plot", tmp_path / "read.png")

    assert (code, stdout) == (0, "721\n041\n")
    assert np.ptp(np.asarray(Image.open(tmp_path / "read.png"))) > 100


def test_page_without_digits_is_an_empty_line_and_a_warning(invoke, blank):
    code, stdout, stderr = invoke("read", blank)

    assert (code, stdout) == (0, "\n")
    assert "no digits" in stderr


def test_other_pages_are_read_if_one_is_no_image(invoke, page, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")

    code, stdout, stderr = invoke("read", broken, page)

    assert code == 1
    assert "721" in stdout
    assert "broken.png" in stderr


def test_missing_page_is_an_error(invoke, tmp_path):
    code, stdout, stderr = invoke("read", tmp_path / "missing.png")

    assert (code, stdout) == (1, "")
    assert "missing.png" in stderr


def test_model_for_other_images_is_refused(invoke, page, fitted_mlp, tmp_path):
    from digitclf import save_model

    save_model(fitted_mlp, tmp_path / "small.keras")

    code, stdout, stderr = invoke("read", page, "--model", tmp_path / "small.keras")

    assert (code, stdout) == (1, "")
    assert stderr.startswith("Error: ")
