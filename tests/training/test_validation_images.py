"""Validation images passed to fit: X_val, y_val and sample_weight_val."""

import numpy as np
import pytest
from sklearn.metrics import log_loss
from support.classifiers import quick_mlp
from support.comparing import same_weights


def test_validation_images_replace_the_split(handful, few_digits):
    X, y = handful
    X_val, y_val = few_digits.X_test[:100], few_digits.y_test[:100]

    clf = quick_mlp(epochs=1, validation_split=0.5).fit(X, y, X_val=X_val, y_val=y_val)

    assert same_weights(clf, quick_mlp(epochs=1).fit(X, y))
    assert clf.best_validation_loss_ == pytest.approx(
        log_loss(y_val, clf.predict_proba(X_val)), rel=1e-4
    )


def test_validation_images_may_have_another_layout_and_lack_classes(handful):
    X, y = handful

    clf = quick_mlp(epochs=1).fit(
        X, y, X_val=X[:5].reshape(-1, 8, 8, 1).tolist(), y_val=y[:5].tolist()
    )

    expected = -np.log(clf.predict_proba(X[:5])[np.arange(5), y[:5]]).mean()
    assert clf.best_validation_loss_ == pytest.approx(expected, rel=1e-4)


def test_validation_images_lead_to_early_stopping(handful, few_digits):
    clf = quick_mlp(patience=1, epochs=30, learning_rate=0.3)

    clf.fit(*handful, X_val=few_digits.X_test, y_val=few_digits.y_test)

    assert clf.n_iter_ < 30
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1


def test_validation_images_of_weight_zero_do_not_count(handful, few_digits):
    X_val, y_val = few_digits.X_test[:100], few_digits.y_test[:100]
    weights = np.repeat([1.0, 0.0], 50)

    weighted = quick_mlp(epochs=1).fit(
        *handful, X_val=X_val, y_val=y_val, sample_weight_val=weights
    )
    alone = quick_mlp(epochs=1).fit(*handful, X_val=X_val[:50], y_val=y_val[:50])

    assert weighted.history_ == alone.history_


def test_validation_loss_is_weighted(handful, few_digits):
    X_val, y_val = few_digits.X_test[:100], few_digits.y_test[:100]
    weights = np.repeat([3.0, 1.0], 50)

    clf = quick_mlp(epochs=1).fit(
        *handful, X_val=X_val, y_val=y_val, sample_weight_val=weights
    )

    losses = -np.log(clf.predict_proba(X_val)[np.arange(100), y_val])
    assert clf.best_validation_loss_ == pytest.approx(
        np.average(losses, weights=weights), rel=1e-4
    )
