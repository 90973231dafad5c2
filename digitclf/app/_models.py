"""The model that reads what is drawn: the one that was loaded, or the one trained."""

from __future__ import annotations

import itertools
import threading
from functools import cached_property
from typing import Any

import numpy as np

from digitclf._feature_maps import FeatureMaps
from digitclf._inference import StoredClassifier

_numbers = itertools.count(1)


class Model:
    """A stored classifier for drawings and pages.

    Parameters
    ----------
    stored : StoredClassifier
        A classifier for images of 28 x 28 pixels.
    origin : {"pretrained", "file", "trained"}
    name : str
        Name of its file, empty for the pretrained model.
    content : bytes or None
        Content of the model file, for a model that was trained here.
    """

    def __init__(
        self,
        stored: StoredClassifier,
        origin: str,
        name: str,
        content: bytes | None = None,
    ) -> None:
        self.stored = stored
        self.origin = origin
        self.name = name
        self.content = content
        self.number = next(_numbers)
        self.labels = [str(label) for label in stored.classes.tolist()]
        self.feature_maps = FeatureMaps(stored)

    @cached_property
    def classifier(self) -> Any:
        """The classifier as `read_digits` takes it."""
        # Imports scikit-learn, which drawing does not need.
        from digitclf._predictor import grey_level_classifier

        return grey_level_classifier(self.stored)

    def as_input(self, image: np.ndarray) -> np.ndarray:
        """Return an image of grey levels as a row of the network's input."""
        return self.stored.as_fitted(image.reshape(1, -1))


class Models:
    """The model in use and the others that can be chosen.

    Parameters
    ----------
    loaded : Model
    """

    def __init__(self, loaded: Model) -> None:
        self._lock = threading.Lock()
        self._loaded = loaded
        self._trained: Model | None = None
        self._current = loaded

    @property
    def loaded(self) -> Model:
        """The model that the app was started with."""
        return self._loaded

    @property
    def current(self) -> Model:
        """The model in use."""
        return self._current

    @property
    def trained(self) -> Model | None:
        """The model that was trained last."""
        return self._trained

    def use_trained(self, model: Model) -> None:
        """Use a model that has just been trained."""
        with self._lock:
            self._trained = model
            self._current = model

    def choose(self, which: str) -> bool:
        """Use the model "loaded" or "trained"; return False if there is none."""
        with self._lock:
            model = self._loaded if which == "loaded" else self._trained
            if model is None:
                return False
            self._current = model
            return True
