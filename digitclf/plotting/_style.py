"""Colours and lines that are told apart in greyscale and by the colour-blind."""

from __future__ import annotations

from typing import Any

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREY = "#6B6B6B"
"""Of the palette that M. Okabe and K. Ito made for all kinds of colour vision [1].

[1] Color Universal Design, https://jfly.uni-koeln.de/color/, 2008. Only the grey is not
of it.
"""

INK: dict[str, Any] = {
    "cmap": "Greys",
    "interpolation": "nearest",
    "origin": "upper",
    "aspect": "equal",
}
"""How an image is drawn, whatever the defaults of matplotlib have been set to: dark ink
on light paper, each pixel a square."""


def write_title(ax: Any, text: str, *, wrong: bool) -> None:
    """Write what an image was read as, in another colour where that is wrong."""
    ax.set_title(text, fontsize="small", parse_math=False)
    if wrong:
        ax.title.set_color(VERMILION)


def draw_image(ax: Any, image: Any, **kwargs: Any) -> Any:
    """Draw an image without ticks, in its own proportions, and return what is drawn."""
    ax.set(xticks=[], yticks=[])
    return ax.imshow(image, **(INK | kwargs))
