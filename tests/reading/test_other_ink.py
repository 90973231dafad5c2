"""Ink on a page that is not a digit: letters, words, signs, drawings."""

from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from sklearn.dummy import DummyClassifier

from digitclf.reading import find_digits, read_digits
from digitclf.reading._digit_or_other import Kinds, are_digits
from digitclf.reading._order import Box

SIDE = 56
"""Side in pixels of a digit's image, 20 / 28 of which it fills."""


@pytest.fixture(scope="module")
def write(mnist_test):
    """Return a function that draws a page of digits, MNIST's, and text from a font.

    It takes a list of (x, y, text). Digits of the text are handwritten.
    """
    places = {
        str(digit): np.flatnonzero(mnist_test.target == digit) for digit in range(10)
    }
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = ImageFont.truetype(path, 48)

    def draw(*texts, size=(900, 400)):
        page = Image.new("L", size, 255)
        drawing = ImageDraw.Draw(page)
        used = dict.fromkeys(places, 0)
        for x, y, text in texts:
            if not set(text) <= {*places, " "}:
                drawing.text((x, y), text, fill=0, font=font)
                continue
            for column, digit in enumerate(text):
                if digit != " ":
                    image = mnist_test.images[places[digit][used[digit]]]
                    used[digit] += 1
                    stroke = Image.fromarray(image).resize((SIDE, SIDE))
                    page.paste(0, (x + column * SIDE, y), stroke)
        return page

    return draw


def lines_of(table):
    text = table["digit"].astype("string").fillna("?")
    return text.groupby(table["line"]).agg("".join).tolist()


@pytest.mark.parametrize(
    "letters", ["K W E M X", "A H N R T", "m w k x f", "+ × ÷ < √"]
)
def test_letters_and_operators_are_not_read(write, letters):
    page = write((40, 40, "3 1 4 2"), (40, 150, letters), (40, 260, "5 9 6 7"))

    assert lines_of(read_digits(page)) == ["3142", "5967"]


def test_signs_between_digits_are_not_read(write):
    page = write((40, 40, "25"), (190, 40, "+"), (260, 40, "37"), (410, 40, "="))

    assert lines_of(read_digits(page)) == ["2537"]


def test_words_are_not_read(write):
    page = write(
        (40, 40, "Punkte"), (400, 40, "31"), (40, 150, "Werner"), (400, 150, "42")
    )

    assert lines_of(read_digits(page)) == ["31", "42"]


def test_drawings_are_not_read(write):
    page = write((40, 40, "3 1 4 2"))
    drawing = ImageDraw.Draw(page)
    drawing.line([(60, 240), (80, 280), (140, 200)], fill=0, width=5)
    drawing.polygon([(200, 270), (230, 210), (260, 270)], outline=0, width=5)
    drawing.ellipse([320, 210, 380, 270], outline=0, width=5)
    drawing.line([(320, 240), (380, 240)], fill=0, width=5)
    drawing.line([(350, 210), (350, 270)], fill=0, width=5)
    zigzag = [(460 + 9 * step, 210 + 50 * (step % 2)) for step in range(9)]
    drawing.line(zigzag, fill=0, width=5)

    assert lines_of(read_digits(page)) == ["3142"]


def scribble(seed):
    """Return a smooth curve near random points, (n, 2)."""
    points = np.random.default_rng(seed).random((8, 2)) * [130, 60]
    time = np.linspace(0, 7, 160)
    curve = [np.interp(time, np.arange(8), axis) for axis in points.T]
    kernel = np.ones(15) / 15
    return np.stack([np.convolve(axis, kernel, "valid") for axis in curve], axis=1)


@pytest.mark.parametrize("seed", [18, 54])
def test_scribbles_are_not_read(seed, write):
    page = write((60, 60, "3141"), (60, 160, "592"), (60, 260, "65358"))
    drawing = ImageDraw.Draw(page)
    curve = scribble(seed) + np.array([400, 150])
    drawing.line(curve.ravel().tolist(), fill=0, width=5, joint="curve")

    assert lines_of(read_digits(page)) == ["3141", "592", "65358"]


def test_a_page_of_letters_has_no_digits(write):
    page = write((40, 40, "KXM HNK WXK"), (40, 150, "MXK NHX KWM KX"))

    with pytest.warns(UserWarning, match="No digits were found"):
        assert len(read_digits(page)) == 0


ROW = [Box(30 * column, 0, 25, 40) for column in range(5)]


def kinds(digits, letters):
    """Return what ink shows, from its probabilities to be digits and letters."""
    return Kinds(np.array(digits), np.zeros(len(digits)), np.array(letters))


@pytest.mark.parametrize(
    ("digits", "letters", "kept"),
    [
        ([0.4] * 5, [0.05] * 5, [True] * 5),
        ([0.01, 0.01, 0.95, 0.01, 0.01], [0.98, 0.98, 0.04, 0.98, 0.98], [False] * 5),
        (
            [0.99, 0.01, 0.99, 0.01, 0.99],
            [0, 0.1, 0, 0.1, 0],
            [True, False] * 2 + [True],
        ),
        ([0.99, 0.99, 0.3, 0.99, 0.99], [0, 0, 0.6, 0, 0], [True] * 5),
        (
            [0.99, 0.99, 0.99, 0.01, 0.01],
            [0, 0, 0, 0.99, 0.99],
            [True] * 3 + [False] * 2,
        ),
    ],
    ids=["doubtful digits", "letter of a word", "operators", "among digits", "unit"],
)
def test_words_are_divided_into_digits_and_letters(digits, letters, kept):
    assert are_digits(ROW, kinds(digits, letters)).tolist() == kept


def test_letters_at_a_distance_are_no_evidence():
    far = [Box(200 * column, 100 * column, 25, 40) for column in range(3)]

    kept = are_digits(far, kinds([0.01, 0.9, 0.01], [0.98, 0.05, 0.98]))

    assert kept.tolist() == [False, True, False]


def test_digits_after_a_word_are_kept():
    word = [Box(30 * column, 0, 25, 40) for column in range(4)]
    digits = [Box(150 + 50 * column, 0, 25, 40) for column in range(2)]

    kept = are_digits(
        word + digits, kinds([0.0] * 4 + [1.0] * 2, [1.0] * 4 + [0.0] * 2)
    )

    assert kept.tolist() == [False] * 4 + [True] * 2


def test_unclear_ink_is_digits_unless_the_page_has_clear_letters():
    unclear = [Box(30 * column, 0, 25, 40) for column in range(6)]
    clear = [Box(30 * column, 100, 25, 40) for column in range(12)]
    boxes = unclear + clear
    of_unclear = [0.3] * 6

    among_digits = are_digits(boxes, kinds(of_unclear + [1.0] * 12, [0.0] * 18))
    among_letters = are_digits(
        boxes, kinds(of_unclear + [0.0] * 12, [0.0] * 6 + [0.99] * 12)
    )

    assert among_digits.all()
    assert not among_letters.any()


def test_no_ink_is_no_digit():
    assert are_digits([], kinds([], [])).shape == (0,)


def test_printed_words_with_letters_like_digits_are_not_read(write):
    page = write(
        *((40, 40 + 110 * row, word) for row, word in enumerate(["Room", "Total"])),
        (400, 40, "31"),
        (400, 150, "42"),
    )

    assert lines_of(read_digits(page)) == ["31", "42"]


def test_digits_are_kept(write, mnist_test):
    digits = "".join(map(str, mnist_test.target[:120]))
    rows = [(30, 30 + 90 * row, digits[row * 15 :][:15]) for row in range(8)]

    table = find_digits(write(*rows, size=(900, 800)))

    assert len(table) >= 119


def test_a_classifier_is_only_asked_which_digit_it_is(write):
    clf = DummyClassifier(strategy="constant", constant=7)
    clf.fit(np.zeros((10, 784)), range(10))
    page = write((40, 40, "3 1 4 2"), (40, 150, "K W E M X"))

    table = read_digits(page, clf)

    assert lines_of(table) == ["7777"]


@pytest.mark.parametrize("shape", ["ellipse", "rectangle", "rounded_rectangle"])
def test_digits_in_frames_are_read(write, shape):
    page = write((60, 60, "3  1  4  0"), (60, 240, "6  8  9  0"))
    drawing = ImageDraw.Draw(page)
    for x in range(60, 620, 3 * SIDE):
        for y in (60, 240):
            frame = x - 20, y - 20, x + SIDE + 20, y + SIDE + 20
            getattr(drawing, shape)(frame, outline=0, width=5)

    assert lines_of(read_digits(page)) == ["3140", "6890"]


def draw_boxes(drawing, style, x, y, dark):
    """Draw a row of six boxes for single digits, `SIDE` apart or side by side."""
    for number in range(6):
        left = x + 2 * number * SIDE + 6 * (number % 3)
        if style == "apart":
            box = left, y - 6, left + SIDE - 6, y + SIDE + 4
            drawing.rectangle(box, outline=dark, width=3)
            continue
        left = x + 2 * number * SIDE - SIDE // 2
        right, top = left + 2 * SIDE, y - 4 if style == "joined" else y + SIDE // 2
        drawing.line([(left, top), (left, y + SIDE)], fill=dark, width=3)
        drawing.line([(right, top), (right, y + SIDE)], fill=dark, width=3)
        drawing.line([(left, y + SIDE), (right, y + SIDE)], fill=dark, width=3)
        if style == "joined":
            drawing.line([(left, top), (right, top)], fill=dark, width=3)


@pytest.mark.parametrize("style", ["apart", "joined", "comb"])
@pytest.mark.parametrize("dark", [0, 120])
def test_digits_in_the_boxes_of_a_form_are_read(write, style, dark):
    page = write((60, 60, "3 6 4 0 1 8"), (60, 200, "6 8 9 0   5"), (60, 340, "2"))
    drawing = ImageDraw.Draw(page)
    for y in (60, 200, 340):
        draw_boxes(drawing, style, 60, y, dark)

    assert lines_of(read_digits(page)) == ["364018", "68905", "2"]


def test_thin_faint_strokes_between_digits_are_no_ones(write):
    page = write((60, 60, "3 6 4 0 1 8"), (60, 200, "6 8 9 0 1 5"))
    drawing = ImageDraw.Draw(page)
    for y in (60, 200):
        for place in range(7):
            x = 60 + 2 * place * SIDE - SIDE // 2
            drawing.line([(x, y + SIDE // 2), (x, y + SIDE)], fill=120, width=3)

    assert lines_of(read_digits(page)) == ["364018", "689015"]


def test_faint_ones_beside_faint_digits_are_digits(write):
    page = write((60, 60, "3 6 1 0 1 8"), (60, 200, "6 8 1 0 1 5"))
    pixels = np.asarray(page, dtype=float)
    # The right half is in the light of a flash.
    columns = np.linspace(0, 1, pixels.shape[1])
    light = 0.7 / (1 + np.exp(-20 * (columns - 0.5)))
    page = pixels + (255 - pixels) * light

    assert lines_of(read_digits(page.astype(np.uint8))) == ["361018", "681015"]


def test_ones_on_a_line_are_no_boxes(write):
    page = write((60, 60, "1 1 1 1 1 1"), (60, 200, "1 1 1 1"))
    drawing = ImageDraw.Draw(page)
    for y in (60, 200):
        drawing.line([(20, y + SIDE - 10), (800, y + SIDE - 10)], fill=0, width=3)

    assert lines_of(read_digits(page)) == ["111111", "1111"]


@pytest.mark.parametrize(
    "name", ["DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "cmr10"]
)
def test_printed_digits_in_rows_are_no_boxes(name):
    path = Path(mpl.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
    lines = ["0123456789", "0080010040", "3141592653"]
    page = Image.new("L", (700, 300), 250)
    drawing = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        font = ImageFont.truetype(path, 60)
        drawing.text((40, 20 + 90 * row), line, fill=20, font=font)

    assert lines_of(read_digits(page)) == lines


def test_a_spot_in_a_zero_makes_it_no_frame(write):
    rows = [(60, 40 + 90 * row, "0 0 0 0 0 0") for row in range(4)]
    page = write(*rows)
    drawing = ImageDraw.Draw(page)
    for left, top, zeros in rows:
        for column in range(0, len(zeros), 2):
            middle = left + column * SIDE + SIDE // 2, top + SIDE // 2
            drawing.line([middle, (middle[0] + 1, middle[1] + 8)], fill=0, width=3)

    digits = read_digits(page)["digit"]

    # Some are drawings to the network. A frame would be removed from each of them.
    assert np.count_nonzero(digits == 0) >= 18
    assert len(digits) <= 24


@pytest.mark.parametrize("gap", [6, 20, 60])
def test_light_digits_on_dark_pictures_of_a_light_page_are_read(mnist_test, gap):
    images = mnist_test.images[:12].repeat(3, axis=1).repeat(3, axis=2)
    framed = np.pad(images, ((0, 0), (gap, gap), (gap, gap)), constant_values=255)
    page = np.vstack([np.hstack(framed[start : start + 4]) for start in (0, 4, 8)])

    read = lines_of(read_digits(page))

    assert read == [
        "".join(map(str, row)) for row in mnist_test.target[:12].reshape(3, 4)
    ]


@pytest.mark.parametrize("window", [240, 60])
@pytest.mark.parametrize("digits", ["30", "86", "4"])
def test_thick_digits_on_a_canvas_are_no_areas(mnist_test, digits, window):
    side = 210
    screen = np.full((500, 800), window, dtype=np.uint8)
    screen[:30] = 130
    screen[60:420, 100:700] = 0
    for column, digit in enumerate(digits):
        image = mnist_test.images[mnist_test.target == int(digit)][0]
        large = np.asarray(Image.fromarray(image).resize((side, side)))
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
        left = 160 + 260 * column
        screen[120 : 120 + side, left : left + side] = cv2.dilate(large, pen)

    assert lines_of(read_digits(screen)) == [digits]
