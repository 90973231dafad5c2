"""The plot of ``digitclf predict``: pictures, images and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from digitclf.cli._pictures import Picture
from digitclf.cli._plots import draw_without_screen, save_figure, short_name

if TYPE_CHECKING:
    import numpy as np

ROW_SIZE = 8.0, 2.4
"""Inches."""


def draw(
    answers: Sequence[tuple[Picture, np.ndarray]], classes: np.ndarray, path: Path
) -> None:
    """Draw a row per picture: the picture, the network's image, the probabilities."""
    draw_without_screen()
    import matplotlib.pyplot as plt

    from digitclf.plotting import PredictionDisplay

    width, height = ROW_SIZE
    figure, axes = plt.subplots(
        len(answers),
        3,
        figsize=(width, height * len(answers)),
        layout="constrained",
        squeeze=False,
        width_ratios=(1, 1, 1.5),
    )
    for (picture, probabilities), row in zip(answers, axes, strict=True):
        row[0].imshow(picture.pixels, cmap="gray")
        row[0].set(xticks=[], yticks=[])
        row[0].set_title(short_name(picture.name), fontsize="small", parse_math=False)
        PredictionDisplay.from_predictions(
            picture.image, probabilities, classes=classes, ax=row[1:]
        )
    save_figure(figure, path)
