"""What a notebook shows of an estimator: scikit-learn's HTML, and how training went."""

import re

import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.small_classifiers import make_dense


def rows(html, section):
    """Return the cells of one table, row by row."""
    table = html.split(f"<summary>{section}</summary>")[1].split("</table>")[0]
    return [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in table.split("</tr>")][
        :-1
    ]


def cells(html, section):
    """Return a table of two columns as a dict."""
    return dict(rows(html, section))


def test_fitted_estimator_tells_how_training_went(fitted):
    assert cells(fitted._repr_html_(), "Training") == {
        "classes": "0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
        "epochs run": str(fitted.n_iter_),
        "best epoch": str(fitted.best_epoch_),
        "validation loss": f"{fitted.best_validation_loss_:.4f}",
    }


def test_fitted_estimator_shows_its_parameters_and_its_network(fitted):
    html = fitted._repr_html_()

    assert "<summary>Parameters</summary>" in html
    network = fitted.model_
    assert rows(html, "Network: model_.summary()")[1:] == [
        *(
            [
                layer.name,
                type(layer).__name__,
                str(layer.output.shape),
                f"{layer.count_params():,}",
            ]
            for layer in network.layers
        ),
        ["all", "", "", f"{network.count_params():,}"],
    ]


def test_unfitted_estimator_tells_nothing_of_training(clf):
    html = clf._repr_html_()

    assert "<summary>Parameters</summary>" in html
    assert "<summary>Training</summary>" not in html


def test_fitted_step_of_a_pipeline_tells_it_too(handful):
    pipeline = make_pipeline(StandardScaler(), make_dense()).fit(*handful)

    assert cells(pipeline._repr_html_(), "Training")["epochs run"] == "2"


@pytest.mark.parametrize("validation_split", [0, 0.2])
def test_loss_that_was_not_measured_is_said_so(validation_split, handful):
    clf = make_dense(validation_split=validation_split).fit(*handful)

    told = cells(clf._repr_html_(), "Training")["validation loss"]

    assert (told == "not measured") == (validation_split == 0)


def test_labels_are_no_markup(handful):
    X, y = handful
    clf = make_dense().fit(X, ["<i>" if label > 4 else "&" for label in y])

    html = clf._repr_html_()

    assert cells(html, "Training")["classes"] == "&amp;, &lt;i&gt;"
    assert "<i>" not in html
