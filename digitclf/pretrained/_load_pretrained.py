"""``load_pretrained``: the fitted classifier that is part of the package."""

from __future__ import annotations

from typing import cast

from digitclf._cnn import CNNDigitClassifier
from digitclf._saving import load_model
from digitclf.pretrained._file import pretrained_file


def load_pretrained() -> CNNDigitClassifier:
    """Load a classifier that was trained for real handwriting.

    It is part of the package, so nothing is downloaded. It expects images in MNIST's
    form, ``(n, 784)`` or ``(n, 28, 28)`` with grey levels from 0 to 255, as
    `DigitNormalizer` makes them of photos, scans and drawings. Its training data, its
    accuracy and its limits are described in :doc:`/guide/pretrained`.

    Returns
    -------
    CNNDigitClassifier
        A new fitted classifier. Its classes are the digits 0 to 9. It can be trained
        further with ``partial_fit``.

    Raises
    ------
    FileNotFoundError
        If the model file is missing from the installed package.

    See Also
    --------
    digitclf.preprocessing.DigitNormalizer : Bring pictures into the form of MNIST's.
    load_model : Load a classifier of your own.

    Examples
    --------
    A picture of a one, drawn in blue:

    >>> from PIL import Image, ImageDraw
    >>> from sklearn.pipeline import make_pipeline
    >>> from digitclf import load_pretrained
    >>> from digitclf.preprocessing import DigitNormalizer
    >>> picture = Image.new("RGB", (300, 400), "white")
    >>> ImageDraw.Draw(picture).line([(160, 80), (140, 320)], fill="navy", width=12)
    >>> reader = make_pipeline(DigitNormalizer(), load_pretrained())
    >>> reader.predict([picture])
    array([1])
    """
    with pretrained_file() as path:
        return cast(CNNDigitClassifier, load_model(path))
