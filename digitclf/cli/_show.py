"""The command ``digitclf show``."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.text import Text

from digitclf._data.grey_levels import WHITE
from digitclf.cli._stderr import can_print

if TYPE_CHECKING:
    import numpy as np

UPPER = "▀"
HALF_BLOCKS = {
    (False, False): " ",
    (True, False): UPPER,
    (False, True): "▄",
    (True, True): "█",
}
"""Characters for ink in the upper and in the lower half."""

ASCII_SHADES = " .:-=+*#%@"
"""Characters from no ink to much ink."""

NAMES = {"train": "training", "test": "test"}


def show(
    index: Annotated[
        int,
        typer.Argument(
            metavar="INDEX",
            show_default=False,
            help="Index of the image, starting at 0.",
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
    images, labels = _read_mnist(subset)
    if not 0 <= index < len(images):
        raise typer.BadParameter(
            f"the {NAMES[subset]} images are numbered 0 to {len(images) - 1}, got "
            f"{index}.",
            param_hint="'INDEX'",
        )
    image = images[index]
    typer.echo(f"Image {index} of the {NAMES[subset]} images of MNIST: {labels[index]}")
    typer.echo()
    if numbers:
        from digitclf.datasets import format_image

        typer.echo(format_image(image))
        return
    console = Console(highlight=False)
    for line in _lines(image, console):
        console.print(line, soft_wrap=True)


def _read_mnist(subset: str) -> tuple[np.ndarray, np.ndarray]:
    """Return images and labels without importing scikit-learn, which takes a second."""
    import numpy as np

    path = resources.files("digitclf") / "datasets" / "mnist.npz"
    with path.open("rb") as file, np.load(file) as archive:
        return archive[f"x_{subset}"], archive[f"y_{subset}"]


def _lines(image: np.ndarray, console: Console) -> Iterator[Text]:
    """Yield lines of characters, each of which shows two pixels, one above the other.

    A terminal with colours shows the grey levels, one without them where there is ink.
    """
    rows = image.tolist()
    for pairs in zip(rows[::2], rows[1::2], strict=True):
        yield Text.assemble(
            *(_character(*pair, console) for pair in zip(*pairs, strict=True))
        )


def _character(upper: int, lower: int, console: Console) -> tuple[str, Style]:
    if not can_print(UPPER):
        shade = (upper + lower) * (len(ASCII_SHADES) - 1) // (2 * WHITE)
        return ASCII_SHADES[shade], Style.null()
    if console.color_system is None or console.no_color:
        return HALF_BLOCKS[upper > WHITE / 2, lower > WHITE / 2], Style.null()
    return UPPER, Style(color=_grey(upper), bgcolor=_grey(lower))


def _grey(level: int) -> Color:
    return Color.from_rgb(level, level, level)
