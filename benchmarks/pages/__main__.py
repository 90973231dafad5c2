"""Score of reading pages: 1 - edit distance / digits, over all pages of a kind.

python -m benchmarks.pages --data ../shared/data
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pages.scores import edit_distance, errors_without_order
from benchmarks.pages.synthetic_pages import KINDS, draw_page
from digitclf.datasets import load_mnist
from digitclf.reading import read_digits

Pages = tuple[str, list[tuple[Any, list[str]]]]


def pages(data: Path | None, n_synthetic: int, kinds: list[str], seed: int) -> Iterator:
    """Yield the name of each kind, its pages and the digits of their lines."""
    if data is not None:
        labels = json.loads((data / "pages" / "labels.json").read_text())
        yield (
            "real pages",
            [(data / "pages" / page["file"], page["digits"]) for page in labels],
        )
    mnist = load_mnist(subset="test")
    for kind in kinds:
        rng = np.random.default_rng([seed, *kind.encode()])
        drawn = [
            draw_page(mnist.images, mnist.target, kind, rng) for _ in range(n_synthetic)
        ]
        yield kind, [(page.pixels, page.lines) for page in drawn]


def read(page: Any) -> str:
    """Return the digits of a page, in reading order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        table = read_digits(page, min_probability=0)
    return "".join(table["digit"].astype(str))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with pages/")
    parser.add_argument("--synthetic", type=int, default=20, help="pages per kind")
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    print("| pages | number | digits | score | any order | exact | seconds per page |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for kind, examples in pages(
        arguments.data, arguments.synthetic, arguments.kinds, arguments.seed
    ):
        texts = ["".join(lines) for _, lines in examples]
        start = time.perf_counter()
        answers = [read(page) for page, _ in examples]
        seconds = (time.perf_counter() - start) / len(examples)
        pairs = list(zip(answers, texts, strict=True))
        total = sum(map(len, texts))
        score = 1 - sum(edit_distance(*pair) for pair in pairs) / total
        unordered = 1 - sum(errors_without_order(*pair) for pair in pairs) / total
        exact = sum(answer == text for answer, text in pairs)
        print(
            f"| {kind} | {len(examples)} | {total} | {score:.3f} | {unordered:.3f} | "
            f"{exact} | {seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
