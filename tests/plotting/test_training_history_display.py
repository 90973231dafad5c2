"""``TrainingHistoryDisplay``: curves, best epoch and last epoch."""

import numpy as np
import pytest
from support.classifiers import quick_mlp

from digitclf.plotting import TrainingHistoryDisplay


def lines_of(ax):
    """Return the lines of an Axes by their labels."""
    return {line.get_label(): line for line in ax.get_lines()}


def label_of_last_epoch(display):
    (label,) = [name for name in lines_of(display.axes_[0]) if "last epoch" in name]
    return label


def test_curves_are_the_history(cnn):
    display = TrainingHistoryDisplay.from_estimator(cnn)

    for ax, metric in zip(display.axes_, ["loss", "accuracy"], strict=True):
        lines = lines_of(ax)
        np.testing.assert_array_equal(lines["training"].get_xdata(), [1, 2, 3])
        np.testing.assert_allclose(lines["training"].get_ydata(), cnn.history_[metric])
        np.testing.assert_allclose(
            lines["validation"].get_ydata(), cnn.history_[f"val_{metric}"]
        )


def test_lines_differ_in_more_than_colour(cnn):
    lines = lines_of(TrainingHistoryDisplay.from_estimator(cnn).axes_[0])

    styles = {
        lines[name].get_linestyle()
        for name in ("training", "validation", "last epoch: 3")
    }
    assert len(styles) == 3


def test_history_without_validation_has_one_curve(handful):
    clf = quick_mlp().fit(*handful)

    lines = lines_of(TrainingHistoryDisplay.from_estimator(clf).axes_[0])

    assert "training" in lines
    assert "validation" not in lines


@pytest.fixture
def misleading_validation(handful):
    """Return validation images with wrong labels, whose loss grows in each epoch."""
    X, y = handful
    return {"X_val": X, "y_val": (y + 1) % 10}


def make_overfitting(**params):
    """Return a classifier whose first epoch is the best with such validation images."""
    return quick_mlp(learning_rate=1.0, **params)


def test_ring_is_at_the_validation_loss_of_the_best_epoch(
    handful, misleading_validation
):
    clf = make_overfitting(epochs=3).fit(*handful, **misleading_validation)
    assert clf.best_epoch_ == 1

    ring = lines_of(TrainingHistoryDisplay.from_estimator(clf).axes_[0])[
        "best epoch: 1"
    ]

    assert list(ring.get_xdata()) == [1]
    assert ring.get_ydata() == pytest.approx([clf.best_validation_loss_])


@pytest.mark.parametrize(
    ("epochs", "label"),
    [(10, "last epoch: 3 (stopped early)"), (3, "last epoch: 3")],
)
def test_last_epoch_is_called_early_only_if_epochs_were_left(
    epochs, label, handful, misleading_validation
):
    clf = make_overfitting(epochs=epochs, patience=2)
    clf.fit(*handful, **misleading_validation)
    assert clf.n_iter_ - clf.best_epoch_ == clf.patience

    display = TrainingHistoryDisplay.from_estimator(clf)

    assert label_of_last_epoch(display) == label
    assert set(lines_of(display.axes_[0])[label].get_xdata()) == {3}


def test_last_epoch_of_patience_zero_is_called_early(handful, misleading_validation):
    clf = make_overfitting(epochs=10, patience=0).fit(*handful, **misleading_validation)

    display = TrainingHistoryDisplay.from_estimator(clf)

    assert label_of_last_epoch(display) == "last epoch: 2 (stopped early)"


def fit_without_patience(handful, validation):
    return make_overfitting(epochs=4, patience=None).fit(*handful, **validation)


def fit_partially(handful, validation):
    clf = make_overfitting(epochs=10, patience=2)
    for _ in range(4):
        clf.partial_fit(*handful, classes=range(10))
    return clf


def fit_partially_after_stopping_early(handful, validation):
    clf = make_overfitting(epochs=10, patience=2).fit(*handful, **validation)
    return clf.partial_fit(*handful)


def fit_twice(handful, validation):
    clf = make_overfitting(epochs=2, patience=2, warm_start=True)
    return clf.fit(*handful, **validation).fit(*handful, **validation)


@pytest.mark.parametrize(
    "fit",
    [
        fit_without_patience,
        fit_partially,
        fit_partially_after_stopping_early,
        fit_twice,
    ],
)
def test_last_epoch_is_not_called_early_without_early_stopping(
    fit, handful, misleading_validation
):
    clf = fit(handful, misleading_validation)

    display = TrainingHistoryDisplay.from_estimator(clf)

    assert label_of_last_epoch(display) == "last epoch: 4"


def test_history_of_keras_is_drawn_without_a_best_epoch():
    history = {"loss": [1.0, 0.5], "val_loss": [0.9, 0.6]}

    display = TrainingHistoryDisplay(history).plot(metrics="loss")

    assert len(display.axes_) == 1
    assert sorted(lines_of(display.axes_[0])) == [
        "last epoch: 2",
        "training",
        "validation",
    ]


def test_estimator_without_history_is_rejected(handful):
    clf = quick_mlp().initialize(*handful)

    with pytest.raises(ValueError, match=r"has no history.*Call fit first"):
        TrainingHistoryDisplay.from_estimator(clf)


@pytest.mark.parametrize("metrics", [["auc"], []])
def test_error_for_unknown_metrics_lists_the_available_ones(metrics, cnn):
    with pytest.raises(ValueError, match=r"subset of \['loss', 'accuracy'\]"):
        TrainingHistoryDisplay.from_estimator(cnn, metrics=metrics)
