"""Saved runs: the state of a run after an epoch, and its file.

The file is a zip archive of a JSON description and the bytes of all arrays. All of its
content is checked when it is read.
"""

from __future__ import annotations

import errno
import json
import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from digitclf._compiled.variables import ArraySpec, ProgramState
from digitclf._model_file.members import read_json, read_members
from digitclf._model_file.whole_files import write_whole
from digitclf._training.fingerprint import Fingerprint
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

REMEDY = (
    "Resume with the same data and parameters, or train from the beginning without "
    "resume."
)


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
