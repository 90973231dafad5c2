"""Options and arguments that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from digitclf.cli._recipes import Model
from digitclf.cli._stderr import shown

ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        readable=False,  # checked when it is read, with a message of our own
        show_default=False,
        help="A model file written by digitclf train or digitclf.save_model.",
    ),
]

ReadingModel = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        readable=False,  # checked when it is read, with a message of our own
        show_default=False,
        help="A model file written by digitclf train or digitclf.save_model, or "
        "an .onnx file of digitclf export, instead of the pretrained model.",
    ),
]

ModelChoice = Annotated[
    Model,
    typer.Option(help="A convolutional network (cnn) or a dense one (mlp)."),
]

ScheduleChoice = Annotated[
    Literal["constant", "one_cycle"] | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="Learning rate over the epochs: constant, or one_cycle, which rises and "
        "falls once. By default that of the recipe.",
    ),
]

Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=2**32 - 1,
        help="Random seed: the same seed gives the same result.",
    ),
]

Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="Use the pictures as they are, without normalising them: greyscale, of "
        "the size that the model expects.",
    ),
]


DOUBTFUL = "?"
"""Printed instead of a digit whose probability is below --min-probability."""


def check_rate(rate: float | None) -> float | None:
    """Return a dropout rate after checking its range."""
    if rate is not None and not 0 <= rate < 1:
        raise typer.BadParameter(f"{rate:g} is not in the range 0<=x<1.")
    return rate


def check_rates(rates: list[float]) -> list[float]:
    """Return dropout rates without duplicates after checking their range."""
    for rate in rates:
        check_rate(rate)
    return list(dict.fromkeys(rates))


def check_probability(probability: float) -> float:
    """Return a probability after checking its range."""
    if not 0 <= probability <= 1:
        raise typer.BadParameter(f"{probability:g} is not in the range 0<=x<=1.")
    return probability


def check_has_pictures(raw: bool, data: Path | None) -> None:
    """Raise an error if --raw is given without --data."""
    if raw and data is None:
        raise typer.BadParameter(
            "it is about the pictures of --data, which is not given.",
            param_hint="'--raw'",
        )


def check_output(suffix: str, kind: str) -> Callable[[Path | None], Path | None]:
    """Return a check of the name and the folder of a file to be written."""

    def check(path: Path | None) -> Path | None:
        if path is None:
            return None
        if path.suffix != suffix:
            raise typer.BadParameter(f"{kind} ends in {suffix!r}, got {str(path)!r}.")
        return check_folder(path)

    return check


def check_folder(path: Path) -> Path:
    """Return a path after checking that a file can be written into its folder."""
    folder = path.parent
    if not folder.is_dir():
        raise typer.BadParameter(f"the folder {shown(folder)} does not exist.")
    if not os.access(folder, os.W_OK):
        raise typer.BadParameter(f"the folder {shown(folder)} is not writable.")
    return path
