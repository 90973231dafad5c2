"""HTML representation: parameters, fitted attributes and the layers of the network."""

import html
import inspect
import re

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.classifiers import quick_mlp

# Parameters and fitted attributes


def names_of_parameters(representation, css_class):
    return set(
        re.findall(
            rf'<tr class="{css_class}">.*?<td class="param">\s*(?:<a.*?>)?\s*(\w+)',
            representation,
            flags=re.DOTALL,
        )
    )


def test_changed_parameters_are_highlighted(estimator_class):
    clf = estimator_class(dropout=0.3, optimizer__learning_rate=0.01)

    representation = clf._repr_html_()

    assert names_of_parameters(representation, "user-set") == {
        "dropout",
        "optimizer__learning_rate",
    }
    assert names_of_parameters(representation, "default") == (
        estimator_class().get_params().keys() - {"dropout"}
    )


def test_representation_of_a_pipeline_shows_the_classifier(estimator_class):
    representation = make_pipeline(StandardScaler(), estimator_class())._repr_html_()

    assert estimator_class.__name__ in representation
    assert names_of_parameters(representation, "user-set") == {"steps"}
    assert (
        names_of_parameters(representation, "default")
        > estimator_class().get_params().keys()
    )


def test_documented_fitted_attributes_are_listed(fitted):
    representation = fitted._repr_html_()

    listed = re.findall(
        r"<td[^>]*>\s*(?:<a.*?>)?\s*(\w+_)\b", representation, flags=re.DOTALL
    )
    attributes = inspect.getdoc(type(fitted)).partition("Attributes\n-")[2]
    documented = re.findall(r"^(\w+_) :", attributes, flags=re.MULTILINE)
    assert "<span>Fitted</span>" in representation
    assert set(listed) == set(documented) - {"feature_names_in_"}


# Layers


def network_table(representation):
    """Return the cells of the table of layers by row."""
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
def test_tables_of_scikit_learn_are_kept(title, fitted_mlp):
    assert f"<summary>{title}</summary>" in fitted_mlp._repr_html_()


def test_unfitted_classifier_has_no_table_of_layers():
    assert network_table(quick_mlp()._repr_html_()) == []


def test_layers_of_a_pipeline_step_are_listed(handful):
    pipeline = make_pipeline(StandardScaler(), quick_mlp()).fit(*handful)

    rows = network_table(pipeline._repr_html_())

    assert rows == network_table(pipeline[-1]._repr_html_())
    assert len(rows) > 2


def test_class_labels_are_escaped(handful):
    X, y = handful
    clf = quick_mlp().fit(X, ["<i>" if label > 4 else "&" for label in y])

    assert "<i>" not in clf._repr_html_()
