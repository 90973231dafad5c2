"""A grid search with its fits one after the other, in processes and in threads."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV

from benchmarks.environment import describe_environment
from benchmarks.own_process import measure_in_own_process
from benchmarks.peers import settings
from benchmarks.records import RESULTS, markdown_table, read_records, record
from benchmarks.training_images import load_training_images
from digitclf import CNNDigitClassifier, MLPDigitClassifier, recipes

OUTPUT = RESULTS / "many_fits.csv"
TABLE = RESULTS / "many_fits.md"
KEY = ("mode", "images", "round")
THREADS = "TF_NUM_INTRAOP_THREADS"


class Mode(NamedTuple):
    title: str
    backend: str
    n_jobs: int
    threads_per_fit: int | None = None
    """None leaves the number to TensorFlow, which uses all cores."""


MODES = {
    "one": Mode("one after the other", "threading", 1),
    "processes": Mode("2 processes", "loky", 2),
    "threads": Mode("2 threads that share all cores", "threading", 2),
    "single": Mode("2 threads with a core each", "threading", 2, 1),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    if options.measure:
        print(json.dumps(measure(MODES[options.measure], options.images)))
        return
    for number in range(1, options.rounds + 1):
        # The modes take turns, so that a busy machine slows all of them down alike.
        for name in options.modes:
            result = _in_own_process(name, options.images)
            row = {"mode": name, "images": options.images, "round": number, **result}
            record(options.output, row | describe_environment(), KEY)
            print(f"{number}: {name}: {result['seconds']:.1f} s", flush=True)
    text = table(read_records(options.output), options.images)
    if options.output.resolve() == OUTPUT.resolve():
        TABLE.write_text(f"{text}\n", encoding="utf-8")
    print(f"\n{text}")


def _in_own_process(name: str, n_images: int) -> dict[str, float]:
    threads = MODES[name].threads_per_fit
    return measure_in_own_process(
        "benchmarks.many_fits",
        *("--measure", name, "--images", n_images),
        **({THREADS: str(threads)} if threads else {}),
    )


def measure(mode: Mode, n_images: int) -> dict[str, float]:
    """Return the time of the search of `benchmarks.peers`, compilation included."""
    X, y = load_training_images(n_images)
    search = GridSearchCV(
        CNNDigitClassifier(
            **recipes.LECTURE_CNN
            | {"random_state": settings.SEED, "epochs": settings.GRID_EPOCHS}
        ),
        {"dropout": settings.GRID},
        cv=settings.GRID_FOLDS,
        refit=False,
        error_score="raise",
    )
    if mode.backend == "loky":
        joblib.Parallel(mode.n_jobs)(
            joblib.delayed(_start_worker)() for _ in range(2 * mode.n_jobs)
        )
    else:
        _start_worker()
    start, cpu_start = time.perf_counter(), time.process_time()
    with joblib.parallel_config(backend=mode.backend, n_jobs=mode.n_jobs):
        search.fit(X, y)
    return {
        "seconds": time.perf_counter() - start,
        # That of worker processes is not included.
        "cpu_seconds": time.process_time() - cpu_start,
        "accuracy": float(np.mean(search.cv_results_["mean_test_score"])),
    }


def _start_worker() -> None:
    time.sleep(0.5)  # so that the other worker process is started too
    MLPDigitClassifier(epochs=1).fit(np.eye(20, 16), np.arange(20) % 2)


def table(records: pd.DataFrame, n_images: int) -> str:
    """Return the Markdown table: median seconds and the median ratio of a round."""
    records = records[records["images"] == n_images]
    seconds = records.pivot_table(index="round", columns="mode", values="seconds")
    cpu = records.groupby("mode")["cpu_seconds"].median()
    rows = []
    for name, mode in MODES.items():
        if name not in seconds:
            continue
        ratios = (seconds[name] / seconds["one"]).dropna()
        rows.append(
            (
                mode.title,
                f"{seconds[name].median():.1f}",
                f"{ratios.median():.2f} ({ratios.min():.2f} to {ratios.max():.2f})",
                "–" if mode.backend == "loky" else f"{cpu[name]:.1f}",
            )
        )
    header = ("fits", "seconds", "ratio to the first row", "processor time (s)")
    return markdown_table(header, rows)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.many_fits",
        description="A grid search of 9 fits: one after the other, in processes, and "
        "in threads.",
    )
    add = parser.add_argument
    add("--rounds", type=int, default=5, help="number of rounds (5)")
    add(
        "--images",
        type=int,
        default=settings.GRID_IMAGES,
        help=f"number of images ({settings.GRID_IMAGES})",
    )
    add("--modes", nargs="+", choices=MODES, default=list(MODES), help="what to run")
    add("--measure", choices=MODES, help=argparse.SUPPRESS)
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
