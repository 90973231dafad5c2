"""Colours and image settings shared by all displays."""

from __future__ import annotations

from typing import Any

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREY = "#6B6B6B"
"""Blue and vermilion are from the colour-blind-safe palette of Okabe and Ito [1].

[1] M. Okabe and K. Ito, Color Universal Design, https://jfly.uni-koeln.de/color/, 2008.
"""

IMAGE_OPTIONS: dict[str, Any] = {
    "cmap": "Greys",
    "interpolation": "nearest",
    "origin": "upper",
    "aspect": "equal",
}
"""Arguments of ``imshow``, explicit so that rcParams do not change them: dark ink on a
light background, square pixels."""


def write_title(ax: Any, text: str, *, wrong: bool) -> None:
    """Write the title of an image, in another colour if the prediction is wrong."""
    ax.set_title(text, fontsize="small", parse_math=False)
    if wrong:
        ax.title.set_color(VERMILION)


def draw_image(ax: Any, image: Any, **kwargs: Any) -> Any:
    """Draw an image without ticks and return the matplotlib image."""
    ax.set(xticks=[], yticks=[])
    return ax.imshow(image, **(IMAGE_OPTIONS | kwargs))
