"""The command ``digitclf show``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from digitclf.cli._image_files import WHITE

if TYPE_CHECKING:
    import numpy as np

UPPER = "▀"
PLAIN = {
    (False, False): " ",
    (True, False): UPPER,
    (False, True): "▄",
    (True, True): "█",
}
"""What shows ink in the upper and in the lower half of a character."""


NAMES = {"train": "training", "test": "test"}


def show(
    index: Annotated[
        int,
        typer.Argument(
            metavar="INDEX",
            show_default=False,
            help="The number of the image, from 0 on.",
        ),
    ],
    subset: Annotated[
        Literal["train", "test"],
        typer.Option(help="The 60,000 training images or the 10,000 test images."),
    ] = "train",
    numbers: Annotated[
        bool,
        typer.Option(
            "--numbers",
            help="Show the grey levels as a table of numbers, 111 characters wide.",
        ),
    ] = False,
) -> None:
    """Show an image of MNIST in the terminal, and its label."""
    from digitclf.datasets import format_image, load_mnist

    mnist = load_mnist(subset=subset)
    name, n_images = NAMES[subset], len(mnist.images)
    if not 0 <= index < n_images:
        raise typer.BadParameter(
            f"the {name} images have the numbers 0 to {n_images - 1}, got {index}.",
            param_hint="'INDEX'",
        )
    image = mnist.images[index]
    typer.echo(f"Image {index} of the {name} images of MNIST: {mnist.target[index]}\n")
    if numbers:
        typer.echo(format_image(image))
        return
    console = Console(highlight=False)
    for line in _half_blocks(image, coloured=_has_colours(console)):
        console.print(line, soft_wrap=True)


def _has_colours(console: Console) -> bool:
    return console.color_system is not None and not console.no_color


def _half_blocks(image: np.ndarray, coloured: bool) -> Iterator[Text]:
    """Yield lines of characters, each of which shows two pixels, one above the other.

    A terminal with colours shows grey levels. Elsewhere there is ink or there is none.
    """
    rows = image.tolist()
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = Text()
        for pair in zip(upper, lower, strict=True):
            if coloured:
                line.append(UPPER, Style(color=_grey(pair[0]), bgcolor=_grey(pair[1])))
            else:
                line.append(PLAIN[pair[0] > WHITE / 2, pair[1] > WHITE / 2])
        yield line


def _grey(level: int) -> Color:
    return Color.from_rgb(level, level, level)
