"""Callbacks: what they hear and may do; and what training prints."""

import keras
import pytest
from sklearn.metrics import log_loss
from support.comparing import same_weights
from support.recording_callbacks import Epochs
from support.small_classifiers import WHOLE, make_dense


class Batches(keras.callbacks.Callback):
    """Counts batches."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(batch)


class StopAfter(keras.callbacks.Callback):
    """Ends training after an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == self.epoch


def test_callbacks_hear_of_every_epoch_and_see_its_logs(make, handful, validation):
    epochs = Epochs()

    clf = make(callbacks=[epochs]).fit(*handful, **validation)

    assert epochs.heard == [
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


def test_callbacks_hear_of_every_batch_and_change_nothing(
    make, fitted_with_validation, handful, validation
):
    batches = Batches()

    clf = make(callbacks=[batches]).fit(*handful, **validation)

    assert batches.seen == [0, 1, 2, 3] * 2
    assert same_weights(clf, fitted_with_validation)
    assert clf.history_["val_loss"] == fitted_with_validation.history_["val_loss"]


def test_callbacks_see_the_weights_that_are_validated(make, handful, validation):
    X_val, y_val = validation["X_val"], validation["y_val"]
    losses = []

    class Evaluate(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            pixels = X_val.reshape(-1, *self.model.input_shape[1:])
            losses.append(log_loss(y_val, self.model(pixels).numpy()))

    clf = make(callbacks=[Evaluate()], ema_momentum=0.9).fit(*handful, **validation)

    assert losses == pytest.approx(clf.history_["val_loss"], rel=1e-3)


def test_a_callback_can_stop_training(handful):
    clf = make_dense(epochs=6, callbacks=[StopAfter(2)]).fit(*handful)

    assert clf.n_iter_ == 3
    assert len(clf.history_["loss"]) == 3


class StopAfterBatch(Batches):
    """Ends training after a batch."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        self.model.stop_training = batch == 1


def test_a_callback_can_stop_training_in_the_middle_of_an_epoch(handful):
    stopping = StopAfterBatch()

    clf = make_dense(epochs=6, callbacks=[stopping]).fit(*handful)

    assert stopping.seen == [0, 1]
    assert clf.n_iter_ == 1


def test_a_callback_that_stopped_one_fit_does_not_stop_the_next(handful):
    clf = make_dense(epochs=3, callbacks=[StopAfter(0)]).fit(*handful)

    clf.set_params(callbacks=None).fit(*handful)

    assert clf.n_iter_ == 3


def test_a_callback_can_lower_the_learning_rate(handful, validation):
    lowering = keras.callbacks.ReduceLROnPlateau(
        factor=0.01, patience=1, min_delta=1e6, cooldown=0, min_lr=0
    )
    still = WHOLE | {"epochs": 4, "learning_rate": 0.01}

    clf = make_dense(**still, callbacks=[lowering]).fit(*handful, **validation)
    losses = clf.history_["loss"]
    expected = make_dense(**still).fit(*handful, **validation).history_["loss"]

    assert float(clf.model_.optimizer.learning_rate) == pytest.approx(0.01 * 1e-6)
    assert losses[:3] == pytest.approx(expected[:3])
    assert losses[3] > expected[3]


def test_keras_early_stopping_works_beside_ours(handful):
    stopping = keras.callbacks.EarlyStopping(
        monitor="val_accuracy", min_delta=2.0, patience=1, restore_best_weights=True
    )

    clf = make_dense(epochs=6, callbacks=[stopping]).fit(*handful)

    assert clf.n_iter_ == 2


@pytest.mark.parametrize(
    "gather",
    [
        lambda each: each,
        lambda each: [each],
        lambda each: (each,),
        lambda each: {"epochs": each},
        lambda each: {"some": [each]},
    ],
)
def test_callbacks_come_alone_in_a_list_or_in_a_dict(gather, handful):
    epochs = Epochs()
    callbacks = gather(epochs)

    make_dense(epochs=1, callbacks=callbacks).fit(*handful)

    assert len(epochs.logs) == 1


class Change(keras.callbacks.Callback):
    """Sets a parameter of the classifier while it is fitted."""

    def on_epoch_end(self, epoch, logs=None):
        self.clf.set_params(patience=7)


def test_a_parameter_set_during_a_fit_stays_set(make, handful):
    change = Change()
    change.clf = make(callbacks=[change])

    change.clf.fit(*handful)

    assert change.clf.patience == 7
    assert change.clf.n_iter_ == 2


def test_verbose_prints_one_line_an_epoch(handful, capsys):
    make_dense(verbose=1, epochs=3).fit(*handful)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" - ")[0] for line in lines] == [
        "Epoch 1/3",
        "Epoch 2/3",
        "Epoch 3/3",
    ]
    assert all("loss: " in line and "val_accuracy: " in line for line in lines)


def test_nothing_is_printed_by_default(make, handful, capfd):
    make(epochs=1).fit(*handful).predict(handful[0])

    assert capfd.readouterr() == ("", "")


class SetToZero(keras.callbacks.Callback):
    """Sets all weights to zero at the end of an epoch; notes those that it sees."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch + 1:
            self.seen = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            self.model.set_weights([0 * each for each in self.model.get_weights()])


@pytest.mark.parametrize("ema_momentum", [None, 0.9])
def test_training_goes_on_with_the_weights_that_a_callback_has_set(
    ema_momentum, make, handful, validation
):
    setting = SetToZero(epoch=1)

    clf = make(epochs=3, callbacks=[setting], ema_momentum=ema_momentum)
    clf.fit(*handful, **validation)

    assert not any(each.any() for each in setting.seen)


def test_the_best_epoch_is_the_one_that_was_measured(make, handful, validation):
    """Whatever a callback then makes of the network."""
    X_val, y_val = validation["X_val"], validation["y_val"]

    clf = make(epochs=3, callbacks=[SetToZero(epoch=1)]).fit(*handful, **validation)

    assert clf.best_validation_loss_ == min(clf.history_["val_loss"])
    assert log_loss(y_val, clf.predict_proba(X_val)) == pytest.approx(
        clf.best_validation_loss_, rel=1e-3
    )


def test_partial_fit_goes_on_with_what_a_callback_has_set(make, handful):
    clf = make(callbacks=[SetToZero(epoch=0)]).partial_fit(*handful, range(10))

    assert not any(each.any() for each in clf.model_.get_weights())


class Validations(keras.callbacks.Callback):
    """Notes what it hears of validation."""

    def on_train_begin(self, logs=None):
        self.heard = []

    def on_test_begin(self, logs=None):
        self.heard.append("begins")

    def on_test_batch_begin(self, batch, logs=None):
        self.heard.append(batch)

    def on_test_batch_end(self, batch, logs=None):
        self.heard.append(logs["loss"])

    def on_test_end(self, logs=None):
        self.heard.append(logs["loss"])


def test_callbacks_hear_of_validation(
    make, fitted_with_validation, handful, validation
):
    validations = Validations()

    clf = make(callbacks=[validations]).fit(*handful, **validation)

    first, second = clf.history_["val_loss"]
    # All images are one batch.
    in_an_epoch = [["begins", 0, loss, loss] for loss in (first, second)]
    assert validations.heard == [*in_an_epoch[0], *in_an_epoch[1]]
    assert same_weights(clf, fitted_with_validation)
