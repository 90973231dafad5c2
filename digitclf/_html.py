"""What a notebook shows of a fitted classifier below its parameters."""

from __future__ import annotations

import html
from typing import Any

MOST_CLASSES = 20
"""That are listed by name."""

SECTION = """
<div class="estimator-table">
    <details{state}>
        <summary>{title}</summary>
        <table class="parameters-table"><tbody>{rows}</tbody></table>
    </details>
</div>
"""


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
        table: str = self._attributes._repr_html_inner()
        return (
            _section("Training", _told(self._clf), state=" open")
            + _section("Network: model_.summary()", _summary(self._clf.model_))
            + table
        )


def _section(title: str, rows: list[list[str]], state: str = "") -> str:
    """Return a table that a click on its title opens, in scikit-learn's style."""
    return SECTION.format(
        title=html.escape(title),
        rows="".join(f"<tr class='default'>{_cells(row)}</tr>" for row in rows),
        state=state,
    )


def _cells(row: list[str]) -> str:
    first, *others = map(html.escape, row)
    return f'<td class="param">{first}</td>' + "".join(
        f"<td>{each}</td>" for each in others
    )


def _told(clf: Any) -> list[list[str]]:
    loss = clf.best_validation_loss_
    more = ["…"] if len(clf.classes_) > MOST_CLASSES else []
    return [
        ["classes", ", ".join([*map(str, clf.classes_[:MOST_CLASSES]), *more])],
        ["epochs run", str(clf.n_iter_)],
        ["best epoch", str(clf.best_epoch_)],
        ["validation loss", "not measured" if loss is None else f"{loss:.4f}"],
    ]


def _summary(network: Any) -> list[list[str]]:
    """Return what Keras's summary says: its own prints to a notebook in any case."""
    layers = [
        [
            layer.name,
            type(layer).__name__,
            str(layer.output.shape),
            f"{layer.count_params():,}",
        ]
        for layer in network.layers
    ]
    total = f"{network.count_params():,}"
    return [
        ["layer", "type", "output shape", "parameters"],
        *layers,
        ["all", "", "", total],
    ]
