"""Stored networks, run by ONNX Runtime: from a file to class probabilities.

Neither Keras and TensorFlow nor scikit-learn is imported, so that an answer does not
have to wait for them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from digitclf._architectures import stored_network
from digitclf._layers import Layer, Shape, weights_of
from digitclf._model_file.archive import LIMITS, WEIGHTS, open_model_file
from digitclf._model_file.description import Description, read_description
from digitclf._model_file.export_formats import CLASSIFIER, ONNX_SUFFIX
from digitclf._model_file.members import open_regular_file, read_json
from digitclf._onnx import INPUT, OUTPUT, onnx_model, stored_weights

IMAGES_AT_A_TIME = 64
"""Images per run of the network: few enough for the caches of a core."""

STATED_SHARE = "OMP_NUM_THREADS"
"""Variable in which users, joblib and Dask state how many threads may be used."""

MAX_ONNX_BYTES = LIMITS[WEIGHTS]
MAX_DESCRIPTION = 2**20

ERRORS_ONLY = 3
"""Log level of ONNX Runtime."""


class Network:
    """A network that ONNX Runtime computes.

    A session has no threads of its own. Batches are divided between threads that live
    as long as the call, so a network works in a process that was forked, and any number
    of threads can use it at once.

    Parameters
    ----------
    model : bytes
        An ONNX model that takes float32 ``images``.
    """

    def __init__(self, model: bytes) -> None:
        # ONNX Runtime reads this when it is imported. With the thread that sends its
        # telemetry, processes forked from this one would hang or abort when they end.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime

        self._model = model
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        self._session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )

    def __reduce__(self) -> tuple[type[Network], tuple[bytes]]:
        return Network, (self._model,)

    def probabilities(self, pixels: np.ndarray, n_threads: int) -> np.ndarray:
        """Return the class probabilities of images.

        They do not depend on the number of threads.

        Parameters
        ----------
        pixels : ndarray of shape (n_samples, n_features)
        n_threads : int
            Maximum number of threads.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
        """
        starts = range(0, len(pixels), IMAGES_AT_A_TIME)
        batches = [pixels[start : start + IMAGES_AT_A_TIME] for start in starts]
        if min(len(batches), n_threads) <= 1:
            parts = [self._run(batch) for batch in batches]
        else:
            parts = self._run_in_threads(batches, n_threads)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _run_in_threads(
        self, batches: Sequence[np.ndarray], n_threads: int
    ) -> list[np.ndarray]:
        executor = ThreadPoolExecutor(min(len(batches), n_threads))
        try:
            return list(executor.map(self._run, batches))
        finally:
            # After Ctrl-C, batches that wait are not computed.
            executor.shutdown(cancel_futures=True)

    def _run(self, batch: np.ndarray) -> np.ndarray:
        images = np.ascontiguousarray(batch, dtype=np.float32)
        return self._session.run([OUTPUT], {INPUT: images})[0]


class StoredClassifier(NamedTuple):
    """Content of a file that predictions need."""

    classes: np.ndarray
    n_features: int
    image_shape: tuple[int, int]
    pixel_range: tuple[float, float]
    feature_names: np.ndarray | None
    network: Network

    def predict_proba(
        self, pixels: np.ndarray, n_threads: int | None = None
    ) -> np.ndarray:
        """Return the class probabilities of images that have been checked.

        Parameters
        ----------
        pixels : ndarray of shape (n_samples, n_features)
        n_threads : int, optional
            Maximum number of threads, by default that of `available_threads`.
        """
        return self.network.probabilities(pixels, n_threads or available_threads())


def available_threads() -> int:
    """Return how many threads this process may use: OMP_NUM_THREADS, or its cores."""
    stated = os.environ.get(STATED_SHARE, "").split(",")[0]
    if stated.isdigit() and int(stated) > 0:
        return int(stated)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def read_classifier(path: str | os.PathLike[str]) -> StoredClassifier:
    """Return the classifier in a file.

    The file may come from anyone: nothing in it is executed. The network is built from
    the description of the classifier, and receives arrays from the file, after their
    shapes and values have been checked.

    Parameters
    ----------
    path : str or path-like
        A model file or an ONNX file from `export_model`.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it is not a valid file of a classifier.
    """
    path = Path(path)
    if path.suffix == ONNX_SUFFIX:
        return _read_onnx_file(path)
    return _read_model_file(path)


def _read_model_file(path: Path) -> StoredClassifier:
    with open_model_file(path) as file:
        description = read_description(file.description, _unused)
        layers, shape = _network_of(description)
        arrays = file.read_weights(
            list(weights_of(layers, shape)), description.checksum
        )
        return _as_classifier(description.fitted, layers, shape, arrays)


def _read_onnx_file(path: Path) -> StoredClassifier:
    try:
        model = _read_onnx(path)
        description = read_description(_described_in(model), _unused)
        layers, shape = _network_of(description)
        arrays = stored_weights(model, layers, shape)
        return _as_classifier(description.fitted, layers, shape, arrays)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"There is no model file {str(path)!r}.") from error
    except ValueError as error:
        raise ValueError(
            f"{str(path)!r} is not a valid ONNX file of a digit classifier: {error}"
        ) from error


def _read_onnx(path: Path) -> onnx.ModelProto:
    with open_regular_file(path) as file:
        content = file.read(MAX_ONNX_BYTES + 1)
    if len(content) > MAX_ONNX_BYTES:
        raise ValueError(f"it has more than {MAX_ONNX_BYTES:,} bytes")
    try:
        return onnx.load_model_from_string(content)
    except DecodeError as error:
        raise ValueError(f"it is damaged, or no ONNX file ({error})") from error


def _described_in(model: onnx.ModelProto) -> Any:
    """Return the JSON value of the description that `export_model` writes."""
    properties = {item.key: item.value for item in model.metadata_props}
    # Protocol buffers return text that is not UTF-8 as bytes.
    described = properties.get(CLASSIFIER)
    if not isinstance(described, str) or len(described) > MAX_DESCRIPTION:
        raise ValueError(
            "it does not describe a digit classifier, because it was not written by "
            "this version of digitclf.export_model, or is damaged"
        )
    return read_json(described.encode())


def _unused(tagged: dict[str, Any]) -> None:
    """Return None for a parameter that predictions do not need: an optimizer."""


def _network_of(description: Description) -> tuple[list[Layer], Shape]:
    return stored_network(
        description.class_name, description.params, description.fitted
    )


def _as_classifier(
    fitted: dict[str, Any],
    layers: Sequence[Layer],
    shape: Shape,
    arrays: Sequence[np.ndarray],
) -> StoredClassifier:
    classes, n_features = fitted["classes_"], fitted["n_features_in_"]
    model = onnx_model(
        layers,
        shape,
        arrays,
        n_classes=len(classes),
        image_shape=(n_features,),
    )
    return StoredClassifier(
        classes,
        n_features,
        fitted["image_shape_"],
        fitted["pixel_range_"],
        fitted.get("feature_names_in_"),
        Network(model.SerializeToString()),
    )
