"""Early stopping: when training ends, and with which weights."""

import keras
import numpy as np
import pytest
from support.classifiers import ADAM, quick_cnn, quick_mlp


@pytest.fixture(scope="session")
def misleading(validation):
    """Return validation images with wrong labels, whose loss soon grows."""
    return {"X_val": validation["X_val"], "y_val": (validation["y_val"] + 1) % 10}


@pytest.mark.parametrize("patience", [0, 3])
def test_training_stops_after_patience_epochs_without_improvement(
    patience, handful, misleading
):
    clf = quick_mlp(patience=patience, epochs=30, **ADAM).fit(*handful, **misleading)

    assert clf.n_iter_ == clf.best_epoch_ + max(patience, 1) < 30
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1


def test_training_without_patience_never_stops_early(handful, misleading):
    clf = quick_mlp(patience=None, epochs=12, **ADAM).fit(*handful, **misleading)

    assert clf.n_iter_ == 12
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1 < 12


def test_training_that_improves_in_every_epoch_is_not_stopped(handful):
    X, y = handful

    clf = quick_mlp(patience=0, epochs=5, learning_rate=0.02).fit(
        X, y, X_val=X, y_val=y
    )

    assert clf.n_iter_ == clf.best_epoch_ == 5


@pytest.mark.parametrize(
    ("make", "patience", "ema_momentum"),
    [(quick_mlp, None, None), (quick_mlp, 3, 0.9), (quick_cnn, 3, 0.9)],
)
def test_best_weights_are_restored(make, patience, ema_momentum, handful, misleading):
    clf = make(patience=patience, ema_momentum=ema_momentum, epochs=6, **ADAM)

    clf.fit(*handful, **misleading)

    targets = keras.utils.to_categorical(misleading["y_val"], 10)
    pixels = misleading["X_val"].reshape(-1, *clf.model_.input_shape[1:])
    loss, accuracy = clf.model_.evaluate(pixels, targets, verbose=0)
    assert clf.best_epoch_ < clf.n_iter_
    assert loss == pytest.approx(clf.best_validation_loss_, rel=1e-4)
    assert accuracy == pytest.approx(
        clf.history_["val_accuracy"][clf.best_epoch_ - 1], abs=1e-6
    )


def test_without_validation_there_is_no_early_stopping(handful):
    clf = quick_mlp(patience=0, epochs=4, learning_rate=0.5).fit(*handful)

    assert clf.history_.keys() == {"loss", "accuracy"}
    assert clf.n_iter_ == clf.best_epoch_ == 4
    assert clf.best_validation_loss_ is None
