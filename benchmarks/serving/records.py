"""What is measured, and the table of the measurements."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from benchmarks.records import markdown_table

KEY = ("task", "peer", "round")

PEERS = {
    "predictor": "`load_predictor`",
    "estimator": "estimator",
    "keras": "Keras",
    "sklearn": "scikit-learn",
}

TASKS = {
    "cold_start": ("`digitclf predict IMAGE`, from start to end", "s"),
    "cold_start_memory": ("same, peak memory", "MB"),
    "one_cnn": ("one image, CNN", "ms"),
    "one_mlp": ("one image, MLP", "ms"),
    "many_cnn": ("10,000 images, CNN", "s"),
    "many_mlp": ("10,000 images, MLP", "s"),
    "requests": ("FastAPI, CNN, 2 workers, 8 clients", "requests per s"),
    "server_memory": ("same, memory of all processes", "MB"),
    "preloaded_memory": ("gunicorn `--preload`, 2 workers, the same", "MB"),
}


class Measurement(NamedTuple):
    task: str
    peer: str
    value: float

    @property
    def unit(self) -> str:
        return TASKS[self.task][1]


def table(records: pd.DataFrame) -> str:
    """Return the Markdown table of medians over the rounds.

    In brackets is the median of the ratios to the predictor in the same round.
    """
    rows = []
    for task, (title, unit) in TASKS.items():
        chosen = records[records["task"] == task]
        if chosen.empty:
            continue
        values = chosen.pivot(index="round", columns="peer", values="value")
        cells = [_cell(values, peer) for peer in PEERS]
        rows.append((f"{title} ({unit})", *cells))
    return markdown_table(("", *PEERS.values()), rows)


def _cell(values: pd.DataFrame, peer: str) -> str:
    if peer not in values:
        return "–"
    figure = _figure(values[peer].median())
    if peer == "predictor":
        return f"**{figure}**"
    if "predictor" not in values:
        return figure
    ratio = (values[peer] / values["predictor"]).median()
    return f"{figure} ({ratio:.2g} ×)" if ratio < 100 else f"{figure} ({ratio:.0f} ×)"


def _figure(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"
