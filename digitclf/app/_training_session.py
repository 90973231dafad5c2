"""The training of the page: one at a time, in a thread, with its progress."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from digitclf.app._models import Model, Models
from digitclf.app._training_settings import TrainingSettings

LOADING, TRAINING, TESTING = "loading", "training", "testing"
RUNNING = (LOADING, TRAINING, TESTING)
IDLE, FINISHED, CANCELLED, FAILED = "idle", "finished", "cancelled", "failed"

THREAD = "training"
"""Name of the thread."""

logger = logging.getLogger("digitclf.app")


class TrainingSession:
    """At most one training at a time, in a thread of its own.

    TensorFlow is loaded in the thread, when the first training starts. The trained
    model is used for drawings as soon as the training ends.

    Parameters
    ----------
    models : Models
        The model in use.
    """

    def __init__(self, models: Models) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._revision = 0
        self._state: dict[str, Any] = {"state": IDLE}

    def start(self, settings: TrainingSettings) -> bool:
        """Start to train; return False if a training is running."""
        with self._lock:
            if self._is_running():
                return False
            self._stopping.clear()
            self._replace_state({"state": LOADING, "settings": settings.as_json()})
            self._thread = threading.Thread(
                target=self._run, args=(settings,), name=THREAD, daemon=True
            )
            self._thread.start()
        return True

    def stop(self) -> None:
        """Ask the training to end with its best epoch."""
        with self._lock:
            if self._is_running():
                self._stopping.set()
                self._replace_state(self._state | {"stopping": True})

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the training; return whether none is running."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self._is_running()

    @property
    def is_stopping(self) -> bool:
        """Whether the training should end."""
        return self._stopping.is_set()

    def state(self, after: int = -1) -> dict[str, Any] | None:
        """Return the progress as JSON, None if it has not changed since a revision."""
        with self._lock:
            if self._revision == after:
                return None
            return self._state | {"revision": self._revision}

    def show(self, **changes: Any) -> None:
        """Add values to the progress."""
        with self._lock:
            self._replace_state(self._state | changes)

    def _replace_state(self, state: dict[str, Any]) -> None:
        self._state = state
        self._revision += 1

    def _is_running(self) -> bool:
        return self._state["state"] in RUNNING

    def _run(self, settings: TrainingSettings) -> None:
        start = time.monotonic()
        try:
            model = self._train(settings)
        except Exception as error:
            logger.exception("The training failed.")
            self.show(state=FAILED, error=_fault(error))
            return
        seconds = round(time.monotonic() - start, 1)
        if model is None:
            self.show(state=CANCELLED, seconds=seconds)
            return
        self._models.use_trained(model)
        self.show(state=FINISHED, seconds=seconds, model=model.number)

    def _train(self, settings: TrainingSettings) -> Model | None:
        # Loads TensorFlow.
        from digitclf.app._training_run import train

        return train(settings, self)


def is_training() -> bool:
    """Return whether a training runs in this process."""
    return any(thread.name == THREAD for thread in threading.enumerate())


def _fault(error: Exception) -> str:
    """Return the name of what went wrong. Messages may contain paths."""
    if isinstance(error, MemoryError) or "ResourceExhausted" in type(error).__name__:
        return "memory"
    return "import" if isinstance(error, ImportError) else "other"
