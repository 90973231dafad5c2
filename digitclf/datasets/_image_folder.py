"""``load_image_folder``: pictures from a folder with one subfolder per class."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import validate_params

from digitclf.datasets._pictures import PictureError, check_header, read_picture


class PictureFiles(Sequence):
    """Pictures of files, read whenever one is accessed.

    Indexing with an integer returns a picture as an array (height, width) or (height,
    width, channels). Slices, and arrays of integers or booleans, return pictures that
    are still to be read, so cross-validation does not load them.
    """

    def __init__(self, filenames: Iterable[str]) -> None:
        self._filenames = np.array(list(filenames), dtype=object)

    @property
    def shape(self) -> tuple[int]:
        """Number of pictures. Because of it, scikit-learn passes arrays of indices."""
        return self._filenames.shape

    def __len__(self) -> int:
        return len(self._filenames)

    @overload
    def __getitem__(self, key: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, key: Any) -> PictureFiles: ...
    def __getitem__(self, key: Any) -> np.ndarray | PictureFiles:
        chosen = self._filenames[key]
        if isinstance(chosen, str):
            return read_picture(chosen, repr(chosen), reduced=False)
        return PictureFiles(chosen)

    def __repr__(self) -> str:
        return f"<{len(self):,} pictures, read on access>"


@validate_params(
    {
        "folder": [str, os.PathLike],
        "categories": ["array-like", None],
        "allowed_extensions": ["array-like", None],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_image_folder(
    folder: str | os.PathLike,
    *,
    categories: Sequence[str] | None = None,
    allowed_extensions: Sequence[str] | None = None,
    shuffle: bool = True,
    random_state: Any = 0,
    return_X_y: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load pictures from a folder that has one subfolder per class.

    The subfolders are the classes, named after their labels::

        digits/
            0/
                first.png
                second.jpg
            1/
                third.png

    The conventions are those of ``sklearn.datasets.load_files``. Files in the
    folder itself, subfolders of the subfolders and hidden files are skipped. Headers of
    all files are checked at once; the pictures are decoded when they are accessed.

    Parameters
    ----------
    folder : str or path-like
        The folder with one subfolder per class.

    categories : list of str, default=None
        Names of the subfolders to load. By default all are loaded.

    allowed_extensions : list of str, default=None
        File extensions to load, such as ``[".png", ".jpg"]``, in lower case. By default
        all files are loaded.

    shuffle : bool, default=True
        Whether to shuffle the pictures.

    random_state : int, RandomState instance or None, default=0
        Determines the order of the pictures if `shuffle` is True.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        data : sequence of ndarray
            The pictures, each of shape (height, width) or (height, width, channels).
            They are read again on each access, so they need not fit into memory.
        target : ndarray of shape (n_pictures,)
            Classes, as positions in `target_names`. The labels are
            ``np.array(target_names)[target]``.
        target_names : list of str
            Names of the subfolders, sorted.
        filenames : ndarray of shape (n_pictures,)
            Paths of the files.

    (data, target) : tuple if ``return_X_y`` is True
        The pictures and their classes.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or a subfolder in `categories` is missing.
    ValueError
        If there are no subfolders or no files in them, or if a file is not an image,
        has too many pixels, or is an animation.

    See Also
    --------
    digitclf.preprocessing.DigitNormalizer : Bring pictures into the form of MNIST's.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from digitclf.datasets import load_image_folder
    >>> folder = Path(tempfile.mkdtemp())
    >>> for label in ("1", "7"):
    ...     (folder / label).mkdir()
    ...     Image.new("L", (40, 60), "white").save(folder / label / "blank.png")
    >>> digits = load_image_folder(folder)
    >>> digits.target_names
    ['1', '7']
    >>> len(digits.data), digits.data[0].shape
    (2, (60, 40))
    """
    folder = Path(folder)
    names = _class_names(folder, categories)
    files = [
        (str(path), target)
        for target, name in enumerate(names)
        for path in _files_in(folder / name, allowed_extensions)
    ]
    if not files:
        ending = ""
        if allowed_extensions is not None:
            ending = f" whose names end in {', '.join(allowed_extensions)}"
        raise ValueError(
            f"The subfolders of {str(folder)!r} have no files{ending}. Expected one "
            "subfolder per class with its pictures in it."
        )
    for path, _ in files:
        _check_is_picture(path, all_files=allowed_extensions is None)
    filenames = np.array([path for path, _ in files])
    target = np.array([label for _, label in files])
    if shuffle:
        order = np.arange(len(files))
        check_random_state(random_state).shuffle(order)
        filenames, target = filenames[order], target[order]
    data = PictureFiles(filenames.tolist())
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, target_names=names, filenames=filenames)


def _class_names(folder: Path, categories: Sequence[str] | None) -> list[str]:
    """Return the names of the subfolders to load, sorted."""
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {str(folder)!r}.")
    subfolders = sorted(path.name for path in _visible(folder) if path.is_dir())
    if not subfolders:
        raise ValueError(
            f"{str(folder)!r} has no subfolders. Expected one per class, named after "
            "its label, with its pictures in it."
        )
    if categories is None:
        return subfolders
    missing = sorted(set(map(str, categories)) - set(subfolders))
    if missing:
        raise FileNotFoundError(
            f"categories: {str(folder)!r} has no subfolder {missing[0]!r}. Its "
            f"subfolders are {', '.join(map(repr, subfolders))}."
        )
    return sorted(set(map(str, categories)))


def _files_in(subfolder: Path, allowed_extensions: Sequence[str] | None) -> list[Path]:
    return sorted(
        path
        for path in _visible(subfolder)
        if not path.is_dir()
        and (allowed_extensions is None or path.suffix.lower() in allowed_extensions)
    )


def _visible(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _check_is_picture(path: str, all_files: bool) -> None:
    try:
        check_header(path)
    except PictureError as error:
        if not all_files:
            raise
        raise PictureError(
            f"{error} To skip files that are not pictures, pass for example "
            'allowed_extensions=[".png", ".jpg"].'
        ) from None
