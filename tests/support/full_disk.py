"""A disk that is full, as far as this process is concerned."""

from contextlib import contextmanager

import keras


@contextmanager
def largest_file(size):
    """Limit the size of the files that this process writes, as on a full disk."""
    import resource  # which Windows does not have

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class During(keras.callbacks.Callback):
    """Calls a function when an epoch begins."""

    def __init__(self, calls):
        super().__init__()
        self.calls = calls

    def on_epoch_begin(self, epoch, logs=None):
        if epoch in self.calls:
            self.calls[epoch]()
