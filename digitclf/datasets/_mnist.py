"""``load_mnist``: the bundled MNIST dataset, with the conventions of scikit-learn."""

import hashlib
import io
import reprlib
from collections.abc import Sized
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
    Features                       integers 0 to 255 (ink)
    =================   ==================================

    The dataset contains all 70,000 original images in their original order. It is
    included in this package, so nothing is downloaded. Each call returns new arrays,
    which can be modified safely.

    Parameters
    ----------
    subset : {"train", "test", "all"}, default="train"
        Images to load: the 60,000 training images, the 10,000 test images, or all
        70,000, starting with the training images.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    as_frame : bool, default=False
        If True, ``data`` is a pandas DataFrame and ``target`` a pandas Series.

    Returns
    -------
    mnist : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the following attributes.

        data : {ndarray, DataFrame} of shape (n_samples, 784), dtype uint8
            Flattened images, one per row.
        target : {ndarray, Series} of shape (n_samples,), dtype int64
            Digit shown in each image.
        frame : DataFrame of shape (n_samples, 785)
            ``data`` and ``target`` in one DataFrame. None unless ``as_frame=True``.
        feature_names : list of str
            Names of the columns of ``data``, from ``pixel_0_0`` to ``pixel_27_27``.
            The numbers are the row and the column of the pixel.
        target_names : ndarray of shape (10,)
            The classes, 0 to 9.
        images : ndarray of shape (n_samples, 28, 28), dtype uint8
            The same images with two dimensions: a view of ``data``, not a copy.
        DESCR : str
            Full description of the dataset, with its source and licence.

    (data, target) : tuple if ``return_X_y=True``
        ``data`` and ``target`` as described above.

    Raises
    ------
    FileNotFoundError
        If the data file is missing from the installed package.
    OSError
        If the data file is damaged.

    See Also
    --------
    format_image : Format the grey levels of an image as a table of numbers.
    sklearn.datasets.load_digits : A smaller dataset: 1,797 images of 8 × 8 pixels.

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

    return _MNISTBunch(
        data=data,
        target=target,
        frame=frame,
        feature_names=feature_names,
        target_names=np.arange(10),
        images=images,
        DESCR=(_FOLDER / "descr" / "mnist.rst").read_text(encoding="utf-8"),
    )


class _MNISTBunch(Bunch):
    """Bunch whose repr shows shapes and dtypes instead of all values."""

    def __repr__(self) -> str:
        entries = [f"    {key}: {_summarize(self[key])}\n" for key in self]
        return f"Bunch(\n{''.join(entries)})"


def _summarize(value: Any) -> str:
    """Return the type, shape and dtype of an array, or the length of a collection."""
    kind = type(value).__name__
    if hasattr(value, "shape"):
        dtype = f", {value.dtype}" if hasattr(value, "dtype") else ""
        return f"{kind} of shape {value.shape}{dtype}"
    if isinstance(value, Sized):
        return f"{kind} of length {len(value)}"
    return reprlib.repr(value)


def _read_arrays(parts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the concatenated images and targets of the given parts."""
    with np.load(io.BytesIO(_read_file()), allow_pickle=False) as archive:
        images = np.concatenate([archive[f"x_{part}"] for part in parts])
        target = np.concatenate([archive[f"y_{part}"] for part in parts])
    return images, target.astype(np.int64)


def _read_file() -> bytes:
    """Return the content of the data file after verifying its checksum."""
    path = _FOLDER / "mnist.npz"
    remedy = "Reinstall it: pip install --force-reinstall --no-deps digitclf"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"The MNIST data file {str(path)!r} is missing. It is part of digitclf, so "
            f"the installation is incomplete. {remedy}"
        ) from error
    # NumPy's own errors for a damaged file do not name the cause.
    checksum = hashlib.sha256(content).hexdigest()
    if checksum != _SHA256:
        raise OSError(
            f"The MNIST data file {str(path)!r} is damaged: its SHA-256 checksum is "
            f"{checksum}, expected {_SHA256}. The installation of digitclf is "
            f"incomplete or was modified. {remedy}"
        )
    return content


def _as_frame(
    data: np.ndarray, target: np.ndarray, feature_names: list[str]
) -> tuple[Any, Any, Any]:
    """Return frame, data and target as pandas objects."""
    # Imported on demand: pandas is slow to import and not needed otherwise.
    import pandas as pd

    data_frame = pd.DataFrame(data, columns=feature_names, copy=False)
    frame = data_frame.assign(target=target)
    return frame, data_frame, frame["target"]
