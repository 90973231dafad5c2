"""Keras callbacks: the calls that they get, and changes that they make."""

import keras
import pytest
from sklearn.metrics import log_loss
from support.classifiers import FULL_BATCH, quick_mlp
from support.comparing import same_weights
from support.recording_callbacks import Epochs


class Batches(keras.callbacks.Callback):
    """Records the numbers of the batches."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


class StopAfter(keras.callbacks.Callback):
    """Stops training after an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == self.epoch


# Calls


def test_callbacks_are_called_with_the_logs_of_every_epoch(handful, validation):
    epochs = Epochs()

    clf = quick_mlp(callbacks=[epochs]).fit(*handful, **validation)

    assert epochs.calls == [
        "train begins",
        "epoch 0 begins",
        "epoch 0 ends",
        "epoch 1 begins",
        "epoch 1 ends",
        "train ends",
    ]
    assert epochs.logs == [
        {name: values[epoch] for name, values in clf.history_.items()}
        for epoch in range(2)
    ]


def test_callbacks_are_called_for_every_batch_without_changing_the_fit(
    validated_mlp, handful, validation
):
    batches = Batches()

    clf = quick_mlp(callbacks=[batches]).fit(*handful, **validation)

    assert batches.seen == [0, 1, 2, 3] * 2
    assert same_weights(clf, validated_mlp)
    assert clf.history_["val_loss"] == validated_mlp.history_["val_loss"]


class Validations(keras.callbacks.Callback):
    """Records the calls about validation."""

    def on_train_begin(self, logs=None):
        self.calls = []

    def on_test_begin(self, logs=None):
        self.calls.append("begins")

    def on_test_batch_begin(self, batch, logs=None):
        self.calls.append(batch)

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(logs["loss"])

    def on_test_end(self, logs=None):
        self.calls.append(logs["loss"])


def test_callbacks_are_called_for_the_validation_of_every_epoch(
    validated_mlp, handful, validation
):
    validations = Validations()

    clf = quick_mlp(callbacks=[validations]).fit(*handful, **validation)

    first, second = clf.history_["val_loss"]
    # All images are one batch.
    calls = [["begins", 0, loss, loss] for loss in (first, second)]
    assert validations.calls == [*calls[0], *calls[1]]
    assert same_weights(clf, validated_mlp)


def test_callbacks_see_the_validated_weights(make_quick, handful, validation):
    X_val, y_val = validation["X_val"], validation["y_val"]
    losses = []

    class Evaluate(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            pixels = X_val.reshape(-1, *self.model.input_shape[1:])
            losses.append(log_loss(y_val, self.model(pixels).numpy()))

    clf = make_quick(callbacks=[Evaluate()], ema_momentum=0.9).fit(
        *handful, **validation
    )

    assert losses == pytest.approx(clf.history_["val_loss"], rel=1e-3)


@pytest.mark.parametrize(
    "gather",
    [
        lambda callback: callback,
        lambda callback: [callback],
        lambda callback: (callback,),
        lambda callback: {"epochs": callback},
        lambda callback: {"some": [callback]},
    ],
)
def test_callbacks_may_be_alone_or_in_a_list_tuple_or_dict(gather, handful):
    epochs = Epochs()
    callbacks = gather(epochs)

    quick_mlp(epochs=1, callbacks=callbacks).fit(*handful)

    assert len(epochs.logs) == 1


# Stopping


def test_callback_stops_training(handful):
    clf = quick_mlp(epochs=6, callbacks=[StopAfter(2)]).fit(*handful)

    assert clf.n_iter_ == 3
    assert len(clf.history_["loss"]) == 3


class StopAfterBatch(Batches):
    """Stops training after a batch."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self.model.stop_training = batch == 1


def test_callback_stops_training_within_an_epoch(handful):
    stopping = StopAfterBatch()

    clf = quick_mlp(epochs=6, callbacks=[stopping]).fit(*handful)

    assert stopping.seen == [0, 1]
    assert clf.n_iter_ == 1


def test_stopping_one_fit_does_not_stop_the_next(handful):
    clf = quick_mlp(epochs=3, callbacks=[StopAfter(0)]).fit(*handful)

    clf.set_params(callbacks=None).fit(*handful)

    assert clf.n_iter_ == 3


def test_early_stopping_of_keras_stops_training(handful):
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", min_delta=2.0, patience=1, restore_best_weights=True
    )

    clf = quick_mlp(epochs=6, validation_split=0.1, callbacks=[stopping]).fit(*handful)

    assert clf.n_iter_ == 2


# Changes


def test_callback_lowers_the_learning_rate(handful, validation):
    lowering = keras.callbacks.ReduceLROnPlateau(
        factor=0.01, patience=1, min_delta=1e6, cooldown=0, min_lr=0
    )
    still = FULL_BATCH | {"epochs": 4, "learning_rate": 0.01}

    clf = quick_mlp(**still, callbacks=[lowering]).fit(*handful, **validation)
    losses = clf.history_["loss"]
    expected = quick_mlp(**still).fit(*handful, **validation).history_["loss"]

    assert float(clf.model_.optimizer.learning_rate) == pytest.approx(0.01 * 1e-6)
    assert losses[:3] == pytest.approx(expected[:3])
    assert losses[3] > expected[3]


class Change(keras.callbacks.Callback):
    """Sets a parameter of the classifier while it is being fitted."""

    def on_epoch_end(self, epoch, logs=None):
        self.clf.set_params(patience=7)


def test_parameter_set_during_a_fit_stays_set(handful):
    change = Change()
    change.clf = quick_mlp(callbacks=[change])

    change.clf.fit(*handful)

    assert change.clf.patience == 7
    assert change.clf.n_iter_ == 2


class SetToZero(keras.callbacks.Callback):
    """Sets all weights to zero at the end of an epoch and records the next ones."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch + 1:
            self.seen = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            self.model.set_weights([0 * weight for weight in self.model.get_weights()])


@pytest.mark.parametrize("ema_momentum", [None, 0.9])
def test_training_continues_with_weights_that_a_callback_has_set(
    ema_momentum, handful, validation
):
    setting = SetToZero(epoch=1)

    clf = quick_mlp(epochs=3, callbacks=[setting], ema_momentum=ema_momentum)
    clf.fit(*handful, **validation)

    assert not any(weight.any() for weight in setting.seen)


def test_best_epoch_has_the_weights_that_were_validated(handful, validation):
    X_val, y_val = validation["X_val"], validation["y_val"]

    clf = quick_mlp(epochs=3, callbacks=[SetToZero(epoch=1)]).fit(
        *handful, **validation
    )

    assert clf.best_validation_loss_ == min(clf.history_["val_loss"])
    assert log_loss(y_val, clf.predict_proba(X_val)) == pytest.approx(
        clf.best_validation_loss_, rel=1e-3
    )


def test_partial_fit_keeps_weights_that_a_callback_has_set(handful):
    clf = quick_mlp(callbacks=[SetToZero(epoch=0)]).partial_fit(*handful, range(10))

    assert not any(weight.any() for weight in clf.model_.get_weights())
