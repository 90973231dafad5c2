"""Keras callbacks that record a training run or interrupt it."""

import keras


class Epochs(keras.callbacks.Callback):
    """Records the logs of every epoch and the order of the calls."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_begin(self, logs=None):
        self.calls = ["train begins"]
        self.logs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch} begins")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(f"epoch {epoch} ends")
        self.logs.append(logs)

    def on_train_end(self, logs=None):
        self.calls.append("train ends")


class LearningRates(keras.callbacks.Callback):
    """Records the learning rate after every batch and at the end of every epoch."""

    def on_train_begin(self, logs=None):
        self.of_batches = []
        self.of_epochs = []

    def on_train_batch_end(self, batch, logs=None):
        self.of_batches.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        self.of_epochs.append(float(self.model.optimizer.learning_rate))


class Interrupt(keras.callbacks.Callback):
    """Raises KeyboardInterrupt, as Ctrl-C does, at the end of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt
