"""Measure predictions with and without TensorFlow and print medians and ratios."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.environment import describe_environment
from benchmarks.records import RESULTS, read_records, record
from benchmarks.serving import cold_start, predictions, servers
from benchmarks.serving.networks import NETWORKS, Peer, peers
from benchmarks.serving.records import KEY, Measurement, table

OUTPUT = RESULTS / "serving.csv"
TABLE = RESULTS / "serving.md"
PARTS = ("cold", "one", "many", "requests", "preloaded")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    networks = _trained() if {"one", "many"} & set(options.parts) else {}
    if options.rounds and "cold" in options.parts:
        list(cold_start.measure())  # compiles bytecode and fills the cache of files
    for number in range(1, options.rounds + 1):
        for part in options.parts:
            for measurement in _measure(part, networks, options.seconds):
                _record(measurement, number, options.output)
    if options.output.exists():
        text = table(read_records(options.output))
        if options.output.resolve() == OUTPUT.resolve():
            TABLE.write_text(f"{text}\n", encoding="utf-8")
        print(f"\n{text}")


def _trained() -> dict[str, dict[str, Peer]]:
    with tempfile.TemporaryDirectory() as folder:
        return {name: peers(name, Path(folder) / f"{name}.keras") for name in NETWORKS}


def _measure(
    part: str, networks: dict[str, dict[str, Peer]], seconds: float
) -> Iterator[Measurement]:
    """Yield the measurements of one part. Peers take turns within a round."""
    if part == "cold":
        yield from cold_start.measure()
    elif part == "one":
        for name, found in networks.items():
            yield from predictions.measure_one(name, found)
    elif part == "many":
        for name, found in networks.items():
            yield from predictions.measure_many(name, found)
    elif part == "requests":
        yield from servers.measure_requests(seconds)
    else:
        yield from servers.measure_preloaded()


def _record(measurement: Measurement, number: int, output: Path) -> None:
    task, peer, value = measurement
    row = {"task": task, "peer": peer, "round": number, "value": value}
    record(output, row | {"unit": measurement.unit} | describe_environment(), KEY)
    print(f"{number}: {task}, {peer}: {value:.4g} {measurement.unit}", flush=True)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving",
        description="Predictions with and without TensorFlow.",
    )
    add = parser.add_argument
    add(
        "--rounds",
        type=int,
        default=5,
        help="number of rounds; 0 prints the table only (5)",
    )
    add(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        metavar="PART",
        help=f"parts to run, of {', '.join(PARTS)} (all)",
    )
    add("--seconds", type=float, default=10.0, help="seconds of requests (10)")
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
