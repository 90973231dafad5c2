"""Measurements as rows of a CSV file and as Markdown tables."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

RESULTS = Path(__file__).parent / "results"


def record(path: Path, row: Mapping[str, Any], key: Sequence[str]) -> None:
    """Add a row to a CSV file, replacing the row with the same values for `key`.

    The file is replaced atomically, so an interrupted run loses no earlier rows.
    """
    # As text, so that earlier rows are written back unchanged.
    rows = pd.DataFrame([row]).astype(str)
    if path.exists():
        earlier = pd.read_csv(path, dtype=str, keep_default_na=False)
        repeated = (earlier[list(key)] == rows.loc[0, list(key)]).all(axis=1)
        rows = pd.concat([earlier[~repeated], rows])
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    rows.to_csv(temporary, index=False)
    os.replace(temporary, path)


def read_records(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, float_precision="round_trip")


def parameters_as_text(estimator: Any) -> str:
    """Return the parameters of an estimator as JSON, without `random_state`."""
    params = estimator.get_params(deep=False)
    params.pop("random_state", None)
    if "estimators" in params:  # those of an ensemble have seeds of their own
        params["estimators"] = {
            name: json.loads(parameters_as_text(member))
            for name, member in params["estimators"]
        }
    return json.dumps(params, sort_keys=True, default=str)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, with numbers in all columns but the first."""
    alignment = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(
        "| " + " | ".join(cells) + " |" for cells in (header, alignment, *rows)
    )


def mean_and_spread(values: pd.Series) -> str:
    """Return the mean and, for several values, the sample standard deviation."""
    if len(values) == 1:
        return f"{values.mean():.4f}"
    return f"{values.mean():.4f} ± {values.std():.4f}"
