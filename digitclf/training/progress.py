"""What training prints: one line an epoch."""

from __future__ import annotations

import time

import keras

FIRST = ("loss", "accuracy", "val_loss", "val_accuracy")


class EpochLines(keras.callbacks.Callback):
    """Prints an epoch's number, its seconds and its logs when it ends."""

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        """Print the line."""
        seconds = time.perf_counter() - self._start
        # Keras hands the logs over in the order of the alphabet.
        names = [
            *(name for name in FIRST if name in logs),
            *sorted(logs.keys() - set(FIRST)),
        ]
        measured = "".join(f" - {name}: {logs[name]:.4f}" for name in names)
        print(
            f"Epoch {epoch + 1}/{self.params['epochs']} - {seconds:.1f} s{measured}",
            flush=True,
        )
