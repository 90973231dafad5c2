"""Read pages with digitclf, RapidOCR and Tesseract in turn, and print their scores.

python -m benchmarks.pages --data ../shared/data
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import joblib

from benchmarks.environment import describe_environment
from benchmarks.pages.pages import KnownPage, real_pages, synthetic_pages
from benchmarks.pages.readers import Answer, Reader, ReaderMissingError
from benchmarks.pages.readers.process import TITLES
from benchmarks.pages.scores import edit_distance, errors_without_order, matches
from benchmarks.pages.synthetic import KINDS
from benchmarks.pages.tables import table
from benchmarks.records import RESULTS, read_records, record

OUTPUT = RESULTS / "pages.csv"
TABLE = RESULTS / "pages.md"
KEY = ("kind", "reader")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    readers = list(_open(options.readers, options.threads))
    for kind, pages in _pages(options):
        answers: dict[str, list[Answer]] = {reader.name: [] for reader in readers}
        # Readers take turns, so that a busy machine slows all of them down alike.
        for page, reader in itertools.product(pages, readers):
            answers[reader.name].append(reader.read(page.path))
        ours = _errors(answers.get("digitclf", []), pages)
        for reader in readers:
            row = _measured(answers[reader.name], pages, ours)
            print(f"{kind}, {TITLES[reader.name]}: {_in_words(row)}", flush=True)
            row = {"kind": kind, "reader": reader.name, "version": reader.version} | row
            row |= {"threads": options.threads, "seed": options.seed}
            record(options.output, row | describe_environment(), KEY)
    for reader in readers:
        reader.close()
    if options.output.exists():
        text = table(read_records(options.output), list(KINDS))
        if options.output.resolve() == OUTPUT.resolve():
            TABLE.write_text(f"{text}\n", encoding="utf-8")
        print(f"\n{text}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with pages/labels.json")
    parser.add_argument(
        "--synthetic", type=int, default=5, metavar="N", help="pages per kind (5)"
    )
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    parser.add_argument(
        "--readers", nargs="+", default=list(TITLES), choices=list(TITLES)
    )
    parser.add_argument("--threads", type=int, default=joblib.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="draw digits of held-out training images instead of test images",
    )
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(arguments)
    if options.held_out and options.output.resolve() == OUTPUT.resolve():
        parser.error("--held-out is for development: name a file with --output.")
    return options


def _open(names: Iterable[str], threads: int) -> Iterator[Reader]:
    for name in names:
        try:
            yield Reader(name, threads)
        except ReaderMissingError as error:
            print(f"{TITLES[name]} is skipped, because it is not installed: {error}")


def _pages(options: argparse.Namespace) -> Iterator[tuple[str, list[KnownPage]]]:
    if options.data is not None:
        yield from real_pages(options.data)
    if options.synthetic == 0:
        return
    with tempfile.TemporaryDirectory() as folder:
        yield from synthetic_pages(
            options.kinds,
            options.synthetic,
            options.seed,
            Path(folder),
            held_out=options.held_out,
        )


def _errors(answers: Sequence[Answer], pages: Sequence[KnownPage]) -> list[int]:
    return [
        edit_distance(answer.text, page.digits)
        for answer, page in zip(answers, pages, strict=bool(answers))
    ]


def _measured(
    answers: Sequence[Answer], pages: Sequence[KnownPage], ours: Sequence[int]
) -> dict[str, Any]:
    """Return the measurements of one reader on the pages of one kind."""
    errors = _errors(answers, pages)
    for answer, page in zip(answers, pages, strict=True):
        if answer.error:
            print(f"{page.path.name}: {answer.error}")
    digits = sum(len(page.digits) for page in pages)
    unordered = sum(
        errors_without_order(answer.text, page.digits)
        for answer, page in zip(answers, pages, strict=True)
    )
    return {
        "pages": len(pages),
        "digits": digits,
        "score": round(1 - sum(errors) / digits, 4),
        "any_order": round(1 - unordered / digits, 4),
        "exact": errors.count(0),
        # Pages on which digitclf makes more errors.
        "better": sum(own > error for own, error in zip(ours, errors, strict=False)),
        "failed": sum(answer.error is not None for answer in answers),
        "seconds": round(median(answer.seconds for answer in answers), 3),
        "longest": round(max(answer.seconds for answer in answers), 3),
        "peak_memory": round(max(answer.peak_memory for answer in answers)),
    } | _found(answers, pages)


def _found(answers: Sequence[Answer], pages: Sequence[KnownPage]) -> dict[str, Any]:
    """Return recall and precision of finding, and the accuracy of what was found."""
    n_found = n_known = n_matched = n_right = 0
    for answer, page in zip(answers, pages, strict=True):
        if answer.boxes is None or page.boxes is None:
            return dict.fromkeys(("recall", "precision", "accuracy"), "")
        pairs = matches(answer.boxes, page.boxes)
        n_found += len(answer.boxes)
        n_known += len(page.boxes)
        n_matched += len(pairs)
        n_right += sum(answer.text[i] == page.digits[k] for i, k in pairs)
    return {
        "recall": round(n_matched / n_known, 4),
        "precision": round(n_matched / max(n_found, 1), 4),
        "accuracy": round(n_right / max(n_matched, 1), 4),
    }


def _in_words(row: dict[str, Any]) -> str:
    names = ("score", "any_order", "exact", "recall", "precision", "accuracy")
    shown = [f"{name} {row[name]}" for name in names if row[name] != ""]
    return ", ".join([*shown, f"{row['seconds']} s"])


if __name__ == "__main__":
    main()
