"""Options and arguments that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from digitclf.cli._runs import Model, Schedule

ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL",
        readable=False,  # refused when it is read, as one that is not there
        show_default=False,
        help="A model file that digitclf train has saved.",
    ),
]

ModelChoice = Annotated[
    Model,
    typer.Option(help="A convolutional network or a dense one."),
]

ScheduleChoice = Annotated[
    Schedule | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="How the learning rate moves: constant, or one_cycle, up and down again "
        "over the epochs. Each network has its own unless told otherwise.",
    ),
]

Seed = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=2**32 - 1,
        help="Of all randomness: the same seed gives the same result.",
    ),
]

Invert = Annotated[
    bool,
    typer.Option("--invert", help="The images have dark ink on light paper."),
]


def check_rate(rate: float | None) -> float | None:
    """Return a dropout rate that a network can have."""
    if rate is not None and not 0 <= rate < 1:
        raise typer.BadParameter(f"{rate:g} is not in the range 0<=x<1.")
    return rate


def check_rates(rates: list[float]) -> list[float]:
    """Return dropout rates that a network can have, each of them once."""
    for rate in rates:
        check_rate(rate)
    return list(dict.fromkeys(rates))


def check_inverts_something(invert: bool, data: Path | None) -> None:
    """Refuse to invert where there are no images of the user's own."""
    if invert and data is None:
        raise typer.BadParameter(
            "inverts the images of --data, which is not given.", param_hint="'--invert'"
        )


def check_suffix(suffix: str, kind: str) -> Callable[[Path], Path]:
    """Return a check that a file to be written is named as files of its kind are."""

    def check(path: Path) -> Path:
        if path.suffix != suffix:
            raise typer.BadParameter(f"{kind} ends in {suffix!r}, got {str(path)!r}.")
        return path

    return check
