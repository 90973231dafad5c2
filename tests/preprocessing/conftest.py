"""Pictures of digits, drawn with Pillow."""

import pytest
from PIL import Image, ImageDraw

SEVEN = [(80, 50), (170, 50), (110, 190)]


@pytest.fixture
def draw_seven():
    """Return a function that draws a seven of 90 × 140 pixels."""

    def draw(ink="black", paper="white", width=12, size=(250, 250), mode="RGB"):
        picture = Image.new(mode, size, paper)
        ImageDraw.Draw(picture).line(SEVEN, fill=ink, width=width, joint="curve")
        return picture

    return draw
