"""HTML representation of a fitted classifier: the layers of its network."""

import html
import re

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.small_classifiers import make_dense


def network_table(representation):
    """Return the cells of the table of layers, row by row."""
    _, _, after_title = representation.partition("<summary>Network</summary>")
    table, _, _ = after_title.partition("</table>")
    return [
        [html.unescape(cell) for cell in re.findall("<t[dh]>(.*?)</t[dh]>", row)]
        for row in re.findall("<tr.*?</tr>", table)
    ]


def test_layers_of_a_fitted_classifier_are_listed(fitted):
    network = fitted.model_

    assert network_table(fitted._repr_html_()) == [
        ["Layer", "Type", "Output shape", "Parameters"],
        *(
            [
                layer.name,
                type(layer).__name__,
                str(layer.output.shape),
                f"{layer.count_params():,}",
            ]
            for layer in network.layers
        ),
        ["total", "", "", f"{network.count_params():,}"],
    ]


@pytest.mark.parametrize("title", ["Parameters", "Fitted attributes"])
def test_tables_of_scikit_learn_are_kept(title, fitted):
    assert f"<summary>{title}</summary>" in fitted._repr_html_()


def test_unfitted_classifier_has_no_table_of_layers(clf):
    assert network_table(clf._repr_html_()) == []


def test_layers_of_a_pipeline_step_are_listed(handful):
    pipeline = make_pipeline(StandardScaler(), make_dense()).fit(*handful)

    rows = network_table(pipeline._repr_html_())

    assert rows == network_table(pipeline[-1]._repr_html_())
    assert len(rows) > 2


def test_class_labels_are_escaped(handful):
    X, y = handful
    clf = make_dense().fit(X, ["<i>" if label > 4 else "&" for label in y])

    assert "<i>" not in clf._repr_html_()
