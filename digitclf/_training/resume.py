"""Resume files: the state of a run after its last epoch, to go on from if it is killed.

A resume file is a zip archive of a JSON description and the bytes of all arrays. It is
written in a thread while the next epoch is trained, and replaced at once.

No checkpoint of an epoch is written, and no callback hears of its end, before the state
from which it began is on the disk. After a kill, training therefore repeats at most one
epoch whose checkpoint exists, with the same result.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import math
import os
import re
import threading
import types
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np

from digitclf._compiled.optimizer import optimizer_config
from digitclf._compiled.variables import ArraySpec, ProgramState
from digitclf._model_file.members import read_json, read_members
from digitclf._model_file.whole_files import numbered, write_whole
from digitclf._training.checkpoint import Checkpoint
from digitclf._training.listeners import EPOCH_LOGS, Logs

FORMAT = 1
DESCRIPTION, ARRAYS = "run.json", "arrays.bin"
MAX_DESCRIPTION_BYTES = 32 * 2**20
MAX_BYTES = 2**31 - 1
"""Maximum size of a member of a zip archive without extensions."""
MAX_EPOCHS = 10**6
MAX_NUMBER = 10**6
MAX_SEED = 2**31 - 1
MAX_SIZE = 2**31 - 1
DTYPES = ("<f4", "<f8", "<f2", "<i4", "<i8", "|b1", "|i1", "|u1", "<u4", "<u8")
"""Data types of the arrays."""
MAX_SHOWN = 40
"""Length in characters up to which an error shows the value of a parameter."""

NOT_COMPARED = {"checkpoint", "resume", "callbacks", "verbose", "warm_start"}
"""Parameters that do not change the result, or whose effect is compared itself."""

DATA_NAMES = {
    "X": "the images (X)",
    "y": "the labels (y)",
    "sample_weight": "sample_weight",
    "X_val": "the validation images (X_val)",
    "y_val": "the validation labels (y_val)",
    "sample_weight_val": "sample_weight_val",
    "model_": "the earlier fit that warm_start continues",
}

REMEDY = (
    "Resume with the same data and parameters, or train from the beginning without "
    "resume."
)


@dataclass(frozen=True)
class Fingerprint:
    """What a run is determined by, in a form that can be compared."""

    estimator: str
    """Name of the class."""
    parameters: dict[str, str]
    """Values as text."""
    data: dict[str, str]
    """Digests, by the names of arguments; empty for those that were not passed."""

    def differences(self, other: Fingerprint) -> list[str]:
        """Return what differs in another run, in words, with its values last."""
        differing = []
        if other.estimator != self.estimator:
            differing.append(f"the class ({self.estimator}, now {other.estimator})")
        for name in sorted(self.parameters.keys() | other.parameters.keys()):
            then, now = self.parameters.get(name), other.parameters.get(name)
            if then != now:
                differing.append(f"{name}{_values(name, then, now)}")
        for name, words in DATA_NAMES.items():
            # The weights of images contain those of their classes.
            by_class = name.startswith("sample_weight") and (
                self.parameters.get("class_weight")
                != other.parameters.get("class_weight")
            )
            if self.data.get(name, "") != other.data.get(name, "") and not by_class:
                differing.append(words)
        return differing


@dataclass
class SavedRun:
    """A run of epochs as it stood after one of them."""

    fingerprint: Fingerprint
    seed: int
    """Seed of the fit."""
    first_epoch: int
    """Number of epochs that the network was trained for before the run."""
    epochs: list[Logs] = field(default_factory=list)
    """Losses and metrics of each epoch."""
    best_epoch: int = 0
    """Counted from 1 over all epochs that the network was trained for."""
    checkpoints: list[tuple[int, int]] = field(default_factory=list)
    """Epochs with a checkpoint, and the numbers of their files."""
    state: ProgramState = field(default_factory=dict)


def fingerprint(
    estimator: str,
    parameters: Mapping[str, Any],
    seed: int,
    data: Mapping[str, Iterable[Any] | None],
) -> Fingerprint:
    """Return the fingerprint of a run.

    Parameters
    ----------
    estimator : str
        Name of the class.
    parameters : mapping
        Parameters of the estimator and those routed to the optimizer and the loss.
    seed : int
        Seed of the fit; compared if `random_state` is not None.
    data : mapping
        Arrays by the names of arguments, None for those that were not passed.
    """
    compared = {
        name: repr(_plain(value))
        for name, value in parameters.items()
        if name not in NOT_COMPARED
    }
    if parameters["random_state"] is not None:
        compared["random_state"] = str(seed)
    if parameters["schedule"] == "constant":  # a longer run starts like a shorter one
        compared.pop("epochs")
    digests = {
        name: "" if arrays is None else _digest(arrays) for name, arrays in data.items()
    }
    return Fingerprint(estimator, compared, digests)


class ResumeFile:
    """The file to which one run writes its state.

    As a context manager it waits for the last file to be written, and removes it at the
    end, unless there is an error.

    Parameters
    ----------
    path : Path
        The file. If another run writes to it at the same time, the name gets a number.
    fingerprint : Fingerprint
    seed : int
        Seed of the fit.
    first_epoch : int
        Number of epochs that the network was trained for before the run.
    """

    def __init__(
        self, path: Path, fingerprint: Fingerprint, seed: int, first_epoch: int
    ) -> None:
        self._path = path
        self._fingerprint = fingerprint
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None
        self._stamp = _stamp(path)
        self.seed = seed
        self.first_epoch = first_epoch
        self._checkpoint: Checkpoint | None = None

    def follow(self, checkpoint: Checkpoint) -> None:
        """Keep track of the files of a run and use the warning that it issues once."""
        self._checkpoint = checkpoint

    def read(self, epochs: int) -> SavedRun | None:
        """Return the run to go on with, None if there is none.

        Parameters
        ----------
        epochs : int
            Maximum number of epochs of the run.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If the file is damaged, or belongs to a run with other data or parameters.
        """
        refused = None
        for path in _numbered_paths(self._path):
            try:
                saved = read_saved_run(path)
                _check_same_run(path, saved, self._fingerprint, epochs)
            except ValueError as error:
                refused = refused or error
                continue
            self._path, self._stamp = path, _stamp(path)
            self.seed = saved.seed
            return saved
        if refused:
            raise refused
        return None

    def write(self, epochs: list[Logs], best_epoch: int, state: ProgramState) -> None:
        """Begin to write the state of the run.

        An error does not end the run, but is a warning of the next `wait`.
        """
        self.wait()
        saved = SavedRun(
            self._fingerprint,
            self.seed,
            self.first_epoch,
            list(epochs),
            best_epoch,
            list(self._checkpoint.written) if self._checkpoint else [],
            state,
        )
        self._thread = threading.Thread(target=self._write, args=(saved,))
        self._thread.start()

    def wait(self) -> None:
        """Wait until the state is on the disk."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            if self._checkpoint:
                self._checkpoint.warn(self._path, error)

    def _write(self, saved: SavedRun) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if _stamp(self._path) not in (None, self._stamp):  # written by another run
                self._path = _free_path(self._path)
            write_saved_run(self._path, saved)
            self._stamp = _stamp(self._path)
        except OSError as error:
            self._error = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        if self._thread is not None:
            self._thread.join()
        if error is None:
            self.remove()

    def remove(self) -> None:
        """Remove the file, which is of no use after the end of a run."""
        # If it cannot be removed, going on from it leads to the same end.
        with contextlib.suppress(OSError):
            if _stamp(self._path) == self._stamp:
                self._path.unlink(missing_ok=True)


def write_saved_run(path: Path, saved: SavedRun) -> None:
    """Write a run to a file.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    n_bytes = sum(array.nbytes for arrays in saved.state.values() for array in arrays)
    if n_bytes > MAX_BYTES:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    description = {
        "format": FORMAT,
        "class": saved.fingerprint.estimator,
        "parameters": saved.fingerprint.parameters,
        "data": saved.fingerprint.data,
        "seed": saved.seed,
        "first_epoch": saved.first_epoch,
        # As text: JSON has no NaN, which callbacks may add.
        "epochs": [
            {name: value.hex() for name, value in logs.items()} for logs in saved.epochs
        ],
        "best_epoch": saved.best_epoch,
        "checkpoints": saved.checkpoints,
        "arrays": {
            group: [[list(array.shape), array.dtype.str] for array in arrays]
            for group, arrays in saved.state.items()
        },
    }

    def write(unfinished: Path) -> None:
        with zipfile.ZipFile(unfinished, "w") as archive:
            archive.writestr(DESCRIPTION, json.dumps(description))
            with archive.open(ARRAYS, "w") as file:
                for arrays in saved.state.values():
                    for array in arrays:
                        file.write(array.tobytes())

    write_whole(path, write, overwrite=True)


def read_saved_run(path: Path) -> SavedRun:
    """Read a run from a file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is damaged.
    """
    # The arrays are not compressed: none of them is larger than the file.
    limits = {DESCRIPTION: MAX_DESCRIPTION_BYTES, ARRAYS: path.stat().st_size}
    try:
        contents = read_members(path, limits)
        return _saved_run(read_json(contents[DESCRIPTION]), contents[ARRAYS])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(
            f"resume: {str(path)!r} is not a valid resume file ({reason}). Train "
            "from the beginning without resume."
        ) from error


def check_state(state: ProgramState, specs: Mapping[str, list[ArraySpec]]) -> None:
    """Raise a ValueError if a state does not fit a program, or is not finite."""
    found = {group: [_spec(array) for array in state[group]] for group in state}
    if found != specs:
        raise ValueError(
            "resume: the arrays in the resume file are not those of this network. "
            f"{REMEDY}"
        )
    for group in ("weights", "averages", "statistics", "best"):
        if not all(np.isfinite(array).all() for array in state[group]):
            raise ValueError(
                f"resume: {group} in the resume file has values that are not "
                "finite. Train from the beginning without resume."
            )


def _check_same_run(
    path: Path, saved: SavedRun, expected: Fingerprint, epochs: int
) -> None:
    differing = saved.fingerprint.differences(expected)
    if len(saved.epochs) > epochs:
        differing.append(f"epochs ({len(saved.epochs)} are done, now {epochs})")
    if differing:
        raise ValueError(
            f"resume: {str(path)!r} is the state of a fit that differs from this "
            f"one in {', '.join(differing)}. {REMEDY}"
        )


def _saved_run(description: Any, content: bytes) -> SavedRun:
    """Return the run of a description from a file, after checking all of it."""
    _check(isinstance(description, dict), "its description is not an object")
    _check(description["format"] == FORMAT, "of another version of digitclf")
    first_epoch = _integer(description["first_epoch"], 0, MAX_EPOCHS)
    epochs = _logs(description["epochs"])
    last_epoch = first_epoch + len(epochs)
    return SavedRun(
        Fingerprint(
            _text(description["class"]),
            _texts(description["parameters"]),
            _texts(description["data"]),
        ),
        _integer(description["seed"], 0, MAX_SEED),
        first_epoch,
        epochs,
        _integer(description["best_epoch"], first_epoch + bool(epochs), last_epoch),
        [
            (
                _integer(epoch, first_epoch + 1, last_epoch),
                _integer(number, 1, MAX_NUMBER),
            )
            for epoch, number in description["checkpoints"]
        ],
        _state(description["arrays"], content),
    )


def _logs(given: Any) -> list[Logs]:
    _check(isinstance(given, list) and len(given) <= MAX_EPOCHS, "invalid epochs")
    epochs = [
        {name: float.fromhex(number) for name, number in _texts(logs).items()}
        for logs in given
    ]
    for logs in epochs:
        measured = [logs[name] for name in EPOCH_LOGS if name in logs]
        _check({"loss", "accuracy"} <= logs.keys(), "an epoch without a loss")
        _check(all(map(math.isfinite, measured)), "a loss that is not finite")
    return epochs


def _state(described: Any, content: bytes) -> ProgramState:
    _check(isinstance(described, dict), "invalid arrays")
    state: ProgramState = {}
    start = 0
    for group, of_group in described.items():
        state[group] = []
        for shape, dtype in of_group:
            _check(dtype in DTYPES, "an unknown dtype")
            spec = ArraySpec(
                tuple(_integer(size, 0, MAX_SIZE) for size in shape), dtype
            )
            end = start + math.prod(spec.shape) * np.dtype(dtype).itemsize
            _check(end <= len(content), "arrays that are incomplete")
            # Copied: in the bytes, an array may be at any place.
            state[group].append(
                np.frombuffer(content[start:end], dtype).reshape(spec.shape)
            )
            start = end
    _check(start == len(content), "more bytes than arrays")
    return state


def _spec(array: np.ndarray) -> ArraySpec:
    return ArraySpec(array.shape, array.dtype.str)


def _check(is_valid: bool, reason: str) -> None:
    if not is_valid:
        raise ValueError(reason)


def _text(value: Any) -> str:
    _check(isinstance(value, str), "a value that is not text")
    return str(value)


def _texts(value: Any) -> dict[str, str]:
    _check(isinstance(value, dict), "a value that is not an object")
    return {name: _text(text) for name, text in value.items()}


def _integer(value: Any, low: int, high: int) -> int:
    _check(type(value) is int and low <= value <= high, "a number out of range")
    return int(value)


def _values(name: str, then: str | None, now: str | None) -> str:
    """Return the values of a parameter, unless they are long or tell nothing."""
    if name == "random_state" or max(len(then or ""), len(now or "")) > MAX_SHOWN:
        return ""
    if then is None or now is None:
        return ""
    return f" ({ascii(then)[1:-1]}, now {now})"


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return what tells a version of a file from others, None if there is no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def _numbered_paths(path: Path) -> list[Path]:
    """Return the existing files of this name, with and without a number."""
    name = re.compile(rf"{re.escape(path.stem)}(-\d+)?{re.escape(path.suffix)}")
    if not path.parent.is_dir():
        return []
    return sorted(
        other for other in path.parent.iterdir() if name.fullmatch(other.name)
    )


def _free_path(path: Path) -> Path:
    number = 2
    while numbered(path, number).exists():
        number += 1
    return numbered(path, number)


def _digest(arrays: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for given in arrays:
        if isinstance(given, str):
            given = np.frombuffer(given.encode(), np.uint8)
        array = np.ascontiguousarray(given)
        digest.update(f"{array.dtype.str} {array.shape} ".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return a value in a form whose repr is equal for equal parameters."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return sorted(
            ([_plain(key), _plain(item)] for key, item in value.items()), key=repr
        )
    if isinstance(value, (type, types.FunctionType)):
        return f"{value.__module__}.{value.__qualname__}"
    config = None
    if isinstance(value, keras.optimizers.Optimizer):
        config = _plain(optimizer_config(value))
    elif hasattr(value, "get_config"):
        config = _plain(value.get_config())
    return [_plain(type(value)), config]
