"""What happens in the workers of a cluster: fits are counted, workers are lost."""

import contextlib
import os
import signal
import sys
from pathlib import Path

import keras


class CountedFits(keras.callbacks.Callback):
    """Writes a line per fit into a file, and kills the worker of one of them.

    Parameters
    ----------
    path : path-like
    killed : int, optional
        Number of the fit, counted from 1, from which on the first worker that ends an
        epoch is killed.
    """

    def __init__(self, path, killed=None):
        super().__init__()
        self.path = Path(path)
        self.killed = killed

    def on_train_begin(self, logs=None):
        with open(self.path, "a") as file:
            file.write(f"{os.getpid()}\n")

    def on_epoch_end(self, epoch, logs=None):
        if self.killed is not None and self.count() >= self.killed:
            with contextlib.suppress(FileExistsError):
                # Two workers may begin a fit at the same time. Only one is killed.
                self.path.with_suffix(".killed").touch(exist_ok=False)
                os.kill(os.getpid(), signal.SIGKILL)

    def count(self):
        return len(self.path.read_text().splitlines())


class Hidden:
    """Finder of modules that does not find one package."""

    def __init__(self, package):
        self.package = package

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == self.package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def hide_digitclf():
    """Let this process have no digitclf."""
    for name in [name for name in sys.modules if name.startswith("digitclf")]:
        del sys.modules[name]
    sys.meta_path.insert(0, Hidden("digitclf"))


def tensorflow_threads():
    """Return the threads of TensorFlow in this process, which may be new."""
    import tensorflow as tf

    from digitclf import MLPDigitClassifier  # noqa: F401 - sets them

    return tf.config.threading.get_intra_op_parallelism_threads()


def received_bytes(dask_worker):
    """Return how many bytes this worker has received from other workers."""
    return sum(transfer["total"] for transfer in dask_worker.transfer_incoming_log)
