"""read_digits: papers, lights and files that make ink hard to tell from paper."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from support.page_writer import in_thick_table, lines_of

from digitclf.reading import read_digits
from digitclf.reading._boxes import without_boxes
from digitclf.reading._components import Components
from digitclf.reading._digit_height import have_thin_strokes, like_digits
from digitclf.reading._faint_lines import faint_lines
from digitclf.reading._ink_strokes import strokes_of, texture_of
from digitclf.reading._page_ink import PageInk, plane_of
from digitclf.reading._polarity import (
    MANY_DIGITS,
    _count_strokes,
    _is_only_kind,
    _without_halos,
)
from digitclf.reading._printed_lines import level_lines

LINES = ["3141", "592", "65358"]


@pytest.mark.parametrize("spacing", [24, 40])
@pytest.mark.parametrize("shade", [150, 200])
def test_squared_paper(shade, spacing, write):
    page = write(LINES, paper=240, ink=30)
    page[::spacing] = np.minimum(page[::spacing], shade)
    page[:, ::spacing] = np.minimum(page[:, ::spacing], shade)

    assert lines_of(read_digits(page)) == LINES


@pytest.mark.parametrize(
    ("lines", "spacing", "ink", "degrees"),
    [
        (["3141", "5926", "5358"], 44, 90, 0),
        (["3141", "5926", "5358"], 44, 110, 20),
        (["2718", "2818", "2845"], 64, 90, 0),
        (["2718", "2818", "2845"], 64, 110, -25),
    ],
)
def test_squares_darker_than_ink_on_a_part_of_the_page(
    lines, spacing, ink, degrees, write
):
    squares = write(lines, paper=230, ink=ink)[..., 0]
    squares[2::spacing] = np.minimum(squares[2::spacing], 60)
    squares[:, 2::spacing] = np.minimum(squares[:, 2::spacing], 60)
    height, width = squares.shape
    page = np.full((2 * height, 2 * width), 230, np.uint8)
    page[:height, width // 2 : width // 2 + width] = squares
    page[-20:-16, 20:24] = page[-30:-26, -24:-20] = 60  # specks
    turned = Image.fromarray(page).rotate(
        degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=230
    )

    assert lines_of(read_digits(turned)) == lines


def test_squares_of_which_much_is_written_over(write):
    lines = ["31415926", "53589793", "23846264"]
    page = write(lines, paper=240, ink=70, gap=-8)
    page[::14] = np.minimum(page[::14], 190)
    page[:, ::14] = np.minimum(page[:, ::14], 190)

    assert lines_of(read_digits(page)) == lines


def test_reflection_of_a_flash_on_coloured_paper(write):
    page = write(LINES, paper=(90, 170, 130), ink=(120, 40, 130)) / 255
    rows, columns = np.indices(page.shape[:2])
    distance = np.hypot(rows - 160, columns - 250) / 60
    glare = 0.85 * np.exp(-(distance**2))[..., None]
    page = page + (1 - page) * glare

    assert lines_of(read_digits((page * 255).astype(np.uint8))) == LINES


def test_faint_lines_that_tilt_and_are_broken(write):
    page = write(LINES, paper=240, ink=60).astype(float)
    rows, columns = np.indices(page.shape[:2])
    holes = np.random.default_rng(0).random(page.shape[:2]) < 0.25
    lines = ((rows + 0.01 * columns) % 30 < 1.5) & ~holes
    page[lines] = np.minimum(page[lines], 190)

    assert lines_of(read_digits(page.astype(np.uint8))) == LINES


def test_tilted_lines_that_join_all_digits(write):
    page = write(["31415", "59265"])
    width = page.shape[1]
    for bottom in (40 + 46, 40 + 2 * 56 + 46):
        rows = bottom + np.arange(width) * 4 // width
        page[rows, np.arange(width)] = page[rows + 1, np.arange(width)] = 0

    assert lines_of(read_digits(page)) == ["31415", "59265"]


def test_gradient_of_light_in_a_strongly_compressed_file(write):
    page = write(LINES, paper=235, ink=60).astype(float)
    page *= np.linspace(1, 0.6, page.shape[1])[:, None]
    file = io.BytesIO()
    Image.fromarray(page.astype(np.uint8)).save(file, "JPEG", quality=20)

    assert lines_of(read_digits(file.getvalue())) == LINES


@pytest.mark.parametrize(("ink", "paper"), [(235, 25), (25, 235)])
def test_ink_is_not_what_lies_between_digits(ink, paper, write):
    page = write(["8086", "9068"], ink=ink, paper=paper, gap=2)

    assert lines_of(read_digits(page)) == ["8086", "9068"]


@pytest.mark.parametrize("shade", [0, 60])
def test_dark_and_light_paper_on_one_page(shade, write):
    light = write(LINES, paper=240, ink=30)
    dark = write(["271", "8281", "82845"], paper=shade, ink=230)

    for page in (np.hstack([light, dark]), np.hstack([dark, light])):
        read = "".join(sorted("".join(lines_of(read_digits(page)))))
        assert read == "".join(sorted("".join(LINES) + "271828182845"))


def test_dark_cards_on_a_light_page(write):
    page = write(["314", "592"], paper=240, ink=30, gap=60)
    rows, columns = slice(28, 124), slice(28, 360)
    page[rows, columns] = 255 - page[rows, columns]

    assert lines_of(read_digits(page)) == ["314", "592"]


@pytest.mark.parametrize(
    "colours", [((0, 0, 0), (255,) * 3), ((68, 1, 84), (253, 231, 37))]
)
def test_dark_pictures_with_narrow_gaps(colours, mnist_test):
    paper, ink = np.array(colours, dtype=float)
    page = Image.new("RGB", (700, 500), "white")
    for place, image in enumerate(mnist_test.images[:24]):
        share = np.asarray(Image.fromarray(image).resize((77, 77)))[..., None] / 255
        picture = Image.fromarray((paper + share * (ink - paper)).astype(np.uint8))
        page.paste(picture, (88 + 93 * (place % 6), 63 + 100 * (place // 6)))

    labels = "".join(map(str, mnist_test.target[:24]))
    lines = [labels[first : first + 6] for first in range(0, 24, 6)]
    assert lines_of(read_digits(page)) == lines


def test_light_ink_in_a_table_of_another_colour(write):
    page = write(LINES, paper=(116, 195, 208), ink=(166, 190, 188))
    page[::112] = 60, 130, 140
    page[:, ::152] = 60, 130, 140
    noise = np.random.default_rng(0).normal(0, 3, page.shape)

    table = read_digits(np.clip(page + noise, 0, 255).astype(np.uint8))

    assert lines_of(table) == LINES


def test_few_strokes_are_not_outnumbered_by_grain_of_the_other_kind():
    few, many = Image.new("L", (600, 400)), Image.new("L", (600, 400))
    for left in (50, 250):
        ImageDraw.Draw(few).ellipse([left, 50, left + 90, 190], outline=255, width=9)
    for place in range(20):
        box = [20 + 28 * place, 300, 36 + 28 * place, 318]
        ImageDraw.Draw(many).ellipse(box, outline=255, width=2)
    few_ink, many_ink = (
        PageInk(np.zeros((400, 600), np.float32), strokes, strokes, np.eye(3))
        for strokes in (Components(np.asarray(few)), Components(np.asarray(many)))
    )
    nothing = many_ink._replace(writing=Components(np.zeros((400, 600), np.uint8)))

    assert _is_only_kind((few_ink, many_ink)) is None
    assert _is_only_kind((many_ink, few_ink)) is None
    assert _is_only_kind((nothing, many_ink)) is True
    assert _is_only_kind((many_ink, nothing)) is False


def test_a_few_dark_digits_on_grainy_paper(write):
    page = write(["6", "3"], side=280, ink=60, paper=225)
    noise = np.random.default_rng(0).normal(0, 14, page.shape[:2])
    page = np.clip(page + noise[..., None], 0, 255).astype(np.uint8)

    assert lines_of(read_digits(page)) == ["6", "3"]


@pytest.mark.parametrize(("grain", "depth"), [(9, 32), (3, 70)])
def test_print_from_the_back_of_the_paper(grain, depth, write):
    noise = np.random.default_rng(0).normal(0, grain, (416, 1000))
    front = write(["8924", "634"], paper=185, ink=50)[..., 0].astype(float)
    back = Image.new("L", (1000, 416))
    font = ImageFont.load_default(size=22)
    for row in range(12):
        text = "print on the other side of the paper 0123456789 shows through it here"
        ImageDraw.Draw(back).text((10 * row, 34 * row), text, fill=255, font=font)
    page = np.full((416, 1000), 185.0)
    page[: front.shape[0], : front.shape[1]] = front[:416, :1000]
    page = np.minimum(page, 185 - depth * (np.asarray(back.transpose(0)) / 255))

    table = read_digits(np.clip(page + noise, 0, 255).astype(np.uint8))

    assert lines_of(table) == ["8924", "634"]


def test_dark_ink_crosses_the_edge_of_a_shadow(write):
    page = write(LINES, paper=240, ink=30).astype(float)
    page[:, 190:] *= 0.5

    assert lines_of(read_digits(page.astype(np.uint8))) == LINES


def test_light_ink_on_squared_paper_with_dark_lines(write):
    page = write(LINES, paper=110, ink=190)
    rows, columns = np.indices(page.shape[:2])
    is_line = (rows % 30 == 0) | (columns % 30 == 0)
    page[is_line & (page[..., 0] < 130)] = 50

    assert lines_of(read_digits(page)) == LINES


@pytest.mark.parametrize(("spacing", "side", "grain"), [(30, 56, 3), (40, 40, 6)])
def test_light_ink_on_thin_dark_squares_of_grainy_paper(spacing, side, grain, write):
    page = write(LINES, paper=125, ink=215, side=side).astype(float)
    rows, columns = np.indices(page.shape[:2])
    is_line = (rows % spacing == 0) | (columns % spacing == 0)
    page[is_line & (page[..., 0] < 140)] = 60
    noise = np.random.default_rng(0).normal(0, grain, page.shape[:2])
    page = cv2.GaussianBlur(page, (0, 0), 0.8) + noise[..., None]

    table = read_digits(np.clip(page, 0, 255).astype(np.uint8))

    assert lines_of(table) == LINES


@pytest.mark.parametrize("side", [24, 36])
@pytest.mark.parametrize("gap", [-2, 2, 6])
def test_digits_below_each_other_are_no_faint_lines(side, gap, write):
    lines = ["3805176", "275616922", "73715", "83719"]
    page = write(lines, paper=240, ink=100, side=side, gap=gap)
    contrast = cv2.GaussianBlur(240 - page[..., 0].astype(np.float32), (0, 0), 1)

    assert faint_lines(contrast, floor=6.0, noise=0.8) is None


def test_no_pieces_of_faint_lines_that_some_light_makes_darker(write):
    noise = np.random.default_rng(0).normal(0, 3, (2, 500, 900)).astype(np.float32)
    contrast, is_line = np.abs(noise[0]), np.zeros((500, 900), dtype=bool)
    for first in (20, 21):
        is_line[first::50] = is_line[:, first::50] = True
    lines = np.linspace(60, 80, 900, dtype=np.float32) + noise[1]
    contrast[is_line] = lines[is_line]
    digits = 120 / 255 * (255 - write(["31", "59"])[..., 0].astype(np.float32))
    height, width = digits.shape
    part = contrast[:height, 100 : 100 + width]
    np.maximum(part, digits, out=part)

    mask = strokes_of(contrast).mask > 0

    assert mask[:height, 100 : 100 + width][digits > 100].mean() > 0.95
    assert mask[:, 500:][is_line[:, 500:]].mean() < 0.05


def test_faint_lines_are_found_between_darker_ones():
    contrast = np.random.default_rng(0).normal(5, 2, (600, 600)).astype(np.float32)
    faint, dark = np.zeros((2, 600, 600), dtype=bool)
    faint[50::50, 20:580] = dark[5::150, 20:580] = dark[6::150, 20:580] = True
    contrast[faint] += 35
    contrast[dark] += 140
    contrast[60:90, 100:110] += 75

    lines = faint_lines(contrast, floor=20.0, noise=2.0)

    assert lines.mask[faint].all()
    assert not lines.mask[dark].any()
    assert 40 < lines.level < lines.ink < 80


@pytest.mark.parametrize(("count", "are_lines"), [(2, False), (8, True)])
def test_pencil_beside_thick_lines_with_faint_edges(count, are_lines):
    noise = np.random.default_rng(0).normal(0, 2, (600, 600))
    contrast = noise.astype(np.float32)
    contrast[100:112, 20:580] = 160
    for number in range(count):
        contrast[150 + 50 * number, 20:580] = 80
    # Strokes of pencil.
    contrast[130:145, 100:110] = contrast[130:145, 300:308] = 100

    lines = faint_lines(contrast, floor=20.0, noise=2.0)

    assert (lines is not None) == are_lines


def test_pencil_in_a_table_whose_lines_are_darker(write):
    lines = ["7251", "1883", "6392", "5047"]
    page = write(lines, paper=235, ink=172, gap=60)[..., 0]
    for first in range(4):
        page[28 + first :: 112] = page[:, 10 + first :: 116] = 148
    # Thick lines in every second place.
    for first in range(9):
        page[26 + first :: 224] = page[:, 8 + first :: 232] = 40
    page = cv2.GaussianBlur(page, (0, 0), 1)

    assert faint_lines(235 - page.astype(np.float32), floor=20.0, noise=3.0) is None
    assert lines_of(read_digits(page)) == lines


def test_margins_without_texture_do_not_hide_the_noise_of_the_paper():
    texture = np.random.default_rng(0).normal(20, 3, (600, 600)).astype(np.float32)
    with_margin = np.zeros((600, 1200), np.float32)
    with_margin[:, 400:1000] = texture

    assert texture_of(texture).noise == pytest.approx(3, rel=0.1)
    assert texture_of(with_margin).noise == pytest.approx(3, rel=0.1)
    assert texture_of(with_margin).floor == pytest.approx(
        texture_of(texture).floor, rel=0.1
    )


@pytest.mark.parametrize("spacing", [24, 40])
@pytest.mark.parametrize(
    ("ink", "lines"),
    [((90, 90, 180), (200, 80, 80)), ((60, 130, 60), (60, 150, 140))],
)
def test_dark_squares_of_another_colour_than_the_ink(ink, lines, spacing, write):
    page = write(LINES, paper=(250, 245, 235), ink=ink).astype(float)
    for first in range(4):
        page[first::spacing] = np.minimum(page[first::spacing], lines)
        page[:, first::spacing] = np.minimum(page[:, first::spacing], lines)
    noise = np.random.default_rng(0).normal(0, 4, page.shape)

    table = read_digits(np.clip(page + noise, 0, 255).astype(np.uint8))

    assert lines_of(table) == LINES


def test_edges_that_sharpening_leaves_are_no_light_digits(write):
    page = write(["7251", "1 83", "6392"], paper=225, ink=150, gap=60)
    page = cv2.GaussianBlur(in_thick_table(page, thickness=10), (0, 0), 1.2)
    sharp = 3.0 * page - 2.0 * cv2.GaussianBlur(page, (0, 0), 2)
    plane = plane_of(np.clip(sharp, 0, 255).astype(np.uint8))
    dark, light = (plane.ink(is_light=is_light) for is_light in (False, True))

    ink, edges = _without_halos((dark, light))

    assert _count_strokes(light.writing).min() >= MANY_DIGITS
    assert not _count_strokes(edges.writing).any()
    np.testing.assert_array_equal(ink.writing.mask, dark.writing.mask)


def test_pencil_that_touches_thick_dark_lines(write):
    lines = ["7251", "1 83", "6392"]
    page = write(lines, paper=235, ink=165, gap=60)
    page = cv2.GaussianBlur(in_thick_table(page, thickness=30), (0, 0), 1.5)

    assert lines_of(read_digits(page)) == ["7251", "183", "6392"]


def in_a_binder(page):
    """Return a page with a margin in which there are the holes of a spiral binding."""
    page = np.pad(page, ((0, 0), (60, 0)), mode="edge")
    for row in range(30, len(page) - 20, 60):
        cv2.circle(page, (24, row), 11, 40, -1)
        cv2.line(page, (24, row), (24, row - 24), 60, 5)
    return page


def test_pencil_beside_the_dark_holes_of_a_binder(write):
    page = in_a_binder(write(LINES, paper=235, ink=185)[..., 0])

    assert lines_of(read_digits(page)) == LINES


def test_blobs_do_not_tell_how_dark_digits_are():
    mask = np.zeros((100, 300), dtype=np.uint8)
    cv2.putText(mask, "8", (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2.5, 255, 5)
    cv2.circle(mask, (150, 60), 20, 255, -1)
    cv2.line(mask, (150, 60), (150, 25), 255, 5)

    strokes = Components(mask)

    is_eight = strokes.stats[:, 0] < 100
    is_eight[0] = False
    assert like_digits(strokes.stats).tolist() == [False, True, True]
    thin = have_thin_strokes(strokes.stats, strokes.thickness)
    assert thin.tolist() == is_eight.tolist()


@pytest.mark.parametrize("spacing", [28, 40])
def test_pencil_on_squares_beside_the_dark_holes_of_a_binder(spacing, write):
    page = write(LINES, paper=235, ink=140)[..., 0]
    for first in range(2):
        page[first::spacing] = np.minimum(page[first::spacing], 200)
        page[:, first::spacing] = np.minimum(page[:, first::spacing], 200)

    assert lines_of(read_digits(in_a_binder(page))) == LINES


def test_cells_of_a_grid_are_no_boxes(write):
    ink = write(["31415926"] * 4, side=28, gap=0)[..., 0] < 150
    rows, columns = np.indices(ink.shape)
    # Between thick level lines, upright ones are seen as a piece per cell.
    ink |= ((columns - 38) % 28 < 4) | ((rows - 38) % 28 < 4)
    strokes = Components(ink.astype(np.uint8) * 255)

    assert without_boxes(strokes) is strokes


def test_thin_pieces_of_lines_are_no_ones_but_a_small_one_is(write, mnist_test):
    page = write(["3141", "592", "65358"], side=112, gap=60)[..., 0]
    for left in (170, 342, 514):
        page[60:140, left : left + 3] = page[290:380, left + 1 : left + 4] = 40
    one = mnist_test.images[np.flatnonzero(mnist_test.target == 1)[0]]
    small = cv2.resize(one, (60, 60), interpolation=cv2.INTER_AREA)
    page[310:370, 600:660] = 255 - small

    assert lines_of(read_digits(page)) == ["3141", "5921", "65358"]


@pytest.mark.parametrize("degrees", [-4, -2, 0, 2, 4])
@pytest.mark.parametrize("length", [40, 150, 500])
def test_lines_of_all_slopes_are_found_but_no_digits_in_a_row(degrees, length):
    mask = np.zeros((300, 700), np.uint8)
    rise = length * np.tan(np.radians(degrees))
    start, end = (60, 150), (60 + length, round(150 + rise))
    cv2.line(mask, start, end, 255, 2)

    assert (level_lines(mask, 0.8 * length, 6) > 0).sum() > 0.9 * (mask > 0).sum()
    assert not level_lines(mask, 1.2 * length, 6).any()

    digits = np.zeros_like(mask)
    cv2.putText(digits, "8888888888", (20, 150), cv2.FONT_HERSHEY_SIMPLEX, 2, 255, 3)
    assert not level_lines(digits, 60, 6).any()


def test_lines_with_gaps_are_found_if_they_are_long():
    mask = np.zeros((200, 600), np.uint8)
    mask[100:102, 50:550] = 255
    mask[:, 5::25] = mask[:, 6::25] = mask[:, 7::25] = 0

    found = level_lines(mask, 100, 6, may_be_broken=True)

    assert (found > 0).sum() > 0.9 * (mask > 0).sum()
    assert not level_lines(mask, 100, 6).any()
    # This one is shorter than two lines without gaps.
    mask[:, 200:] = 0
    assert not level_lines(mask, 100, 6, may_be_broken=True).any()


def test_dark_grid_whose_lines_have_gaps(write):
    page = write(LINES, paper=240, ink=40)
    rows, columns = np.indices(page.shape[:2])
    is_line = (rows % 60 < 2) | (columns % 60 < 2)
    holes = np.random.default_rng(1).random(is_line.shape) < 0.03
    is_gap = cv2.dilate(holes.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    page[is_line & ~is_gap] = 60

    assert lines_of(read_digits(page)) == LINES
