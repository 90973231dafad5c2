"""HTML representation of fitted classifiers: the layers of the network."""

from __future__ import annotations

import html
from typing import Any

# The markup and the CSS classes are those of scikit-learn's table of fitted attributes.
TABLE = """
<div class="estimator-table">
    <details>
        <summary>Network</summary>
        <table class="parameters-table"><tbody>{rows}</tbody></table>
    </details>
</div>
"""
HEADER = "<tr><th>Layer</th><th>Type</th><th>Output shape</th><th>Parameters</th></tr>"
ROW = '<tr class="default"><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>'


class FittedSection:
    """scikit-learn's table of fitted attributes, followed by a table of the layers.

    Parameters
    ----------
    clf : MLPDigitClassifier or CNNDigitClassifier
        A fitted classifier.
    attributes : mapping
        The table of fitted attributes.
    """

    def __init__(self, clf: Any, attributes: Any) -> None:
        self._clf = clf
        self._attributes = attributes

    def __len__(self) -> int:
        return len(self._attributes)

    def _repr_html_inner(self) -> str:
        table: str = self._attributes._repr_html_inner()
        return table + _network_table(self._clf.model_)


def _network_table(network: Any) -> str:
    """Return the content of Keras's ``summary``, which can only be printed."""
    rows = [
        (layer.name, type(layer).__name__, layer.output.shape, layer.count_params())
        for layer in network.layers
    ]
    rows.append(("total", "", "", network.count_params()))
    return TABLE.format(rows=HEADER + "".join(map(_format_row, rows)))


def _format_row(row: tuple[str, str, Any, int]) -> str:
    name, kind, shape, n_parameters = row
    return ROW.format(html.escape(name), kind, shape, f"{n_parameters:,}")
