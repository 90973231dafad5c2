"""The command ``digitclf predict``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from digitclf._data.grey_levels import WHITE, is_grey_level
from digitclf.cli._model_file import (
    NORMALIZED,
    check_is_model,
    check_takes_normalized,
    open_model,
    size_of,
)
from digitclf.cli._options import (
    DOUBTFUL,
    Raw,
    ReadingModel,
    check_output,
    check_probability,
)
from digitclf.cli._pictures import Picture, check_are_no_models, read_pictures
from digitclf.cli._plots import check_can_plot
from digitclf.cli._stderr import announce_replacing, complain, shown

if TYPE_CHECKING:
    import numpy as np

    from digitclf._inference import StoredClassifier

MAX_PLOTTED = 25
"""Maximum number of pictures in the plot."""


class Answer(NamedTuple):
    """The classes of a picture, the most probable one first."""

    name: str
    labels: list[str]
    probabilities: list[float]
    doubtful: bool

    @property
    def digit(self) -> str | None:
        """The most probable class, None if it is doubtful."""
        return None if self.doubtful else self.labels[0]

    def ranked(self, n: int) -> list[tuple[str, float]]:
        """Return the `n` most probable classes with their probabilities."""
        return list(zip(self.labels[:n], self.probabilities[:n], strict=True))


def predict(
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE",
            readable=False,  # the other pictures are read all the same
            show_default=False,
            help="Pictures of one digit each, such as photos, scans or drawings: PNG, "
            "JPEG, BMP, GIF, TIFF or WebP. A folder stands for all pictures in it and "
            "in its subfolders, - for a picture from standard input.",
        ),
    ],
    model: ReadingModel = None,
    top: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            show_default=False,
            help="Also print the N most probable digits and their probabilities.",
        ),
    ] = None,
    min_probability: Annotated[
        float,
        typer.Option(
            metavar="P",
            callback=check_probability,
            show_default=False,
            help="Print ? instead of a digit whose probability is below P.  [0<=x<=1]",
        ),
    ] = 0.0,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the answers as a JSON array."),
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            dir_okay=False,
            callback=check_output(".png", "a plot"),
            show_default=False,
            help="Draw each picture, the image that the network was shown, and the "
            "probabilities, into a PNG file.",
        ),
    ] = None,
    raw: Raw = False,
) -> None:
    """Print the digit in each picture, and its probability.

    Pictures may have any size and any colours. They are brought into the form of
    MNIST's images before the network sees them.
    """
    check_are_no_models(images, "IMAGE")
    if model is not None:
        check_is_model(model)
    if plot is not None:
        check_can_plot(plot)
        announce_replacing(plot)
    pictures, complete = read_pictures(images, raw, n_kept=MAX_PLOTTED if plot else 0)
    answers = []
    if pictures:
        clf = open_model(model)
        usable = _usable(clf, pictures, raw)
        complete = complete and len(usable) == len(pictures)
        probabilities = _predict_proba(clf, usable)
        answers = list(_answers(usable, clf.classes, probabilities, min_probability))
    _print(answers, top, as_json)
    if plot is not None and answers:
        _plot(usable, probabilities, clf.classes, plot)
    if not complete:
        raise typer.Exit(1)


def _usable(clf: StoredClassifier, pictures: list[Picture], raw: bool) -> list[Picture]:
    """Return the pictures that a model can take; print why it cannot take the others.

    Normalised pictures have one size, so an error ends the command if it is wrong.
    """
    if not raw:
        check_takes_normalized(clf)
        return pictures
    usable = []
    for picture in pictures:
        if picture.image.shape == clf.image_shape:
            _warn_if_faint(picture)
            usable.append(picture)
        else:
            complain(f"Error: {_wrong_size(picture, clf.image_shape)}")
    return usable


def _wrong_size(picture: Picture, expected: tuple[int, int]) -> str:
    remedy = " Leave out --raw to normalise it." if expected == NORMALIZED else ""
    return (
        f"{shown(picture.name)} has {size_of(picture.image.shape)} pixels (width x "
        f"height), but the model expects {size_of(expected)}.{remedy}"
    )


def _warn_if_faint(picture: Picture) -> None:
    lightest = int(picture.image.max())
    if not is_grey_level(lightest):
        complain(
            f"Warning: {shown(picture.name)} is faint or empty: its grey levels go up "
            f"to {lightest}, expected about {WHITE}. The prediction will be unreliable."
        )


def _predict_proba(clf: StoredClassifier, pictures: list[Picture]) -> np.ndarray:
    import numpy as np

    if not pictures:
        return np.empty((0, len(clf.classes)))
    images = np.stack([picture.image.ravel() for picture in pictures])
    return clf.predict_proba(clf.as_fitted(images))


def _answers(
    pictures: list[Picture],
    classes: np.ndarray,
    probabilities: np.ndarray,
    min_probability: float,
) -> Iterator[Answer]:
    orders = (-probabilities).argsort(axis=1, kind="stable")
    for picture, row, order in zip(pictures, probabilities, orders, strict=True):
        yield Answer(
            picture.name,
            [str(label) for label in classes[order]],
            row[order].tolist(),
            bool(row[order[0]] < min_probability),
        )


def _print(answers: list[Answer], top: int | None, as_json: bool) -> None:
    if as_json:
        lines = ",\n".join(
            f"  {json.dumps(_as_json(answer, top))}" for answer in answers
        )
        typer.echo(f"[\n{lines}\n]" if answers else "[]")
        return
    width = max((len(shown(answer.name)) for answer in answers), default=0)
    label_width = max(
        (len(shown(label)) for answer in answers for label in answer.labels), default=0
    )
    for answer in answers:
        cells = [(answer.digit or DOUBTFUL, answer.probabilities[0])]
        cells += answer.ranked(top or 0)
        columns = [f"{shown(label):<{label_width}}  {p:.4f}" for label, p in cells]
        typer.echo("  ".join([f"{shown(answer.name):<{width}}", *columns]))


def _as_json(answer: Answer, top: int | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "file": answer.name,
        "digit": answer.digit,
        "probability": round(answer.probabilities[0], 6),
    }
    if top is not None:
        content["top"] = [
            {"digit": label, "probability": round(probability, 6)}
            for label, probability in answer.ranked(top)
        ]
    return content


def _plot(
    pictures: list[Picture], probabilities: np.ndarray, classes: np.ndarray, path: Path
) -> None:
    from digitclf.cli._prediction_plot import draw

    plotted = [
        (picture, row)
        for picture, row in zip(pictures, probabilities, strict=True)
        if picture.pixels is not None
    ]
    draw(plotted, classes, path)
    if len(plotted) < len(pictures):
        complain(
            f"The plot shows the first {len(plotted)} of {len(pictures)} pictures."
        )
    complain(f"Plot saved to {shown(path)}")
