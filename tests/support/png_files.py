"""Pictures as PNG files, in memory."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def as_png(pixels):
    """Return an array as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels)).save(file, "PNG")
    return file.getvalue()


def drawn(image, side=300):
    """Return an image in MNIST's form as a PNG file: dark ink on white paper."""
    enlarged = Image.fromarray(255 - image).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    return as_png(enlarged)


def bomb(width, height):
    """Return a small PNG file that states a size in its header."""

    def chunk(name, content):
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
