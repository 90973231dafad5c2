"""Model files: a network and its description, written completely or not at all."""

from __future__ import annotations

import errno
import json
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import keras
from keras.src.saving import saving_lib

from digitclf._compiled.architecture import copy_without_optimizer
from digitclf._model_file.members import read_json
from digitclf._model_file.whole_files import (
    create_file,
    unfinished_name,
    write_whole,
)

DESCRIPTION = "digitclf.json"
SUFFIX = ".keras"
MAX_DESCRIPTION_BYTES = 32 * 2**20


def write_model_file(
    path: str | os.PathLike[str],
    network: keras.Model,
    description: dict[str, Any],
    *,
    overwrite: bool = True,
) -> Path:
    """Write a network and its description into one ``.keras`` file.

    Parameters
    ----------
    path : str or path-like
        Symbolic links are followed.
    network : keras.Model
        Written without its optimizer.
    description : dict
        Content of the member ``digitclf.json``, which Keras ignores.
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
        If `path` does not end in ``.keras``.
    OSError
        If the file cannot be written.
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
    text = json.dumps(description, indent=1, allow_nan=False)

    def write(unfinished: Path) -> None:
        with open(unfinished, "wb") as file:
            saving_lib.save_model(copy_without_optimizer(network), file)
        with zipfile.ZipFile(unfinished, "a") as archive:
            archive.writestr(DESCRIPTION, text)

    return write_whole(path, write, overwrite)


def read_model_file(path: str | os.PathLike[str]) -> tuple[keras.Model, dict[str, Any]]:
    """Read a file from `write_model_file`.

    Returns
    -------
    network : keras.Model
    description : dict

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it is not a valid model file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no model file {str(path)!r}.")
    try:
        with zipfile.ZipFile(path) as archive:
            description = json.loads(archive.read(DESCRIPTION))
    except zipfile.BadZipFile as error:
        raise ValueError(
            f"{str(path)!r} is not a model file, the {SUFFIX} archive that "
            f"digitclf.save_model writes: {str(error)[:1].lower()}{str(error)[1:]}."
        ) from error
    except KeyError as error:
        raise ValueError(
            f"{str(path)!r} does not contain a digit classifier: its member "
            f"{DESCRIPTION} is missing, so it was not written by digitclf.save_model. "
            "Use keras.saving.load_model to load a Keras model."
        ) from error
    except (zlib.error, ValueError, RecursionError) as error:
        raise ValueError(
            f"The description in {str(path)!r} is damaged: {error}"
        ) from error
    try:
        network = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever the damage led to
        raise ValueError(
            f"The network in {str(path)!r} cannot be read: {error}"
        ) from error
    return network, description


def contains_history(path: Path, history: Any) -> bool:
    """Return whether a model file has exactly this history, described as JSON."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(DESCRIPTION).file_size > MAX_DESCRIPTION_BYTES:
                return False
            found = read_json(archive.read(DESCRIPTION))
        return bool(found["fitted"]["history_"] == history)
    except (OSError, zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError):
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
