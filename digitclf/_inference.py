"""Stored networks, run by ONNX Runtime: from a file to class probabilities.

Neither Keras and TensorFlow nor scikit-learn is imported, so that an answer does not
have to wait for them.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakSet

import numpy as np
import onnx
from google.protobuf.message import DecodeError

from digitclf._architectures import stored_network
from digitclf._data.grey_levels import WHITE, is_grey_level
from digitclf._layers import Layer, Shape, multiplications, weights_of
from digitclf._model_file.archive import LIMITS, WEIGHTS, open_model_file
from digitclf._model_file.description import Description, read_description
from digitclf._model_file.export_formats import CLASSIFIER, ONNX_SUFFIX
from digitclf._model_file.members import open_regular_file, read_json
from digitclf._onnx import INPUT, OUTPUT, onnx_model, stored_weights

if TYPE_CHECKING:
    import onnxruntime

IMAGES_AT_A_TIME = 64
"""Images per run of a large network: few enough for the caches of a core."""

SMALL_IMAGES_AT_A_TIME = 256
"""Images per run of a small network."""

SMALL = 2_000_000
"""Multiplications per image of a small network, at most."""

WORTH_THREADS = 300_000
"""Multiplications of a run from which several threads compute it faster than one."""

SPINNING = 200
"""Microseconds for which a thread looks out for more work before it sleeps."""

STATED_SHARE = "OMP_NUM_THREADS"
"""Variable in which users, joblib and Dask state how many threads may be used."""

MAX_ONNX_BYTES = LIMITS[WEIGHTS]
MAX_DESCRIPTION = 2**20

ERRORS_ONLY = 3
"""Log level of ONNX Runtime."""


_with_threads: WeakSet[onnxruntime.InferenceSession] = WeakSet()
"""Sessions with threads, made by this process or by one that it was forked from."""


def _keep_inherited_sessions() -> None:
    """Keep sessions forever in a process that was forked.

    Their threads are not there, and the destructor of a session would wait for them.
    """
    for session in _with_threads:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_inherited_sessions)


class Network:
    """A network that ONNX Runtime computes.

    Batches are divided between threads that live as long as the call, each of which
    runs a session that has no threads of its own. A single batch is computed by a
    session with threads, which each process makes for itself. A network therefore works
    in a process that was forked, and any number of threads can use it at once.

    Parameters
    ----------
    model : bytes
        An ONNX model that takes float32 ``images``.
    cost : int
        Multiplications per image.
    """

    def __init__(self, model: bytes, cost: int) -> None:
        self._model = model
        self._cost = cost
        self._session = open_session(model, 1)
        self._parallel: tuple[Any, onnxruntime.InferenceSession] | None = None

    def __reduce__(self) -> tuple[type[Network], tuple[bytes, int]]:
        return Network, (self._model, self._cost)

    @property
    def model(self) -> bytes:
        """The ONNX model."""
        return self._model

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
        size = SMALL_IMAGES_AT_A_TIME if self._cost < SMALL else IMAGES_AT_A_TIME
        if len(pixels) <= size:
            return self._run_single(pixels, n_threads)
        starts = range(0, len(pixels), size)
        batches = [pixels[start : start + size] for start in starts]
        if n_threads == 1:
            return np.concatenate([self._run(batch) for batch in batches])
        return np.concatenate(self._run_in_threads(batches, n_threads))

    def _run_single(self, batch: np.ndarray, n_threads: int) -> np.ndarray:
        if n_threads > 1 and self._cost * len(batch) >= WORTH_THREADS:
            return _run(self._parallel_session(n_threads), batch)
        return self._run(batch)

    def _run_in_threads(
        self, batches: Sequence[np.ndarray], n_threads: int
    ) -> list[np.ndarray]:
        executor = ThreadPoolExecutor(min(len(batches), n_threads))
        try:
            return list(executor.map(self._run, batches))
        finally:
            # After Ctrl-C, batches that wait are not computed.
            executor.shutdown(cancel_futures=True)

    def _parallel_session(self, n_threads: int) -> onnxruntime.InferenceSession:
        """Return a session with threads that run in this process."""
        key = os.getpid(), n_threads
        if self._parallel is None or self._parallel[0] != key:
            session = open_session(self._model, n_threads)
            _with_threads.add(session)
            self._parallel = key, session
            return session
        return self._parallel[1]

    def _run(self, batch: np.ndarray) -> np.ndarray:
        return _run(self._session, batch)


def open_session(model: bytes, n_threads: int) -> onnxruntime.InferenceSession:
    """Return a session of ONNX Runtime that computes a model."""
    # ONNX Runtime reads this when it is imported. With the thread that sends its
    # telemetry, processes forked from this one would hang or abort when they end.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # Waking a thread takes as long as an operation for one image. Threads that have
    # waited for longer leave the cores to others.
    options.add_session_config_entry("session.intra_op.spin_duration_us", str(SPINNING))
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )


def _run(session: onnxruntime.InferenceSession, batch: np.ndarray) -> np.ndarray:
    images = np.ascontiguousarray(batch, dtype=np.float32)
    return session.run([OUTPUT], {INPUT: images})[0]


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

    def as_fitted(self, grey_levels: np.ndarray) -> np.ndarray:
        """Return grey levels, 0 to 255, in the range of values seen in `fit`.

        A maximum near 255 stands for grey levels, too: the lightest pixel was not quite
        white.
        """
        high = self.pixel_range[1]
        if is_grey_level(high):
            return grey_levels
        return grey_levels * (high / WHITE)


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
        return stored_classifier(description.fitted, layers, shape, arrays)


def _read_onnx_file(path: Path) -> StoredClassifier:
    try:
        model = _read_onnx(path)
        description = read_description(_described_in(model), _unused)
        layers, shape = _network_of(description)
        arrays = stored_weights(model, layers, shape)
        return stored_classifier(description.fitted, layers, shape, arrays)
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


def stored_classifier(
    fitted: Mapping[str, Any],
    layers: Sequence[Layer],
    shape: Shape,
    arrays: Sequence[np.ndarray],
) -> StoredClassifier:
    """Return a classifier made of its fitted attributes, layers and arrays.

    Parameters
    ----------
    fitted : mapping of str to object
        Fitted attributes of an estimator.
    layers : sequence of Layer
        All layers of the network.
    shape : tuple of int
        Shape of one image as the first layer takes it.
    arrays : sequence of ndarray
        Weights in the order of `weights_of`.
    """
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
        Network(model.SerializeToString(), multiplications(layers, shape)),
    )
