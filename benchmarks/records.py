"""Measurements: kept as the lines of a CSV file, shown as a Markdown table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

RESULTS = Path(__file__).parent / "results"


def record(path: Path, line: Mapping[str, Any], key: Sequence[str]) -> None:
    """Add a line to a file, in the place of the one with the same values under `key`.

    The file is replaced as a whole, so that a killed run leaves every earlier line.
    """
    # All is text here: what was measured earlier goes back to the file as it came.
    lines = pd.DataFrame([line]).astype(str)
    if path.exists():
        earlier = pd.read_csv(path, dtype=str, keep_default_na=False)
        repeated = (earlier[list(key)] == lines.loc[0, list(key)]).all(axis=1)
        lines = pd.concat([earlier[~repeated], lines])
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    lines.to_csv(temporary, index=False)
    os.replace(temporary, path)


def read_records(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, float_precision="round_trip")


def parameters_as_text(estimator: Any) -> str:
    """Return an estimator's parameters as JSON, without the seed."""
    params = estimator.get_params(deep=False)
    params.pop("random_state", None)
    return json.dumps(params, sort_keys=True, default=str)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table: the first column is text, the others are figures."""
    alignment = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(
        "| " + " | ".join(cells) + " |" for cells in (header, alignment, *rows)
    )


def mean_and_spread(values: pd.Series) -> str:
    """Return the mean and, of more than one value, the sample standard deviation."""
    if len(values) == 1:
        return f"{values.mean():.4f}"
    return f"{values.mean():.4f} ± {values.std():.4f}"
