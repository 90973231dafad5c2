"""``POST /api/read``: the digits on a page."""

import io

import numpy as np
from PIL import Image
from support.png_files import as_png

from digitclf.reading import read_digits


def digits_of(answer):
    return [[digit["digit"] for digit in line] for line in answer["lines"]]


def test_lines_have_digits_boxes_and_probabilities(client, page):
    answer = client.post("/api/read", content=page).json()

    table = read_digits(page)
    assert digits_of(answer) == [["3", "1", "4"], ["2", "7"]]
    digits = [digit for line in answer["lines"] for digit in line]
    boxes = table[["left", "top", "width", "height"]].to_numpy().tolist()
    assert [digit["box"] for digit in digits] == boxes
    probabilities = [digit["probability"] for digit in digits]
    np.testing.assert_allclose(probabilities, table["probability"], atol=1e-5)
    with Image.open(io.BytesIO(page)) as image:
        assert (answer["width"], answer["height"]) == image.size


def test_doubtful_digits_are_missing(client, page):
    answer = client.post("/api/read?min_probability=1", content=page).json()

    assert None in digits_of(answer)[0] + digits_of(answer)[1]


def test_a_picture_of_few_pixels_is_a_single_digit(client, mnist_test):
    answer = client.post("/api/read", content=as_png(mnist_test.images[3])).json()

    assert digits_of(answer) == [["0"]]
    assert answer["lines"][0][0]["box"] == [0, 0, 28, 28]


def test_a_page_without_digits_has_no_lines(client):
    blank = as_png(np.full((200, 300), 255, dtype=np.uint8))

    assert client.post("/api/read", content=blank).json()["lines"] == []


def test_the_example_page_can_be_read(client):
    example = client.get("/api/example_page")

    answer = client.post("/api/read", content=example.content).json()

    assert example.headers["content-type"] == "image/png"
    assert len(answer["lines"]) >= 3
