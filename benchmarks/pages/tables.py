"""Tables of measurements: all readers on all pages, and finding per kind."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from benchmarks.pages.readers.process import TITLES
from benchmarks.records import markdown_table

ALL = "synthetic pages"


def table(rows: pd.DataFrame, synthetic: Sequence[str]) -> str:
    """Return Markdown tables: readers compared, then digitclf on each kind."""
    is_synthetic = rows["kind"].isin(synthetic)
    compared = [
        _compared(kind, part)
        for kind, part in rows[~is_synthetic].groupby("kind", sort=False)
    ]
    if is_synthetic.any():
        compared.append(_compared(ALL, rows[is_synthetic]))
    header = ["pages", "reader", "score", "any order", "exact", "seconds", "memory"]
    lines = [line for part in compared for line in part]
    first = markdown_table(header, lines)
    return f"{first}\n\n{_per_kind(rows[is_synthetic])}"


def _compared(kind: str, rows: pd.DataFrame) -> list[list[str]]:
    """Return one line per reader, over all pages of the rows."""
    lines = []
    for name, title in TITLES.items():
        part = rows[rows["reader"] == name]
        if part.empty:
            continue
        total, n_pages = part["digits"].sum(), part["pages"].sum()
        lines.append(
            [
                f"{kind}: {n_pages} page{'s' if n_pages > 1 else ''}, {total:,} digits",
                title,
                f"{(part['score'] * part['digits']).sum() / total:.3f}",
                f"{(part['any_order'] * part['digits']).sum() / total:.3f}",
                f"{part['exact'].sum()}",
                f"{part['seconds'].median():.2f}",
                f"{part['peak_memory'].max():,} MB",
            ]
        )
    return lines


def _per_kind(rows: pd.DataFrame) -> str:
    """Return one line per kind of synthetic pages."""
    readers = [name for name in TITLES if name in set(rows["reader"])]
    lines = []
    for kind, part in rows.groupby("kind", sort=False):
        by_reader = part.set_index("reader")
        line = [str(kind), f"{part['digits'].iloc[0]:,}"]
        if "digitclf" in readers:
            own = by_reader.loc["digitclf"]
            figures = own["recall"], own["precision"], own["accuracy"]
            line += [f"{float(figure):.3f}" for figure in figures]
        line += [f"{by_reader.loc[name, 'score']:.3f}" for name in readers]
        lines.append(line)
    header = ["kind", "digits"]
    if "digitclf" in readers:
        header += ["recall", "precision", "accuracy"]
    header += [f"score {TITLES[name]}" for name in readers]
    return markdown_table(header, lines)
