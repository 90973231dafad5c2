"""Pictures that cannot be used: errors that name them, or empty rows with a warning."""

import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from digitclf.preprocessing import DigitNormalizer


def transform(*pictures, **parameters):
    return DigitNormalizer(**parameters).transform(list(pictures))


def encoded(picture, file_format):
    stream = io.BytesIO()
    picture.save(stream, file_format)
    return stream.getvalue()


def png_of_size(width, height):
    """Return the header of a PNG file that claims a size, and one row of pixels."""

    def chunk(kind, data):
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(width + 1)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("content", [b"", b"not an image", b"%PDF-1.7", b"\x89PNG"])
def test_not_an_image(tmp_path, content):
    path = tmp_path / "letter.png"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=r"letter\.png' is not an image"):
        transform(path)
    with pytest.raises(ValueError, match=r"X\[1\] is not an image"):
        transform(np.eye(30), content)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_truncated_file(draw_seven, tmp_path, file_format, part):
    content = encoded(draw_seven(), file_format)
    path = tmp_path / "seven"
    path.write_bytes(content[: int(part * len(content))])

    with pytest.raises(ValueError, match="seven' is truncated or damaged"):
        transform(path)


def test_damaged_png(draw_seven):
    content = bytearray(encoded(draw_seven(), "PNG"))
    content[len(content) // 2] ^= 0xFF

    with pytest.raises(ValueError, match=r"X\[0\] is truncated or damaged"):
        transform(bytes(content))


@pytest.mark.parametrize("inserted", [b"\xff\x05", b"\xff\xd3", b"\xff\xc8"])
def test_marker_out_of_order_in_a_jpeg(draw_seven, inserted):
    content = bytearray(encoded(draw_seven(), "JPEG"))
    middle = len(content) - 300
    content[middle : middle + 2] = inserted

    with pytest.raises(ValueError, match=r"X\[0\] is truncated or damaged"):
        transform(bytes(content))


@pytest.mark.parametrize(
    "options",
    [{}, {"progressive": True}, {"restart_marker_rows": 1}, {"comment": b"\xff\xd9"}],
)
def test_intact_jpeg_files_of_all_kinds(draw_seven, options):
    stream = io.BytesIO()
    draw_seven().save(stream, "JPEG", **options)

    assert transform(stream.getvalue() + b"appended by a phone").any()


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "uint32", "float32"])
@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 40), (2, 3), (7, 7), (31, 33), (5, 700), (3000, 10), (9, 9, 4)],
)
def test_arrays_of_any_shape_give_a_digit_or_are_blank(dtype, shape):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 2 if dtype == "bool" else 200, size=shape).astype(dtype)

    for picture in (noise, noise.astype(float) // 199, np.ones(shape, dtype=dtype)):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            X = transform(picture, on_error="warn")
        assert X.shape == (1, 784)
        # Features that form no square image give an empty row without a warning.
        assert X.any() or shape[0] == 1 or "X[0] is blank" in str(caught[0].message)


@pytest.mark.parametrize("size", [(20_000, 20_000), (9_000, 9_000), (80_000_001, 1)])
def test_too_many_pixels_are_refused_from_the_header(size):
    with pytest.raises(ValueError, match=r"X\[0\] has .* more than the 80,000,000"):
        transform(png_of_size(*size))


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animation(draw_seven, file_format):
    stream = io.BytesIO()
    frames = [draw_seven(width=width) for width in (9, 12, 15)]
    frames[0].save(stream, file_format, save_all=True, append_images=frames[1:])

    with pytest.raises(ValueError, match="is an animation or has several pages"):
        transform(stream.getvalue())


@pytest.mark.parametrize(
    "blank",
    [
        Image.new("RGB", (90, 90), "white"),
        Image.new("RGBA", (90, 90), (0, 0, 0, 0)),
        np.zeros((28, 28)),
        np.full((90, 90), 0.1),
    ],
)
def test_blank_picture(blank):
    with pytest.raises(ValueError, match=r"X\[0\] is blank"):
        transform(blank)


def test_blank_file_is_named(tmp_path):
    Image.new("L", (90, 90), 200).save(tmp_path / "empty.png")

    with pytest.raises(ValueError, match=r"empty\.png' is blank"):
        transform(tmp_path / "empty.png")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_pixels_that_are_not_finite(value):
    picture = np.eye(40)
    picture[3, 3] = value

    with pytest.raises(ValueError, match=r"X\[1\] contains NaN or infinite"):
        transform(np.eye(40), picture)


@pytest.mark.parametrize("shape", [(0, 30), (30, 0, 3)])
def test_no_pixels(shape):
    with pytest.raises(ValueError, match=r"X\[0\] has no pixels"):
        transform(np.empty(shape))


def test_channels_first(draw_seven):
    array = np.moveaxis(np.asarray(draw_seven()), -1, 0)

    with pytest.raises(ValueError, match=r"X\[0\] has shape .*np\.moveaxis"):
        transform(array)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(ValueError, match="pipe' is not a regular file"):
        transform(tmp_path / "pipe")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
def test_device_is_refused():
    with pytest.raises(ValueError, match="'/dev/zero' is not a regular file"):
        transform("/dev/zero")


@pytest.mark.parametrize("on_error", ["raise", "warn"])
def test_errors_of_the_system_pass(tmp_path, on_error):
    with pytest.raises(FileNotFoundError, match=r"missing\.png"):
        transform(tmp_path / "missing.png", on_error=on_error)
    with pytest.raises(IsADirectoryError, match="load_image_folder"):
        transform(tmp_path, on_error=on_error)


def test_warning_lists_unusable_pictures_and_leaves_their_rows_empty(draw_seven):
    pictures = [draw_seven(), b"nothing", draw_seven(), np.ones((9, 9))]

    with pytest.warns(UserWarning, match="2 of 4 pictures") as record:
        X = DigitNormalizer(on_error="warn").transform(pictures)

    assert "X[1] is not an image" in str(record[0].message)
    assert "X[3] is blank" in str(record[0].message)
    assert record[0].filename == __file__
    assert X.any(axis=1).tolist() == [True, False, True, False]


@pytest.mark.parametrize("single", ["seven.png", b"...", Image.new("L", (9, 9))])
def test_single_picture_is_no_sequence(single):
    with pytest.raises(TypeError, match=r"Pass a list: \[picture\]"):
        DigitNormalizer().transform(single)


def test_item_of_another_type(draw_seven):
    with pytest.raises(TypeError, match=r"X\[1\] should be a picture.*NoneType"):
        transform(draw_seven(), None)


@pytest.mark.parametrize("parameters", [{"ink": "blue"}, {"size": 0}, {"on_error": 1}])
def test_illegal_parameters(draw_seven, parameters):
    with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter"):
        transform(draw_seven(), **parameters)
