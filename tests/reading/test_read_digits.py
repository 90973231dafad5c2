"""read_digits and find_digits: pages made of MNIST's images, and real ones."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from support.page_writer import lines_of

from digitclf import load_predictor
from digitclf.reading import find_digits, read_digits
from digitclf.reading._read import page_stages

REAL = Path(__file__).parents[3] / "shared" / "data"


LINES = ["3141", "592", "65358"]


def test_lines_are_read_from_top_to_bottom_and_left_to_right(write):
    table = read_digits(write(LINES))

    assert lines_of(table) == LINES
    assert table["position"].tolist() == [0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 3, 4]
    assert table["digit"].dtype == "Int64"
    assert table["probability"].between(0.5, 1).all()


@pytest.mark.parametrize(
    ("ink", "paper"), [(255, 0), ([200, 30, 30], [120, 160, 240]), (150, 200)]
)
def test_any_ink_on_any_paper(write, ink, paper):
    assert lines_of(read_digits(write(LINES, ink=ink, paper=np.array(paper)))) == LINES


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32"])
@pytest.mark.parametrize("ink", [0, 255])
def test_masks_are_pages(write, dtype, ink):
    mask = write(["3141", "27", "68380"], ink=ink, paper=255 - ink)[..., 0] > 127

    assert lines_of(read_digits(mask.astype(dtype))) == ["3141", "27", "68380"]


def test_boxes_are_in_pixels_of_the_page(write):
    page = write(["7"])

    (box,) = read_digits(page)[["left", "top", "width", "height"]].to_numpy()

    rows, columns = np.nonzero(page[..., 0] < 128)
    expected = columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1
    np.testing.assert_allclose(box, expected, atol=3)


def test_boxes_of_a_large_page_are_in_its_pixels(write):
    page = Image.fromarray(write(["7", "2"]))
    large = page.resize((page.width * 12, page.height * 12))

    table, small = read_digits(large), read_digits(page)

    assert lines_of(table) == ["7", "2"]
    names = ["left", "top", "width", "height"]
    np.testing.assert_allclose(table[names], small[names] * 12, atol=30)


def test_page_of_tall_digits_is_reduced_but_not_one_of_small_digits(write):
    tall = write(["3141"] * 4, side=250)
    beside = np.full_like(tall, 255)
    small = write(["31415926"] * 3, side=40)
    beside[: small.shape[0], : small.shape[1]] = small

    pages = [page_stages(page, None) for page in (tall, beside)]

    assert [len(page.found) for page in pages] == [16, 24]
    # A digit of MNIST is up to 20 of 28 pixels high.
    assert len(pages[0].ink.contrast) < len(tall) / 3
    assert len(pages[1].ink.contrast) == len(tall)


def test_light_gradient_and_noise(write):
    page = write(LINES).astype(float)
    rows, columns = np.indices(page.shape[:2])
    light = 1 - 0.5 * rows / len(rows) - 0.2 * columns / columns.max()
    noise = np.random.default_rng(0).normal(0, 6, page.shape)

    photo = np.clip(page * light[..., None] + noise, 0, 255).astype(np.uint8)

    assert lines_of(read_digits(photo)) == LINES


@pytest.mark.parametrize("upright", [False, True])
def test_printed_lines_are_no_digits_and_do_not_hide_any(write, upright):
    page = Image.fromarray(write(LINES, side=90))
    drawing = ImageDraw.Draw(page)
    for y in range(10, page.height, 97):
        drawing.line([(0, y), (page.width, y + 6)], fill="#6080c0", width=2)
    for x in range(30, page.width if upright else 0, 110):
        drawing.line([(x, 0), (x - 5, page.height)], fill="#6080c0", width=2)

    assert lines_of(read_digits(page)) == LINES


def test_specks_dots_and_dashes_are_no_digits(write):
    page = Image.fromarray(write(["31 41"]))
    drawing = ImageDraw.Draw(page)
    for x, y in [(10, 10), (200, 12), (330, 140), (90, 150)]:
        drawing.ellipse([x, y, x + 4, y + 4], fill="black")
    drawing.line([(196, 70), (240, 70)], fill="black", width=5)

    assert lines_of(read_digits(page)) == ["3141"]


def test_digits_that_touch_are_taken_apart(write):
    page = write(["2050", "34"], gap=-10)

    table = read_digits(page)

    assert lines_of(table) == ["2050", "34"]


def test_lines_may_slant_and_begin_anywhere(write):
    page = Image.fromarray(write(["31415926", "27182818"], indent=30))
    slanted = page.rotate(3, expand=True, fillcolor="white")

    assert lines_of(read_digits(slanted)) == ["31415926", "27182818"]


def test_doubtful_digits_are_missing(write):
    clf = DummyClassifier(strategy="uniform").fit(np.zeros((10, 784)), range(10))

    table = read_digits(write(LINES), clf)

    assert table["digit"].isna().all()
    assert table["probability"].tolist() == pytest.approx([0.1] * 12)


def test_found_digits_are_those_that_are_read(write):
    page = write(LINES)

    found, table = find_digits(page), read_digits(page)

    pd.testing.assert_frame_equal(
        found.drop(columns="image"), table[found.columns.drop("image")]
    )
    images = np.stack(found["image"])
    assert images.shape == (12, 28, 28)
    assert images.dtype == np.uint8
    predicted = load_predictor().predict(images)
    assert predicted.tolist() == table["digit"].tolist()


def test_exif_rotation_is_applied(write, tmp_path):
    page = Image.fromarray(write(LINES)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    page.save(tmp_path / "page.jpg", exif=exif, quality=95)

    assert lines_of(read_digits(tmp_path / "page.jpg")) == LINES


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_another_classifier_with_labels_of_text(write, mnist):
    labels = np.array([f"digit {label}" for label in mnist.y_train])
    clf = LogisticRegression(max_iter=30).fit(mnist.X_train, labels)

    table = read_digits(write(["7"]), clf, min_probability=0)

    assert table["digit"].iloc[0] in clf.classes_


def test_page_without_digits_is_an_empty_table_and_a_warning():
    with pytest.warns(UserWarning, match="No digits were found on the page"):
        table = read_digits(np.full((200, 300), 255, dtype=np.uint8))

    assert len(table) == 0
    assert {"line", "position", "digit", "probability", "image"} <= set(table.columns)


@pytest.mark.filterwarnings("ignore:No digits were found")
def test_noise_and_blur_are_no_error():
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (300, 400, 3), dtype=np.uint8))
    for radius in (0, 2, 8):
        assert isinstance(
            read_digits(noise.filter(ImageFilter.GaussianBlur(radius))), pd.DataFrame
        )


@pytest.mark.filterwarnings("ignore:No digits were found")
@pytest.mark.parametrize("cells", [False, True])
def test_page_of_nothing_but_coloured_stripes_is_no_error(cells):
    page = np.full((300, 300, 3), 255, dtype=np.uint8)
    page[np.arange(300) // 40 % 2 == 0] = 200, 0, 0

    assert isinstance(read_digits(page, cells=cells), pd.DataFrame)


def test_texture_of_thousands_of_strokes_has_no_digits():
    noise = np.random.default_rng(0).integers(0, 256, (1200, 1600), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(2)))
    texture = np.where(smooth > np.quantile(smooth, 0.8), 255, 0).astype(np.uint8)

    with pytest.warns(UserWarning, match="No digits were found"):
        assert len(read_digits(texture)) == 0


@pytest.mark.parametrize(
    ("classifier", "error", "message"),
    [
        ("digits.keras", TypeError, "classifier should be .* got str"),
        (LogisticRegression(), NotFittedError, "not fitted"),
        (
            DummyClassifier().fit(np.eye(5), range(5)),
            ValueError,
            "classifier expects 5 features.*784",
        ),
    ],
)
def test_invalid_classifiers(classifier, error, message, write):
    with pytest.raises(error, match=message):
        read_digits(write(["7"]), classifier)


@pytest.mark.parametrize("min_probability", [-0.1, 1.5, float("nan"), "0.5", None])
def test_invalid_probability(min_probability, write):
    with pytest.raises(ValueError, match="min_probability should be a number"):
        read_digits(write(["7"]), min_probability=min_probability)


def test_file_that_is_no_image(tmp_path):
    path = tmp_path / "page.png"
    path.write_bytes(b"no image")

    with pytest.raises(ValueError, match=r"page\.png"):
        read_digits(path)


WITHOUT_TENSORFLOW = """
import sys, warnings
import numpy as np
from digitclf.reading import find_digits
warnings.simplefilter("ignore")
find_digits(np.eye(200))
print(*sorted({"tensorflow", "keras", "scikeras"} & set(sys.modules)))
"""


def test_reading_imports_no_tensorflow():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == ""


# Real pages


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real pages is missing")
def test_scan_with_print_from_the_back():
    table = read_digits(REAL / "scanned_digits.png")

    assert lines_of(table) == ["8", "125", "1", "3460", "7", "789"]


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real pages is missing")
def test_real_pages():
    pages = json.loads((REAL / "pages" / "labels.json").read_text(encoding="utf-8"))
    exact = 0
    for page in pages:
        table = read_digits(REAL / "pages" / page["file"], min_probability=0)
        exact += lines_of(table) == page["digits"]

    assert exact >= 12


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real pages is missing")
@pytest.mark.parametrize(
    ("puzzle", "part", "digits"),
    [
        (3, (0.6, 0, 1, 1), "6992882167"),
        (5, (0, 0.6, 1, 1), "318486574723"),
        (6, (0, 0, 0.4, 1), "29815193543"),
    ],
)
def test_part_of_a_table_whose_lines_have_light_edges(puzzle, part, digits):
    page = Image.open(REAL / "pages" / f"ssoe_sudoku_{puzzle}.png")
    corners = np.multiply(part, page.size * 2).astype(int).tolist()

    table = read_digits(page.crop(corners))

    assert "".join(map(str, table["digit"])) == digits


@pytest.mark.skipif(not REAL.is_dir(), reason="the folder of real pages is missing")
def test_stems_at_the_border_of_a_sheet_are_no_printed_lines():
    rows = Image.open(REAL / "pages" / "golf_rows_bottom.png").convert("RGB")
    desk = ImageOps.expand(rows, 36, fill=(120, 120, 120))

    table = read_digits(desk, min_probability=0)

    # Two in each row, whose stems reach the border or nearly so.
    assert (table["digit"] == 4).sum() == 4


def test_halves_of_a_digit_are_put_together(mnist_test):
    zero = mnist_test.images[mnist_test.target == 0][1]
    zero = cv2.resize(zero, (112, 112), interpolation=cv2.INTER_CUBIC)
    left, _, width, _ = cv2.boundingRect(np.uint8(zero > 60))
    zero[:, left + width // 2 - 2 : left + width // 2 + 2] = 0

    table = read_digits(255 - np.pad(zero, 80))

    assert table["digit"].tolist() == [0]
    assert table["width"][0] > 0.9 * width
