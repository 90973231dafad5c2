"""What a notebook shows of a fitted classifier below its parameters."""

from __future__ import annotations

import html
import io
from typing import Any

SECTION = """
<div class="estimator-table">
    <details open>
        <summary>Training</summary>
        <table class="parameters-table"><tbody>{rows}</tbody></table>
    </details>
    <details>
        <summary>Network: model_.summary()</summary>
        <pre style="overflow-x: auto; line-height: 1.2">{network}</pre>
    </details>
</div>
"""
ROW = '<tr class="default"><td class="param">{name}</td><td>{value}</td></tr>'


class FittedSection:
    """scikit-learn's table of fitted attributes, with how training went before it.

    Parameters
    ----------
    clf : MLPDigitClassifier or CNNDigitClassifier
        A fitted classifier.
    attributes : mapping
        scikit-learn's table.
    """

    def __init__(self, clf: Any, attributes: Any) -> None:
        self._clf = clf
        self._attributes = attributes

    def __len__(self) -> int:
        return len(self._attributes)

    def _repr_html_inner(self) -> str:
        rows = "".join(
            ROW.format(name=html.escape(name), value=html.escape(value))
            for name, value in _told(self._clf).items()
        )
        network = html.escape(_summary(self._clf.model_))
        table: str = self._attributes._repr_html_inner()
        return SECTION.format(rows=rows, network=network) + table


def _told(clf: Any) -> dict[str, str]:
    loss = clf.best_validation_loss_
    return {
        "classes": ", ".join(map(str, clf.classes_)),
        "epochs run": str(clf.n_iter_),
        "best epoch": str(clf.best_epoch_),
        "validation loss": "not measured" if loss is None else f"{loss:.4f}",
    }


def _summary(network: Any) -> str:
    """Return the summary as plain text, whatever the width of a terminal."""
    lines = io.StringIO()
    network.summary(line_length=88, print_fn=lambda line, **_: lines.write(f"{line}\n"))
    return lines.getvalue()
