"""DigitNormalizer: MNIST's form from pictures of any kind."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from sklearn.datasets import load_digits

from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer


def normalize(*pictures, **parameters):
    X = DigitNormalizer(**parameters).transform(list(pictures))
    return X.reshape(len(pictures), *[int(X.shape[1] ** 0.5)] * 2)


def assert_same_digit(image, expected):
    """Assert that two images of a digit agree but for their anti-aliased edges."""
    difference = np.abs(image.astype(float) - expected)
    assert difference.sum() < 0.15 * expected.sum()


def box_of(image):
    rows, columns = np.nonzero(image.any(axis=1))[0], np.nonzero(image.any(axis=0))[0]
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def centre_of(image):
    rows, columns = np.indices(image.shape)
    return (image * rows).sum() / image.sum(), (image * columns).sum() / image.sum()


def stroke_width_of(image):
    """Twice the area over the length of the outline."""
    ink = image / 255
    return 2 * ink.sum() / np.hypot(*np.gradient(ink)).sum()


def test_digit_fills_20_pixels_and_is_centred(draw_seven):
    (image,) = normalize(draw_seven())

    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image.max() == 255
    assert max(box_of(image)) == 20
    assert centre_of(image) == pytest.approx((14, 14), abs=0.6)


def test_aspect_ratio_is_kept(draw_seven):
    height, width = box_of(normalize(draw_seven())[0])

    assert width / height == pytest.approx(102 / 146, abs=0.06)


@pytest.mark.parametrize("size", [14, 28, 56])
def test_size_scales_the_digit(draw_seven, size):
    X = DigitNormalizer(size=size).transform([draw_seven()])

    assert X.shape == (1, size**2)
    assert max(box_of(X.reshape(size, size))) == pytest.approx(size * 20 / 28, abs=1)


@pytest.mark.parametrize("width", [1, 2, 5, 12])
def test_thin_strokes_become_as_wide_as_those_of_mnist(draw_seven, width):
    (image,) = normalize(draw_seven(width=width))

    # The middle 98 % of MNIST's images.
    assert 0.093 * 20 < stroke_width_of(image) < 0.237 * 20


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("white", "black"),
        ("yellow", "white"),
        ("red", "blue"),
        ("#2040c0", "#e0d0a0"),
        ("#808080", "#868686"),
        ("#202020", "#101010"),
    ],
)
def test_any_colours_give_the_digit_of_black_on_white(draw_seven, ink, paper):
    black_on_white, coloured = normalize(draw_seven(), draw_seven(ink, paper))

    assert_same_digit(coloured, black_on_white)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F", "I"]
)
def test_modes_of_pillow(draw_seven, mode):
    picture = draw_seven()

    expected, image = normalize(picture, picture.convert(mode))

    assert_same_digit(image, expected)


@pytest.mark.parametrize("ink", ["black", "white"])
def test_transparent_paper(draw_seven, ink):
    transparent = draw_seven(ink, (0, 0, 0, 0), mode="RGBA")

    expected, image = normalize(draw_seven(), transparent)

    assert_same_digit(image, expected)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int64", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_arrays_of_any_dtype_and_channels(draw_seven, dtype, channels):
    grey = np.asarray(draw_seven().convert("L"))
    full = np.iinfo(dtype).max if dtype[0] == "u" else 1 if dtype[0] == "f" else 255
    array = (grey / 255 * full).astype(dtype)
    if channels > 1:
        array = np.repeat(array[..., None], channels, axis=2)
    if channels == 4:
        array[..., 3] = full

    expected, image = normalize(grey, array)

    assert_same_digit(image, expected)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32"])
def test_masks(draw_seven, dtype):
    grey = np.asarray(draw_seven().convert("L"))

    expected, image = normalize(grey, (grey > 127).astype(dtype))

    assert_same_digit(image, expected)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
def test_file_formats_as_paths_and_bytes(draw_seven, tmp_path, file_format):
    picture = draw_seven()
    path = tmp_path / "seven"
    picture.save(path, file_format)

    expected, *images = normalize(picture, path, str(path), path.read_bytes())

    for image in images:
        assert_same_digit(image, expected)


def test_exif_rotation_is_applied(draw_seven, tmp_path):
    picture = draw_seven()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be rotated clockwise by 90° for display
    picture.rotate(90).save(tmp_path / "rotated.jpg", exif=exif, quality=95)

    expected, image = normalize(picture, tmp_path / "rotated.jpg")

    assert_same_digit(image, expected)


@pytest.mark.parametrize("scale", [0.12, 0.5, 6])
def test_pictures_of_any_size(draw_seven, scale):
    picture = draw_seven()
    size = [round(side * scale) for side in picture.size]

    expected, image = normalize(picture, picture.resize(size, Image.Resampling.LANCZOS))

    # The centre of mass may be rounded to the next pixel.
    shifted = [np.roll(image.astype(float), shift, axis=1) for shift in (-1, 0, 1)]
    difference = min(np.abs(moved - expected).sum() for moved in shifted)
    assert difference < 0.3 * expected.sum()


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_small_digit_in_a_corner_of_a_large_picture(draw_seven, corner):
    digit = draw_seven().crop((70, 40, 180, 200))
    picture = Image.new("RGB", (2000, 2000), "white")
    picture.paste(digit, (corner[0] * (2000 - 110), corner[1] * (2000 - 160)))

    expected, image = normalize(draw_seven(), picture)

    assert np.abs(image.astype(float) - expected).sum() < 0.3 * expected.sum()


def test_light_gradient_and_hard_shadow_are_paper(draw_seven):
    pixels = np.asarray(draw_seven(paper="#f0f0f0")).astype(float)
    light = np.linspace(1, 0.6, 250)[:, None, None] * np.ones((1, 250, 1))
    light[:, 140:] *= 0.6
    photo = (pixels * light).astype(np.uint8)

    expected, image = normalize(draw_seven(), photo)

    assert_same_digit(image, expected)


@pytest.mark.parametrize("towards", [(1, 0), (0, 1), (1, 1)])
def test_faint_ink_under_a_light_gradient(draw_seven, towards):
    soft = draw_seven("#c0c0c0", "#e8e8e8").filter(ImageFilter.GaussianBlur(2))
    rows, columns = np.indices((250, 250)) / 249
    light = 1 - 0.25 * (rows * towards[0] + columns * towards[1])
    photo = (np.asarray(soft) * light[..., None]).astype(np.uint8)

    expected, image = normalize(soft, photo)

    # The digit may be a row lower.
    assert np.abs(image.astype(float) - expected).sum() < 0.3 * expected.sum()


def test_paper_texture_is_not_ink(draw_seven):
    noise = np.random.default_rng(0).normal(0, 12, size=(250, 250, 1))
    pixels = np.asarray(draw_seven("#707070", "#d0d0d0")).astype(float) + noise

    expected, image = normalize(draw_seven(), np.clip(pixels, 0, 255).astype(np.uint8))

    assert_same_digit(image, expected)


def draw_lines(picture, vertical):
    drawing = ImageDraw.Draw(picture)
    for start in (20, 75, 130, 185, 240):
        drawing.line([(0, start), (250, start + 4)], fill="black", width=2)
        if vertical:
            drawing.line([(start, 0), (start - 4, 250)], fill="black", width=2)


@pytest.mark.parametrize("vertical", [False, True], ids=["ruled", "squared"])
def test_lines_across_the_picture_are_removed(draw_seven, vertical):
    picture = draw_seven()
    draw_lines(picture, vertical)

    expected, image = normalize(draw_seven(), picture)

    assert np.abs(image.astype(float) - expected).sum() < 0.3 * expected.sum()


def test_tilted_dark_grid_is_removed(draw_seven):
    picture = draw_seven()
    drawing = ImageDraw.Draw(picture)
    for start in range(-45, 280, 55):
        drawing.line([(0, start), (250, start + 20)], fill="black", width=3)
        drawing.line([(start + 20, 0), (start, 250)], fill="black", width=3)

    expected, image = normalize(draw_seven(), picture)

    assert np.abs(image.astype(float) - expected).sum() < 0.4 * expected.sum()


@pytest.mark.parametrize("ink", ["black", "#a0a0a0"])
def test_dark_desk_at_two_sides_is_removed(draw_seven, ink):
    picture = draw_seven(ink)
    drawing = ImageDraw.Draw(picture)
    drawing.polygon([(228, 0), (250, 0), (250, 250), (236, 250)], fill="#302820")
    drawing.polygon([(0, 224), (0, 250), (250, 250), (250, 234)], fill="#302820")

    expected, image = normalize(draw_seven(), picture)

    assert np.abs(image.astype(float) - expected).sum() < 0.3 * expected.sum()


def test_square_that_a_digit_was_stretched_to_gets_the_width_of_digits():
    rows, columns = np.indices((16, 16)) - 7.5
    stretched = np.hypot(rows, columns)
    stretched = (np.abs(stretched - 7) < 1.1).astype(np.uint8) * 255

    height, width = box_of(normalize(stretched)[0])

    assert width / height == pytest.approx(0.75, abs=0.06)


def test_enlarging_a_picture_of_a_few_pixels_changes_little():
    original = [(image * 15.9).astype(np.uint8) for image in load_digits().images[:30]]
    smooth = [
        np.asarray(Image.fromarray(image).resize((64, 64), Image.Resampling.BICUBIC))
        for image in original
    ]
    blocks = [np.kron(image, np.ones((11, 11), np.uint8)) for image in original]

    expected = normalize(*original).astype(float)

    differences = np.abs(normalize(*smooth) - expected).sum(axis=(1, 2))
    assert np.median(differences / expected.sum(axis=(1, 2))) < 0.35
    np.testing.assert_array_equal(normalize(*blocks), expected)


def test_digit_that_is_two_pixels_wide_is_centred():
    stroke = np.full((200, 120), 250, np.uint8)
    stroke[20:180, 60:62] = 10

    image = normalize(stroke)[0]

    assert centre_of(image) == pytest.approx((13.5, 13.5), abs=1)


@pytest.mark.parametrize("frame", [(3, 3, 247, 247), (40, 20, 220, 230)])
def test_frame_is_removed(draw_seven, frame):
    picture = draw_seven()
    ImageDraw.Draw(picture).rectangle(frame, outline="black", width=5)

    expected, image = normalize(draw_seven(), picture)

    assert_same_digit(image, expected)


def test_neighbour_at_the_border_and_specks_are_removed(draw_seven):
    picture = draw_seven()
    drawing = ImageDraw.Draw(picture)
    drawing.arc((225, 60, 320, 180), 90, 270, fill="black", width=12)
    for x, y in [(20, 20), (30, 200), (200, 230)]:
        drawing.ellipse((x, y, x + 3, y + 3), fill="black")

    expected, image = normalize(draw_seven(), picture)

    assert_same_digit(image, expected)


def test_digit_that_fills_the_picture_is_whole(draw_seven):
    left, top, right, bottom = 74, 44, 177, 194

    expected, image = normalize(
        draw_seven(), draw_seven().crop((left, top, right, bottom))
    )

    assert_same_digit(image, expected)


def test_separate_stroke_belongs_to_the_digit():
    picture = Image.new("L", (200, 200), 255)
    drawing = ImageDraw.Draw(picture)
    drawing.line([(75, 60), (75, 100), (120, 105), (120, 160), (70, 165)], width=10)
    drawing.line([(88, 52), (130, 50)], width=10)  # the bar of the five, lifted off

    (image,) = normalize(picture)

    top = image[image.any(axis=1)][:3]
    assert np.count_nonzero(top.max(axis=0)) > 5


def test_images_in_mnist_form_are_returned_unchanged():
    X = load_mnist().data[-500:]

    np.testing.assert_array_equal(DigitNormalizer().transform(X), X)


def test_normalized_images_stay_as_they_are(draw_seven):
    X = DigitNormalizer().transform([draw_seven()])

    np.testing.assert_array_equal(DigitNormalizer().transform(X), X)


@pytest.mark.parametrize("factor", [1 / 255, 1.0])
def test_floats_in_mnist_form_keep_their_levels(factor):
    X = load_mnist().data[:50]

    np.testing.assert_array_equal(DigitNormalizer().transform(X * factor), X)


def test_ink_can_be_given(draw_seven):
    automatic, dark, light = (
        normalize(draw_seven(), ink=ink)[0] for ink in ("auto", "dark", "light")
    )

    np.testing.assert_array_equal(dark, automatic)
    assert not np.array_equal(light, automatic)


def test_pictures_of_many_kinds_in_one_list(draw_seven, tmp_path):
    picture = draw_seven()
    picture.save(tmp_path / "seven.png")
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    kinds = [tmp_path / "seven.png", stream.getvalue(), picture, np.asarray(picture)]

    first, *others = normalize(*kinds)

    for image in others:
        np.testing.assert_array_equal(image, first)


def test_pictures_in_uneven_light_are_independent_of_each_other(draw_seven):
    pictures = []
    for darkest in np.linspace(0.4, 1, 40):
        light = np.linspace(darkest, 1, 100)
        seven = np.asarray(draw_seven(mode="L").resize((100, 100)))
        pictures.append((seven * light).astype(np.uint8))
    together = normalize(*pictures)
    for picture, image in zip(pictures, together, strict=True):
        np.testing.assert_array_equal(normalize(picture)[0], image)


def test_each_picture_is_independent_of_the_others(draw_seven):
    pictures = [draw_seven(width=width) for width in (1, 9, 20)]

    together = DigitNormalizer().transform(pictures)

    for picture, row in zip(pictures, together, strict=True):
        np.testing.assert_array_equal(DigitNormalizer().transform([picture])[0], row)
