"""The pages that are read: files of real ones, and synthetic ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.pages.synthetic import draw_page
from benchmarks.training_images import load_held_out_digits
from digitclf.datasets import load_mnist

SCAN = ["8", "125", "1", "3460", "7", "789"]
"""Lines of ``scanned_digits.png``."""


class KnownPage(NamedTuple):
    """A file with a page, and the digits on it."""

    path: Path
    digits: str
    boxes: list[tuple[int, int, int, int]] | None
    """Boxes of the digits, known for synthetic pages only."""


def real_pages(data: Path) -> Iterator[tuple[str, list[KnownPage]]]:
    """Yield the kinds of real pages in a folder."""
    labels = json.loads((data / "pages" / "labels.json").read_text(encoding="utf-8"))
    yield (
        "real pages",
        [
            KnownPage(data / "pages" / page["file"], "".join(page["digits"]), None)
            for page in labels
        ],
    )
    scan = data / "scanned_digits.png"
    if scan.exists():
        yield "scan with print behind", [KnownPage(scan, "".join(SCAN), None)]


def synthetic_pages(
    kinds: Sequence[str], number: int, seed: int, folder: Path, *, held_out: bool
) -> Iterator[tuple[str, list[KnownPage]]]:
    """Yield kinds of synthetic pages, whose files are written to a folder.

    Their digits are test images, or held-out training images.
    """
    images, labels = load_held_out_digits() if held_out else _test_digits()
    for kind in kinds:
        rng = np.random.default_rng([seed, *kind.encode()])
        pages = []
        for position in range(number):
            page = draw_page(images, labels, kind, rng)
            path = folder / f"{kind.replace(' ', '_')}_{position}.png"
            Image.fromarray(page.pixels).save(path, compress_level=1)
            pages.append(KnownPage(path, "".join(page.lines), page.boxes))
        yield kind, pages
        for known in pages:
            known.path.unlink()


def _test_digits() -> tuple[np.ndarray, np.ndarray]:
    mnist = load_mnist(subset="test")
    return mnist.images, mnist.target
