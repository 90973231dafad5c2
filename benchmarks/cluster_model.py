"""Time of a grid search on a Dask cluster: measured, and projected to more workers.

The model has four parts, measured on a cluster of one worker:

- import: a worker imports TensorFlow and digitclf, once;
- compile: the first fit of a worker takes longer than later ones by this time, once;
- send: the images are sent to a worker, once. The scheduler sends them to the first
  worker and the others receive them from a worker that has them, so with n workers it
  takes about log2(n) transfers one after the other;
- fit: a fit with its score.

A search of f fits on n workers takes

    import + compile + send * (1 + log2(n)) + fit * ceil(f / n)

if each worker has as many cores of its own as the one measured. The projection assumes
this, and that the network is as fast as the connection on this machine unless
``--megabytes-per-second`` says otherwise. The scheduler is not a part: it handles
thousands of tasks per second, and a fit is one task.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
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

OUTPUT = RESULTS / "cluster_model.csv"
TABLE = RESULTS / "cluster_model.md"
KEY = ("workers", "images", "round")
RATES = (0.1, 0.2, 0.3, 0.4)
FOLDS = 2
MEASURED, PROJECTED = (1, 2), (1, 2, 4, 8, 16, 32, 64)


class Model(NamedTuple):
    """Seconds of the parts of a search, and its number of fits."""

    start: float
    compile: float
    send: float
    fit: float

    def seconds(self, n_fits: int, n_workers: int) -> float:
        n_workers = min(n_workers, n_fits)
        transfers = 1 + math.log2(n_workers)
        rounds = math.ceil(n_fits / n_workers)
        return self.start + self.compile + self.send * transfers + self.fit * rounds


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    if options.measure:
        print(json.dumps(measure(options.measure, options.images)))
        return
    for number in range(1, options.rounds + 1):
        for n_workers in MEASURED:
            # In turns, so that a busy machine slows both down alike.
            result = _in_own_process(n_workers, options.images)
            row = {"workers": n_workers, "images": options.images, "round": number}
            record(options.output, row | result | describe_environment(), KEY)
            print(f"{number}: {n_workers} workers: {result['total']:.1f} s", flush=True)
    if options.output.exists():
        text = report(read_records(options.output), options)
        if options.output.resolve() == OUTPUT.resolve():
            TABLE.write_text(f"{text}\n", encoding="utf-8")
        print(f"\n{text}")


def _in_own_process(n_workers: int, n_images: int) -> dict[str, float]:
    return measure_in_own_process(
        "benchmarks.cluster_model", "--measure", n_workers, "--images", n_images
    )


def measure(n_workers: int, n_images: int) -> dict[str, float]:
    """Return the seconds of the parts of a search on some workers of one thread."""
    from distributed import Client, LocalCluster, wait

    from digitclf import CNNDigitClassifier
    from digitclf.cluster import register_dask

    register_dask()
    X, y = load_training_images(n_images)
    clf = CNNDigitClassifier(epochs=settings.GRID_EPOCHS, random_state=settings.SEED)
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        start = time.perf_counter()
        client.run(import_estimators)
        imported = time.perf_counter()
        wait(client.scatter(X.copy(), broadcast=True, hash=False))
        sent = time.perf_counter()
        with joblib.parallel_config(backend="dask"):
            search = GridSearchCV(
                clf, {"dropout": RATES}, cv=FOLDS, refit=False, error_score="raise"
            ).fit(X, y)
            searched = time.perf_counter()
        results = search.cv_results_
        return {
            "import": imported - start,
            "send": (sent - imported) / n_workers,
            "search": searched - sent,
            "total": searched - start,
            **_first_and_later(results),
        }


def _first_and_later(results: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the time of a fit with its score, and by how much the first one is longer.

    The times are means over the folds, and one fold of one candidate is the first fit.
    """
    fits = np.sort(results["mean_fit_time"] + results["mean_score_time"])
    later = float(np.median(fits))
    return {"fit": later, "compile": float(FOLDS * max(0.0, fits[-1] - later))}


def import_estimators() -> None:
    import digitclf._cnn  # noqa: F401 - the time that it takes


def report(records: pd.DataFrame, options: argparse.Namespace) -> str:
    """Return the parts, the measured searches, and the projection as Markdown."""
    records = records[records["images"] == options.images]
    one = records[records["workers"] == 1]
    parts = {
        name: statistics.median(one[name])
        for name in ("import", "compile", "send", "fit")
    }
    if options.megabytes_per_second:
        megabytes = options.images * 784 / 1e6
        parts["send"] = megabytes / options.megabytes_per_second
    model = Model(*parts.values())
    n_measured = len(RATES) * FOLDS
    return "\n\n".join(
        [
            markdown_table(
                ("part", "seconds"), [(n, f"{s:.2f}") for n, s in parts.items()]
            ),
            f"A search of {n_measured} fits, measured and by the model:",
            _measured_searches(records, model, n_measured),
            f"A search of {options.fits} fits, projected:",
            _projection(model, options.fits),
        ]
    )


def _measured_searches(records: pd.DataFrame, model: Model, n_fits: int) -> str:
    rows = []
    for n_workers in MEASURED:
        seconds = records.loc[records["workers"] == n_workers, "total"].median()
        by_model = model.seconds(n_fits, n_workers)
        rows.append((str(n_workers), f"{seconds:.1f}", f"{by_model:.1f}"))
    return markdown_table(("workers", "measured (s)", "model (s)"), rows)


def _projection(model: Model, n_fits: int) -> str:
    alone = model.seconds(n_fits, 1)
    rows = []
    for n_workers in PROJECTED:
        seconds = model.seconds(n_fits, n_workers)
        share = _share(model, n_fits, n_workers)
        rows.append(
            (str(n_workers), f"{seconds:.1f}", f"{alone / seconds:.1f}", f"{share:.0%}")
        )
    header = ("workers", "seconds", "speed-up", "share of the time that is fits")
    return markdown_table(header, rows)


def _share(model: Model, n_fits: int, n_workers: int) -> float:
    fits = model.fit * math.ceil(n_fits / n_workers)
    return fits / model.seconds(n_fits, n_workers)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cluster_model",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--rounds", type=int, default=3, help="number of rounds, 0 for the table (3)")
    add("--images", type=int, default=3000, help="number of images (3000)")
    add("--fits", type=int, default=192, help="fits of the projected search (192)")
    add("--megabytes-per-second", type=float, help="speed of the network")
    add("--measure", type=int, help=argparse.SUPPRESS)
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
