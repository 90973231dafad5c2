"""Training that starts again or continues: fit, warm_start and partial_fit."""

import numpy as np
import pytest
from support.classifiers import ADAM, quick_mlp
from support.comparing import same_weights
from support.recording_callbacks import Epochs


def weights_of(clf):
    return clf.model_.get_weights()


# A new fit


def test_refit_forgets_the_first_fit(validated_mlp, handful, validation, few_digits):
    clf = quick_mlp()
    clf.fit(few_digits.X_test[:, :49] / 16, few_digits.y_test.astype(str))

    clf.fit(*handful, **validation)

    assert same_weights(clf, validated_mlp)
    assert clf.history_ == validated_mlp.history_
    assert vars(clf).keys() == vars(validated_mlp).keys()
    np.testing.assert_array_equal(clf.classes_, validated_mlp.classes_)


def test_fit_after_partial_fit_starts_again(validated_mlp, handful, validation):
    clf = quick_mlp().partial_fit(*handful, classes=range(10))

    clf.fit(*handful, **validation)

    assert same_weights(clf, validated_mlp)


# warm_start


def test_warm_start_continues_training(make_quick, handful, validation):
    clf = make_quick(warm_start=True).fit(*handful, **validation)
    first = clf.history_

    clf.fit(*handful, **validation)

    assert clf.n_iter_ == 4
    assert {len(values) for values in clf.history_.values()} == {4}
    assert clf.history_["loss"][:2] == first["loss"]
    assert clf.history_["loss"][2] < first["loss"][1]
    assert clf.best_epoch_ == np.argmin(clf.history_["val_loss"]) + 1


def test_warm_start_gives_the_same_as_one_longer_fit(make_quick, handful):
    whole = make_quick(epochs=3, dropout=0.2).fit(*handful)

    parts = make_quick(epochs=1, dropout=0.2, warm_start=True).fit(*handful)
    parts.set_params(epochs=2).fit(*handful)

    assert same_weights(parts, whole)
    assert parts.history_ == whole.history_


def test_epoch_numbers_of_callbacks_continue_after_a_warm_start(handful):
    epochs = Epochs()
    clf = quick_mlp(warm_start=True, callbacks=epochs).fit(*handful)

    clf.fit(*handful)

    assert epochs.calls[1:-1] == [
        "epoch 2 begins",
        "epoch 2 ends",
        "epoch 3 begins",
        "epoch 3 ends",
    ]


def test_warm_start_on_other_classes_is_refused(handful):
    X, y = handful
    clf = quick_mlp(warm_start=True).fit(X, y)

    with pytest.raises(ValueError, match=r"warm_start .*classes"):
        clf.fit(X[y < 9], y[y < 9])


def test_warm_start_with_another_network_is_refused(handful):
    clf = quick_mlp(warm_start=True).fit(*handful)

    with pytest.raises(ValueError, match="warm_start"):
        clf.set_params(hidden_layer_sizes=(8, 8)).fit(*handful)


# partial_fit


def test_partial_fit_learns_over_many_batches(make_quick, few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    clf = make_quick(batch_size=20, **ADAM)

    for _ in range(4):
        for start in range(0, len(y), 100):
            batch = slice(start, start + 100)
            clf.partial_fit(X[batch], y[batch], classes=np.arange(10))

    assert clf.score(few_digits.X_test, few_digits.y_test) > 0.8
    assert clf.n_iter_ == len(clf.history_["loss"]) == 24


def test_partial_fit_predicts_classes_that_it_has_not_seen_yet(handful):
    X, y = handful
    clf = quick_mlp().partial_fit(X[y < 5], y[y < 5], classes=range(10))

    clf.partial_fit(X[y >= 5], y[y >= 5])

    assert clf.classes_.tolist() == list(range(10))
    assert clf.predict_proba(X).shape == (200, 10)


def test_partial_fit_uses_sample_weights(handful):
    X, y = handful
    kept = np.arange(len(y)) % 3 > 0

    weighted = quick_mlp().partial_fit(
        X, y, range(10), sample_weight=kept.astype(float)
    )
    without = quick_mlp().partial_fit(X[kept], y[kept], range(10))

    assert same_weights(weighted, without)


def test_partial_fit_continues_after_fit(handful, validation):
    clf = quick_mlp().fit(*handful, **validation)
    before = weights_of(clf)

    clf.partial_fit(*handful)

    change = [
        np.abs(weight - weight_before).max()
        for weight, weight_before in zip(weights_of(clf), before, strict=True)
    ]
    assert 0 < max(change) < 0.5
    assert clf.n_iter_ == len(clf.history_["loss"]) == 3
    assert clf.history_["loss"][2] < clf.history_["loss"][0]
