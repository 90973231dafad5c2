"""Disturb digitclf in many ways and count what it withstands."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from benchmarks.environment import describe_environment
from benchmarks.records import RESULTS, markdown_table, record
from benchmarks.reliability.disk import fill_disk
from benchmarks.reliability.files import load_hostile_files
from benchmarks.reliability.forks import fork_processes
from benchmarks.reliability.interrupts import interrupt_fits
from benchmarks.reliability.kills import kill_fits, kill_saves
from benchmarks.reliability.threads import predict_beside_fits
from benchmarks.reliability.trials import Result

OUTPUT = RESULTS / "reliability.csv"

KINDS: dict[str, tuple[Callable[[int, int], Result], int]] = {
    "fits": (kill_fits, 200),
    "saves": (kill_saves, 100),
    "interrupts": (interrupt_fits, 300),
    "disk": (fill_disk, 30),
    "files": (load_hostile_files, 1500),
    "forks": (fork_processes, 20),
    "threads": (predict_beside_fits, 5000),
}
"""Kinds of trials, and how many there are of each."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    for kind in options.kinds:
        run, count = KINDS[kind]
        began = time.perf_counter()
        result = run(max(1, round(count * options.share)), options.seed)
        row = {
            "kind": kind,
            "what": result.what,
            "tried": result.tried,
            "held": result.held,
            "failures": result.failures,
            "worst": ", ".join(f"{v:.3g} {k}" for k, v in result.worst.items()),
            "seed": options.seed,
        }
        record(options.output, row | describe_environment(), ["kind"])
        seconds = time.perf_counter() - began
        print(f"{row} in {seconds:.0f} s", flush=True)
    text = table(options.output)
    options.output.with_suffix(".md").write_text(text + "\n", encoding="utf-8")
    print(f"\n{text}")


def table(path: Path) -> str:
    records = pd.read_csv(path, keep_default_na=False).set_index("kind")
    rows = [
        (row["what"], f"{row['tried']:,}", f"{row['held']:,}", row["failures"] or "–")
        for row in (records.loc[kind] for kind in KINDS if kind in records.index)
    ]
    return markdown_table(("disturbance", "tried", "held", "failures"), rows)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reliability", description=__doc__
    )
    add = parser.add_argument
    add("--kinds", nargs="*", choices=KINDS, default=list(KINDS), help="all")
    add("--share", type=float, default=1.0, help="fraction of the trials to run (1)")
    add("--seed", type=int, default=0, help="random seed (0)")
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
