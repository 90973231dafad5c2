"""A training from start to end. This module imports TensorFlow."""

from __future__ import annotations

from typing import Any, Protocol

from digitclf._compiled.startup import keras

import numpy as np
from sklearn.utils import resample

import digitclf
from digitclf._compiled.predictor import predict_probabilities
from digitclf._inference import stored_classifier
from digitclf._model_file.archive import model_file_content
from digitclf.app._arrays import images_as_json
from digitclf.app._models import Model
from digitclf.app._samples import test_images
from digitclf.app._training_settings import SEED, TrainingSettings
from digitclf.datasets import load_mnist

N_TESTED = 1_000
"""Number of test images read after each epoch."""

N_ERRORS = 24
"""Maximum number of misclassified images shown."""

N_FILTERS = 32
"""Maximum number of filters, or of hidden units, shown."""


class Progress(Protocol):
    """Receives the progress of a training."""

    @property
    def is_stopping(self) -> bool:
        """Whether the training should end."""

    def show(self, **changes: Any) -> None:
        """Add values to the progress."""


def train(settings: TrainingSettings, progress: Progress) -> Model | None:
    """Train a network and return the model, None if it was stopped at the start."""
    X, y = _training_images(settings.n_images)
    reporter = (
        BatchReporter(progress)
        if settings.network == "cnn"
        else EpochReporter(progress)
    )
    clf = getattr(digitclf, settings.class_name)(
        **settings.parameters, callbacks=[reporter]
    )
    if progress.is_stopping:
        return None
    progress.show(state="training", epoch=1, fraction=0.0, history={})
    clf.fit(X, y)
    progress.show(
        state="testing",
        best_epoch=clf.best_epoch_,
        end=_reason_of_end(clf, settings, progress),
    )
    model = _model_of(clf, settings)
    progress.show(test_accuracy=_accuracy(model), n_test=len(test_images().target))
    return model


def _training_images(n_images: int) -> tuple[np.ndarray, np.ndarray]:
    X, y = load_mnist(return_X_y=True)
    if n_images == len(y):
        return X, y
    return resample(
        X, y, replace=False, n_samples=n_images, stratify=y, random_state=SEED
    )


def _reason_of_end(clf: Any, settings: TrainingSettings, progress: Progress) -> str:
    if progress.is_stopping:
        return "stopped"
    return "patience" if clf.n_iter_ < settings.epochs else "epochs"


def _model_of(clf: Any, settings: TrainingSettings) -> Model:
    """Return a fitted estimator as a model without TensorFlow, and its file."""
    clf.set_params(callbacks=None)
    network, description = clf._file_content(clf.model_, {})
    stored = stored_classifier(
        vars(clf), clf._layers(clf._settings()), clf._input_shape(), network.arrays
    )
    return Model(
        stored,
        "trained",
        f"{settings.network}-{settings.n_images}-images.keras",
        model_file_content(network, description),
    )


def _accuracy(model: Model) -> float:
    mnist = test_images()
    best = model.stored.predict_proba(mnist.data).argmax(axis=1)
    return float((model.stored.classes[best] == mnist.target).mean())


class EpochReporter(keras.callbacks.Callback):
    """Reports each epoch, and stops after an epoch.

    Parameters
    ----------
    progress : Progress
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._history: dict[str, list[float]] = {}
        self._best_loss = np.inf
        self._best_epoch = 0
        chosen = np.random.default_rng(SEED).permutation(len(test_images().target))
        self._tested = np.sort(chosen[:N_TESTED])

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Report the number of the epoch."""
        self._progress.show(epoch=epoch + 1, fraction=0.0)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Report the losses, the filters and the misclassified test images."""
        for name, value in (logs or {}).items():
            self._history.setdefault(name, []).append(round(float(value), 6))
        loss = self._history["val_loss"][-1]
        if loss < self._best_loss:
            self._best_loss, self._best_epoch = loss, epoch + 1
        self._progress.show(
            fraction=1.0,
            history={name: list(values) for name, values in self._history.items()},
            best_epoch=self._best_epoch,
            filters=_filters(self.model),
            errors=self._errors(),
        )
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self._progress.is_stopping:
            self.model.stop_training = True

    def _errors(self) -> dict[str, Any]:
        """Return the test images that the network misclassifies now, as JSON."""
        mnist = test_images()
        images = mnist.images[self._tested]
        labels = mnist.target[self._tested]
        pixels = images.reshape(-1, *self.model.input_shape[1:])
        predicted = predict_probabilities(self.model, pixels).argmax(axis=1)
        wrong = np.flatnonzero(predicted != labels)
        shown = wrong[:N_ERRORS]
        return {
            "n_tested": len(labels),
            "n_errors": len(wrong),
            "digits": labels[shown].tolist(),
            "predicted": predicted[shown].tolist(),
            **images_as_json(images[shown]),
        }


class BatchReporter(EpochReporter):
    """Reports each batch, too, and stops within an epoch."""

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Report the fraction of the epoch that is done."""
        self._progress.show(fraction=round((batch + 1) / self.params["steps"], 3))
        self._stop_if_asked()


def _filters(network: Any) -> dict[str, Any]:
    """Return the weights of the first layer that has any, an image per filter."""
    first = next(layer for layer in network.layers if hasattr(layer, "kernel"))
    kernel = np.asarray(first.kernel)
    if kernel.ndim == 2:
        side = round(kernel.shape[0] ** 0.5)
        kernel = kernel.reshape(side, side, 1, -1)
    images = kernel[:, :, 0, :N_FILTERS].transpose(2, 0, 1)
    return {"layer": first.name, **images_as_json(images)}
