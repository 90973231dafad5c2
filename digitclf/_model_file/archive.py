"""Model files: the configuration, the weights and the description of a network.

The file is a ``.keras`` archive that Keras opens as well. Keras reads the configuration
of the network. `open_model_file` does not: it reads arrays, by name, for a network that
is built from the description.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import itertools
import json
import math
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import h5py
import numpy as np

from digitclf._layers import (
    ACTIVATIONS,
    BatchNormalization,
    Convolution,
    Dense,
    WeightSpec,
)
from digitclf._model_file.members import (
    Members,
    NotAnArchiveError,
    OtherMembersError,
    open_members,
    read_json,
)
from digitclf._model_file.whole_files import (
    create_file,
    unfinished_name,
    write_whole,
)

SUFFIX = ".keras"

METADATA = "metadata.json"
CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
DESCRIPTION = "digitclf.json"

LIMITS = {
    METADATA: 64 * 2**10,
    CONFIG: 2**20,
    WEIGHTS: 2**31 - 1,
    DESCRIPTION: 2**20,
}
"""Members of a model file and their maximum sizes in bytes."""

MAX_ARRAYS = 1000
"""Maximum number of arrays in a file."""

BYTES_PER_ARRAY = 16 * 2**10
"""Bound on what HDF5 stores besides the values of an array."""

TIME_STAMP = (1980, 1, 1, 0, 0, 0)
"""Time of all members: files of equal classifiers are equal."""

KERAS_NAMES = {
    BatchNormalization: "batch_normalization",
    Convolution: "conv2d",
    Dense: "dense",
}
"""Names of layers with weights in a file. Keras numbers layers of one class."""

FLOAT32 = np.dtype("<f4")

KERAS_CLASSES = (
    "Activation",
    "BatchNormalization",
    "Conv2D",
    "DTypePolicy",
    "Dense",
    "Dropout",
    "Flatten",
    "Functional",
    "GlorotUniform",
    "InputLayer",
    "MaxPooling2D",
    "Ones",
    "Rescaling",
    "Reshape",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "Zeros",
    "__keras_tensor__",
)
"""Classes in the configuration of a network."""

H5_ERRORS = (AttributeError, KeyError, OSError, OverflowError, RuntimeError, TypeError)
"""Errors of h5py about damaged content, which is read from memory."""


class NetworkContent(NamedTuple):
    """A network as it is stored."""

    config: dict[str, Any]
    """Configuration for Keras."""
    weights: Sequence[WeightSpec]
    arrays: Sequence[np.ndarray]
    """Arrays of the weights, in their order."""
    keras_version: str


class ModelFile(NamedTuple):
    """Content of a model file."""

    description: Any
    """JSON value of the description."""
    read_weights: Callable[[Sequence[WeightSpec], str | None], list[np.ndarray]]
    """Returns the arrays of the given weights, and compares the checksum if there is
    one."""


def write_model_file(
    path: str | os.PathLike[str],
    network: NetworkContent,
    description: dict[str, Any],
    *,
    overwrite: bool = True,
) -> Path:
    """Write a network and its description into one ``.keras`` file.

    Parameters
    ----------
    path : str or path-like
        Symbolic links are followed.
    network : NetworkContent
    description : dict
        Content of the member ``digitclf.json``, which Keras ignores. The checksum of
        the weights is added.
    overwrite : bool
        Whether to replace an existing file. If not, the new file gets a number:
        ``best.keras``, ``best-2.keras``, ``best-3.keras``, ...

    Returns
    -------
    Path
        Path of the new file.

    Raises
    ------
    ValueError
        If `path` does not end in ``.keras``, or if weights are not finite.
    OSError
        If the file cannot be written, or would be too large to be read again.
    """
    path = Path(path)
    if path.is_symlink():
        path = path.resolve()
    if path.suffix != SUFFIX:
        raise ValueError(
            f"The name of a model file must end in {SUFFIX!r}, got {str(path)!r}."
        )
    if not path.parent.is_dir():
        raise FileNotFoundError(
            errno.ENOENT, "The folder does not exist", str(path.parent)
        )
    members = _members_of(network, description, str(path))

    def write(unfinished: Path) -> None:
        _write_members(members, unfinished)

    return write_whole(path, write, overwrite)


def model_file_content(network: NetworkContent, description: dict[str, Any]) -> bytes:
    """Return the content of the file that `write_model_file` writes."""
    content = io.BytesIO()
    _write_members(_members_of(network, description, None), content)
    return content.getvalue()


def _members_of(
    network: NetworkContent, description: dict[str, Any], path: str | None
) -> dict[str, bytes]:
    weights = _weights_to_h5(network)
    checksum = hashlib.sha256(weights).hexdigest()
    members = {
        METADATA: _to_json({"keras_version": network.keras_version}),
        CONFIG: _to_json(network.config),
        WEIGHTS: weights,
        DESCRIPTION: _to_json(description | {"checksum": checksum}),
    }
    for name, content in members.items():
        if len(content) > LIMITS[name] or len(network.arrays) > MAX_ARRAYS:
            raise OSError(
                errno.EFBIG,
                f"The classifier is too large for a model file ({name} with "
                f"{len(content):,} bytes, {len(network.arrays):,} arrays); use "
                "joblib.dump",
                path,
            )
    return members


def _write_members(members: dict[str, bytes], file: Path | IO[bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, TIME_STAMP), content)


@contextlib.contextmanager
def open_model_file(path: str | os.PathLike[str]) -> Iterator[ModelFile]:
    """Open a file from `write_model_file`.

    The file may come from anyone: it is read within the bounds above, and nothing in
    it is executed. A ValueError raised inside the ``with`` statement is taken for an
    error of the file, and its name is added.

    Raises
    ------
    OSError
        If the file does not exist or cannot be read.
    ValueError
        If it is not a valid model file.
    """
    path = Path(path)
    try:
        with open_members(path, LIMITS) as members:
            description = read_json(members.read(DESCRIPTION))
            config = read_json(members.read(CONFIG))
            metadata = read_json(members.read(METADATA))
            if not isinstance(metadata, dict) or not isinstance(config, dict):
                raise ValueError(f"its {METADATA} or {CONFIG} is invalid")
            _check_config(config)
            yield ModelFile(description, partial(_read_weights, members))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"There is no model file {str(path)!r}.") from error
    except OtherMembersError as error:
        raise ValueError(
            f"{str(path)!r} does not contain a digit classifier, because it was not "
            f"written by digitclf.save_model: {error}. If you trust the file, "
            "keras.saving.load_model may be able to open it."
        ) from error
    except NotAnArchiveError as error:
        raise ValueError(
            f"{str(path)!r} is not a model file, the {SUFFIX} archive that "
            f"digitclf.save_model writes: {error}."
        ) from error
    except ValueError as error:
        raise ValueError(f"{str(path)!r} is not a valid model file: {error}") from error


def _read_weights(
    members: Members, weights: Sequence[WeightSpec], checksum: str | None
) -> list[np.ndarray]:
    """Return arrays of the given names and shapes."""
    n_bytes = sum(math.prod(weight.shape) for weight in weights) * FLOAT32.itemsize
    size = members.size(WEIGHTS)
    overhead = BYTES_PER_ARRAY * (len(weights) + 4)
    if len(weights) > MAX_ARRAYS or not n_bytes <= size <= n_bytes + overhead:
        raise ValueError(
            "its weights are not those of the network that its parameters describe"
        )
    content = members.read(WEIGHTS)
    if checksum is not None and checksum != hashlib.sha256(content).hexdigest():
        raise ValueError("its weights were changed: their checksum differs")
    with _reading_h5(), h5py.File(io.BytesIO(content), "r") as file:
        return [
            _read_array(file, path, weight)
            for path, weight in zip(_h5_paths(weights), weights, strict=True)
        ]


@contextlib.contextmanager
def _reading_h5() -> Iterator[None]:
    # The content is in memory: no error is one of the disk.
    try:
        yield
    except H5_ERRORS as error:
        raise ValueError(f"its weights are damaged ({error})") from error


def _read_array(file: h5py.File, path: str, weight: WeightSpec) -> np.ndarray:
    """Return one array; refuse links and anything stored outside of the file."""
    node: Any = file
    for name in path.split("/"):
        if not isinstance(node.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"it has no weights {path}")
        node = node[name]
    if (
        not isinstance(node, h5py.Dataset)
        or node.shape != weight.shape
        or node.dtype != FLOAT32
        or node.is_virtual
        or node.external
        or node.chunks
    ):
        raise ValueError(
            f"its weights {path} are not the {weight.name} of shape {weight.shape} of "
            f"{weight.layer.name}"
        )
    array = node[...]
    if not np.isfinite(array).all():
        raise ValueError(f"its weights {path} are not finite")
    return array


def _weights_to_h5(network: NetworkContent) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for path, weight, array in zip(
            _h5_paths(network.weights), network.weights, network.arrays, strict=True
        ):
            if not np.isfinite(array).all():
                raise ValueError(
                    f"The {weight.name} of the layer {weight.layer.name!r} has values "
                    "that are not finite: the classifier cannot be saved."
                )
            file[path] = array
            file[path].parent.attrs["name"] = weight.layer.name
    return content.getvalue()


def _h5_paths(weights: Iterable[WeightSpec]) -> Iterator[str]:
    """Yield the places of weights in the file, as Keras numbers them."""
    counts: Counter[str] = Counter()
    for layer, own in itertools.groupby(weights, key=lambda weight: weight.layer):
        name = KERAS_NAMES[type(layer)]
        numbered = f"{name}_{counts[name]}" if counts[name] else name
        counts[name] += 1
        for place, _ in enumerate(own):
            yield f"layers/{numbered}/vars/{place}"


def _to_json(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False).encode("utf-8")


def _check_config(value: Any) -> None:
    """Refuse a configuration with anything but the layers of digit classifiers.

    It is not used here, but the file could be opened with Keras later.
    """
    if isinstance(value, list):
        for item in value:
            _check_config(item)
    if not isinstance(value, dict):
        return
    if not value.keys().isdisjoint({"class_name", "module", "registered_name"}) and (
        value.get("class_name") not in KERAS_CLASSES
        or not str(value.get("module", "keras")).startswith("keras")
    ):
        raise ValueError(
            f"its {CONFIG} contains {str(value.get('class_name'))[:100]!r}, which is "
            "not a part of a digit classifier"
        )
    if value.get("activation", "linear") not in ACTIVATIONS:
        raise ValueError(f"its {CONFIG} contains an unknown activation")
    for item in value.values():
        _check_config(item)


def contains_history(path: Path, history: Any) -> bool:
    """Return whether a model file has exactly this history, described as JSON."""
    try:
        with open_model_file(path) as file:
            return bool(file.description["fitted"]["history_"] == history)
    except (OSError, KeyError, TypeError, ValueError):
        return False


def check_writable(path: Path, argument: str) -> None:
    """Create the folder of `path`; raise an error if no file can be written there.

    Raises
    ------
    ValueError
        If the name does not end in ``.keras``.
    OSError
        If the folder cannot be created or written to.
    """
    if path.suffix != SUFFIX:
        raise ValueError(
            f"{argument}: the name of a model file must end in {SUFFIX!r}, got "
            f"{path.name!r}."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe = unfinished_name(path)
        os.close(create_file(probe))
        probe.unlink(missing_ok=True)
    except OSError as error:
        raise type(error)(
            error.errno,
            f"{argument}: cannot write to this folder ({error.strerror})",
            str(path.parent),
        ) from error
