"""The grey levels of image files, 0 to 255. NumPy is not imported."""

WHITE = 255
"""The largest value of a pixel in an image file."""


def is_grey_level(lightest: float) -> bool:
    """Return whether the largest value of images fits the range 0 to 255."""
    return WHITE / 2 < lightest <= WHITE
