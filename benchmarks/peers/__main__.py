"""Run the tasks with all peers in turn and print medians and ratios."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from benchmarks.environment import describe_environment
from benchmarks.own_process import measure_in_own_process
from benchmarks.records import RESULTS, markdown_table, read_records, record

OUTPUT = RESULTS / "peers.csv"
TABLE = RESULTS / "peers.md"
KEY = ("task", "peer", "round")
PEERS = {
    "digitclf": "digitclf",
    "scikeras": "scikeras",
    "keras": "Keras",
    "skorch": "skorch",
    "sklearn": "scikit-learn",
}


class Task(NamedTuple):
    title: str
    unit: str
    peers: tuple[str, ...]


ALL = tuple(PEERS)
NETWORKS = ("digitclf", "scikeras", "keras", "skorch")

TASKS = {
    "small_cv": Task(
        "5-fold `cross_val_score`, MLP, 8 × 8 digits, including compilation",
        "s",
        ("digitclf", "scikeras", "skorch", "sklearn"),
    ),
    "mlp_epoch": Task("MLP, one epoch, 60,000 images", "s", ALL),
    "cnn_epoch": Task("CNN, one epoch, 20,000 images", "s", NETWORKS),
    "grid_1": Task(
        "`GridSearchCV`, CNN, 3 dropout rates × 3 folds, `n_jobs=1`",
        "s",
        ("digitclf", "scikeras"),
    ),
    "grid_2": Task("same, `n_jobs=2`", "s", ("digitclf", "scikeras")),
    "predict_one_mlp": Task("predict one image, MLP", "ms", ALL),
    "predict_one_cnn": Task("predict one image, CNN", "ms", NETWORKS),
    "predict_many_mlp": Task("predict 10,000 images, MLP", "s", ALL),
    "predict_many_cnn": Task("predict 10,000 images, CNN", "s", NETWORKS),
    "memory_mlp": Task("memory retained per small fit, MLP", "MB", ALL),
    "memory_cnn": Task("memory retained per small fit, CNN", "MB", NETWORKS),
    "memory_of_imports": Task("memory after imports", "MB", ALL),
    "peak_memory": Task("peak memory, MLP, fit on 60,000 images", "MB", ALL),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    for number in range(1, options.rounds + 1):
        for name in options.tasks:
            # Peers take turns, so that a busy machine slows all of them down alike.
            for peer in TASKS[name].peers:
                if peer in options.peers:
                    _measure(name, peer, number, options.output)
    if options.output.exists():
        text = table(read_records(options.output))
        if options.output.resolve() == OUTPUT.resolve():
            TABLE.write_text(f"{text}\n", encoding="utf-8")
        print(f"\n{text}")


def _measure(name: str, peer: str, number: int, output: Path) -> None:
    value = measure_in_own_process("benchmarks.peers.measure", peer, name)
    row = {"task": name, "peer": peer, "round": number, "value": value}
    record(output, row | {"unit": TASKS[name].unit} | describe_environment(), KEY)
    print(f"{number}: {name}, {peer}: {value:.4g} {TASKS[name].unit}", flush=True)


def table(records: pd.DataFrame) -> str:
    """Return the Markdown table of medians, with the ratio to digitclf in brackets."""
    medians = records.groupby(["task", "peer"])["value"].median()
    header = ("", *PEERS.values())
    rows = []
    for name, task in TASKS.items():
        if name not in records["task"].values:
            continue
        ours = medians.get((name, "digitclf"))
        cells = [_cell(medians.get((name, peer)), ours, peer) for peer in PEERS]
        rows.append((f"{task.title} ({task.unit})", *cells))
    return markdown_table(header, rows)


def _cell(value: float | None, ours: float | None, peer: str) -> str:
    if value is None:
        return "–"
    figure = f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    if peer == "digitclf":
        return f"**{figure}**"
    if ours is None or min(ours, value) <= 0:
        return figure
    ratio = value / ours
    return f"{figure} ({f'{ratio:.2g}' if ratio < 100 else f'{ratio:.0f}'} ×)"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description="The same tasks with digitclf and with similar libraries.",
    )
    add = parser.add_argument
    add(
        "--rounds",
        type=int,
        default=3,
        help="number of rounds; 0 prints the table only (3)",
    )
    add(
        "--tasks",
        nargs="+",
        choices=TASKS,
        default=list(TASKS),
        metavar="TASK",
        help=f"tasks to run, of {', '.join(TASKS)} (all)",
    )
    add(
        "--peers",
        nargs="+",
        choices=PEERS,
        default=list(PEERS),
        metavar="PEER",
        help=f"libraries to measure, of {', '.join(PEERS)} (all)",
    )
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
