"""Keras callbacks that remember what they saw, and one that interrupts."""

import keras


class Epochs(keras.callbacks.Callback):
    """Remembers the logs of each epoch, and the order of what it hears."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def on_train_begin(self, logs=None):
        self.heard = ["train begins"]
        self.logs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.heard.append(f"epoch {epoch} begins")

    def on_epoch_end(self, epoch, logs=None):
        self.heard.append(f"epoch {epoch} ends")
        self.logs.append(logs)

    def on_train_end(self, logs=None):
        self.heard.append("train ends")


class LearningRates(keras.callbacks.Callback):
    """Remembers the learning rate of each batch, and that of each epoch at its end."""

    def on_train_begin(self, logs=None):
        self.of_batches = []
        self.of_epochs = []

    def on_train_batch_end(self, batch, logs=None):
        self.of_batches.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        self.of_epochs.append(float(self.model.optimizer.learning_rate))


class Interrupt(keras.callbacks.Callback):
    """Raises what Ctrl-C raises, at the end of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt
