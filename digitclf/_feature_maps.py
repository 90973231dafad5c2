"""Feature maps of stored networks, computed by ONNX Runtime without TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx

from digitclf._inference import StoredClassifier, open_session
from digitclf._onnx import INPUT, stages_of, with_outputs


class FeatureMaps:
    """The convolutions and poolings of a stored classifier.

    The session that computes the feature maps is opened on first use.

    Parameters
    ----------
    classifier : StoredClassifier

    Attributes
    ----------
    layers : list of str
        Names of the convolutions and poolings, in their order.
    kernels : dict of str to ndarray of shape (height, width, channels, filters)
        Kernels of the convolutions by name.
    """

    def __init__(self, classifier: StoredClassifier) -> None:
        self._model = onnx.load_model_from_string(classifier.network.model)
        self._stages = stages_of(self._model)
        self._session: Any = None
        self.layers = [stage.layer for stage in self._stages]
        self.kernels = {
            stage.layer: stage.kernel
            for stage in self._stages
            if stage.kernel is not None
        }

    def of(self, pixels: np.ndarray) -> dict[str, np.ndarray]:
        """Return the feature maps of one image.

        Those of a convolution are the values after normalization and activation.

        Parameters
        ----------
        pixels : ndarray of shape (n_features,)
            An image as the classifier takes it.

        Returns
        -------
        dict of str to ndarray of shape (height, width, n_maps)
        """
        if not self._stages:
            return {}
        names = [stage.output for stage in self._stages]
        if self._session is None:
            model = with_outputs(self._model, names)
            self._session = open_session(model.SerializeToString(), n_threads=1)
        batch = np.ascontiguousarray(pixels[None], dtype=np.float32)
        outputs = self._session.run(names, {INPUT: batch})
        return {
            layer: maps[0].transpose(1, 2, 0)
            for layer, maps in zip(self.layers, outputs, strict=True)
        }
