"""MNIST, loaded from the file in this package by the conventions of scikit-learn."""

import hashlib
import io
from importlib import resources
from typing import Any, Literal

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils._param_validation import StrOptions, validate_params

_FOLDER = resources.files("digitclf.datasets")
_SHA256 = "06af5dfe73b70e3bc1c36439982b18a8d76803db9b544f6fdf838a37fbb01b64"
_PARTS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}


@validate_params(
    {
        "subset": [StrOptions(set(_PARTS))],
        "return_X_y": ["boolean"],
        "as_frame": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def load_mnist(
    *,
    subset: Literal["train", "test", "all"] = "train",
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Bunch | tuple[Any, Any]:
    """Load and return the MNIST database of handwritten digits (classification).

    =================   ==================================
    Classes                                             10
    Samples total                60000 train, 10000 test
    Dimensionality                           784 (28 × 28)
    Features             integers 0 (paper) to 255 (ink)
    =================   ==================================

    All 70,000 original images, in their original order. They are read from a file
    inside this package: nothing is downloaded. Every call returns arrays of its own,
    which may be changed freely.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        Which images to load: the 60,000 training images, the 10,000 test images, or
        all 70,000, the training images first.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    as_frame : bool, default=False
        If True, ``data`` is a pandas DataFrame and ``target`` a pandas Series.

    Returns
    -------
    mnist : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : {ndarray, DataFrame} of shape (n_samples, 784), dtype uint8
            The images, one per row, pixel rows one after the other.
        target : {ndarray, Series} of shape (n_samples,), dtype int64
            The digit that each image shows.
        frame : DataFrame of shape (n_samples, 785)
            ``data`` and ``target`` side by side; None unless ``as_frame=True``.
        feature_names : list of str
            ``pixel_0_0`` to ``pixel_27_27``: row, then column, of the pixel.
        target_names : ndarray of shape (10,)
            The classes, 0 to 9.
        images : ndarray of shape (n_samples, 28, 28), dtype uint8
            The same images as two-dimensional pictures: a view of the memory of
            ``data``, not a copy.
        DESCR : str
            The full description of the dataset, with its source and licence.

    (data, target) : tuple if ``return_X_y=True``
        ``data`` and ``target`` as described above.

    Raises
    ------
    FileNotFoundError
        If the file with the images is missing from the installed package.
    OSError
        If the file is damaged.

    See Also
    --------
    format_image : The grey levels of one image as a table of numbers.
    sklearn.datasets.load_digits : 1,797 smaller digits, 8 × 8 pixels.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to
    document recognition", Proceedings of the IEEE 86(11), 2278-2324, 1998.

    Examples
    --------
    >>> from digitclf.datasets import load_mnist
    >>> mnist = load_mnist()
    >>> mnist.data.shape
    (60000, 784)
    >>> mnist.images.shape
    (60000, 28, 28)
    >>> mnist.target[:5]
    array([5, 0, 4, 1, 9])

    >>> X_test, y_test = load_mnist(subset="test", return_X_y=True)
    >>> X_test.shape, y_test.shape
    ((10000, 784), (10000,))
    """
    images, target = _read_arrays(_PARTS[subset])
    height, width = images.shape[1:]
    data = images.reshape(-1, height * width)
    feature_names = [
        f"pixel_{row}_{column}" for row in range(height) for column in range(width)
    ]

    frame = None
    if as_frame:
        frame, data, target = _as_frame(data, target, feature_names)

    if return_X_y:
        return data, target

    return Bunch(
        data=data,
        target=target,
        frame=frame,
        feature_names=feature_names,
        target_names=np.arange(10),
        images=images,
        DESCR=(_FOLDER / "descr" / "mnist.rst").read_text(encoding="utf-8"),
    )


def _read_arrays(parts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return images and target of the named parts, one part after the other."""
    with np.load(io.BytesIO(_read_file()), allow_pickle=False) as archive:
        images = np.concatenate([archive[f"x_{part}"] for part in parts])
        target = np.concatenate([archive[f"y_{part}"] for part in parts])
    return images, target.astype(np.int64)


def _read_file() -> bytes:
    """Return the content of the data file, which is known to be whole."""
    path = _FOLDER / "mnist.npz"
    remedy = "Reinstall it: pip install --force-reinstall --no-deps digitclf"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"The MNIST images are missing: there is no file {str(path)!r}. It is part "
            f"of digitclf, so the installation is incomplete. {remedy}"
        ) from error
    # A checksum finds every kind of damage at once, and before NumPy stumbles over it
    # with an error that says nothing about the cause.
    checksum = hashlib.sha256(content).hexdigest()
    if checksum != _SHA256:
        raise OSError(
            f"The MNIST images are damaged: the SHA-256 checksum of {str(path)!r} is "
            f"{checksum}, expected {_SHA256}. The installation of digitclf was cut "
            f"short or changed afterwards. {remedy}"
        )
    return content


def _as_frame(
    data: np.ndarray, target: np.ndarray, feature_names: list[str]
) -> tuple[Any, Any, Any]:
    """Return frame, data and target as pandas objects."""
    # Imported here because only this needs pandas, and it takes long to import.
    import pandas as pd

    data_frame = pd.DataFrame(data, columns=feature_names, copy=False)
    frame = data_frame.assign(target=target)
    return frame, data_frame, frame["target"]
