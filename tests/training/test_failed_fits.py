"""Fits that fail: interrupted, diverged or refused, they leave no trace."""

import keras
import numpy as np
import pandas as pd
import pytest
from support.classifiers import ADAM, quick_mlp
from support.comparing import assert_same_fit, same_weights
from support.recording_callbacks import Interrupt


def weights_of(clf):
    return clf.model_.get_weights()


def state_of(clf, X):
    state = {name: value for name, value in vars(clf).items() if name.endswith("_")}
    state = {name: repr(value) for name, value in state.items() if name != "model_"}
    return state | {"weights": weights_of(clf), "probabilities": clf.predict_proba(X)}


@pytest.fixture
def wide_frame(handful):
    X, y = handful
    return pd.DataFrame(X[:, :49]).rename(columns=str), y + 100


# Interrupted and refused fits


def test_refused_images_leave_the_earlier_fit_as_it_was(
    handful, validation, wide_frame
):
    clf = quick_mlp().fit(*handful, **validation)
    before = state_of(clf, handful[0])
    X, y = wide_frame
    X.iloc[0, 0] = np.nan

    with pytest.raises(ValueError, match="NaN"):
        clf.fit(X, y)

    np.testing.assert_equal(state_of(clf, handful[0]), before)


@pytest.mark.parametrize("warm_start", [False, True])
def test_interrupted_fit_leaves_the_earlier_fit_as_it_was(
    warm_start, make_quick, handful, validation
):
    clf = make_quick(warm_start=warm_start).fit(*handful, **validation)
    before = state_of(clf, handful[0])
    clf.set_params(callbacks=[Interrupt(1 + 2 * warm_start)], random_state=1)

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful, **validation)

    np.testing.assert_equal(state_of(clf, handful[0]), before)
    clf.set_params(callbacks=None).fit(*handful, **validation)
    assert clf.n_iter_ == (4 if warm_start else 2)


def test_interrupted_fit_on_another_shape_leaves_the_earlier_fit_as_it_was(
    handful, validation, wide_frame
):
    clf = quick_mlp().fit(*handful, **validation)
    before = state_of(clf, handful[0])
    clf.set_params(callbacks=[Interrupt(0)])

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*wide_frame)

    np.testing.assert_equal(state_of(clf, handful[0]), before)


def test_interrupted_first_fit_leaves_an_unfitted_classifier(handful):
    clf = quick_mlp(callbacks=[Interrupt(0)])
    before = vars(clf).copy()

    with pytest.raises(KeyboardInterrupt):
        clf.fit(*handful)

    assert vars(clf) == before


def test_interrupted_partial_fit_has_no_effect(make_quick, handful):
    X, y = handful
    expected = make_quick(**ADAM).partial_fit(X, y, range(10))
    clf = make_quick(**ADAM).partial_fit(X, y, range(10))
    before = state_of(clf, X)

    clf.set_params(callbacks=[Interrupt(1)])
    with pytest.raises(KeyboardInterrupt):
        clf.partial_fit(X[::-1], y[::-1])

    np.testing.assert_equal(state_of(clf, X), before)
    clf.set_params(callbacks=None).partial_fit(X, y)
    assert same_weights(clf, expected.partial_fit(X, y))


def test_partial_fit_on_refused_images_has_no_effect(handful):
    X, y = handful
    clf = quick_mlp().partial_fit(X, y, range(10))
    before = state_of(clf, X)

    with pytest.raises(ValueError, match="NaN"):
        clf.partial_fit(np.where(X > 15, np.nan, X), y)

    np.testing.assert_equal(state_of(clf, X), before)


# Diverged fits


DIVERGING = {"optimizer": "sgd", "learning_rate": 1e30}


@pytest.mark.parametrize("validation_split", [0, 0.1])
def test_divergence_is_an_error_about_the_learning_rate(validation_split, handful):
    clf = quick_mlp(validation_split=validation_split, **DIVERGING)

    with pytest.raises(ValueError, match=r"diverged.*learning_rate"):
        clf.fit(*handful)


def test_divergence_in_the_last_step_is_an_error(make_quick, handful):
    clf = make_quick(epochs=1, batch_size=200, **DIVERGING)

    with pytest.raises(ValueError, match=r"diverged.*learning_rate"):
        clf.fit(*handful)


class PutsNaN(keras.callbacks.Callback):
    """Sets weights to NaN after their loss was measured."""

    def on_epoch_end(self, epoch, logs=None):
        kernel = self.model.get_layer("hidden_1").kernel
        kernel.assign(np.full(kernel.shape, np.nan))


def test_weights_that_diverge_while_the_loss_is_finite_are_an_error(handful):
    clf = quick_mlp(callbacks=PutsNaN())

    with pytest.raises(ValueError, match=r"diverged: .*hidden_1/kernel has values"):
        clf.partial_fit(*handful, classes=range(10))


class Explodes(keras.callbacks.Callback):
    """Raises the learning rate beyond all bounds in the third epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            self.model.optimizer.learning_rate = 1e30


@pytest.mark.parametrize("validation_split", [0, 0.1])
@pytest.mark.parametrize("ema_momentum", [None, 0.9])
def test_fit_that_diverges_later_ends_with_the_best_epoch(
    ema_momentum, validation_split, make_quick, handful
):
    params = {"validation_split": validation_split, "ema_momentum": ema_momentum}
    clf = make_quick(**params, epochs=6, callbacks=Explodes())

    with pytest.warns(UserWarning, match=r"diverged.*epoch 2.*") as caught:
        clf.fit(*handful)

    expected = make_quick(**params, epochs=2).fit(*handful)
    assert_same_fit(clf, expected, handful[0])
    messages = [str(w.message) for w in caught if "diverged" in str(w.message)]
    assert len(messages) == 1
    assert "after epoch 3" in messages[0]
    assert "try a smaller learning_rate" in messages[0]


def test_training_can_go_on_after_a_fit_that_diverged(handful):
    clf = quick_mlp(epochs=6, optimizer="adam", callbacks=Explodes())
    with pytest.warns(UserWarning, match="diverged"):
        clf.fit(*handful)
    loss = clf.history_["loss"][-1]

    clf.set_params(callbacks=None, learning_rate=1e-3).partial_fit(*handful)

    assert clf.history_["loss"][-1] < loss


def test_resume_file_of_a_diverged_fit_is_removed(handful, tmp_path):
    with pytest.raises(ValueError, match="diverged"):
        quick_mlp(**DIVERGING, checkpoint=tmp_path).fit(*handful)

    assert list(tmp_path.iterdir()) == []


def test_diverged_partial_fit_has_no_effect(handful):
    X, y = handful
    clf = quick_mlp(batch_size=200).partial_fit(X, y, range(10))
    before = state_of(clf, X)
    clf.set_params(learning_rate=1e30)

    with pytest.raises(ValueError, match=r"diverged.*learning_rate"):
        clf.partial_fit(X, y)

    np.testing.assert_equal(state_of(clf, X), before)


def test_diverged_fit_leaves_the_earlier_fit_as_it_was(handful, validation):
    clf = quick_mlp().fit(*handful, **validation)
    before = state_of(clf, handful[0])
    clf.set_params(**DIVERGING)

    with pytest.raises(ValueError, match="diverged"):
        clf.fit(*handful)

    np.testing.assert_equal(state_of(clf, handful[0]), before)
