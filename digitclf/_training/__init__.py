"""One fit: epochs, early stopping, callbacks, checkpoints and progress."""
