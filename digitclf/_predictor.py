"""``load_predictor``: fitted classifiers that predict without TensorFlow."""

from __future__ import annotations

import os
from numbers import Integral
from typing import Any, ClassVar, NoReturn, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted

from digitclf._data.grey_levels import is_grey_level
from digitclf._inference import StoredClassifier, read_classifier
from digitclf._predictions import PredictsDigits
from digitclf.pretrained._file import pretrained_file


class DigitPredictor(PredictsDigits, ClassifierMixin, BaseEstimator):
    """Fitted digit classifier that predicts without TensorFlow.

    `load_predictor` creates it from a file. It has the methods and attributes of
    `MLPDigitClassifier` and `CNNDigitClassifier` for predictions, and gives the same
    answers within 1e-5. It cannot be trained: ``FrozenEstimator`` of scikit-learn makes
    it a part of meta-estimators that fit their classifier.

    ONNX Runtime computes the network. A predictor can be pickled and copied, used after
    a fork, and used by any number of threads at once.

    Parameters
    ----------
    n_threads : int or None, default=None
        Maximum number of threads of one call. None stands for the environment variable
        ``OMP_NUM_THREADS``, which joblib sets in its worker processes, or for the
        number of cores.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of pixels per image: height * width.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns if the classifier was fitted on a DataFrame with string
        column names.
    image_shape_ : tuple of (height, width)
        Shape of an image.
    pixel_range_ : tuple of (low, high)
        Range of pixel values seen in `fit`.

    See Also
    --------
    load_predictor : Load a predictor from a file.
    load_model : Load a classifier that can be trained further.

    Examples
    --------
    >>> from digitclf import load_predictor
    >>> from digitclf.datasets import load_mnist
    >>> mnist = load_mnist(subset="test")
    >>> predictor = load_predictor()
    >>> predictor.predict(mnist.images[:5])
    array([7, 2, 1, 0, 4])
    """

    feature_names_in_: np.ndarray
    _stored: StoredClassifier

    _parameter_constraints: ClassVar[dict] = {
        "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(self, *, n_threads: int | None = None) -> None:
        self.n_threads = n_threads

    @classmethod
    def _of(cls, stored: StoredClassifier) -> Self:
        """Return the predictor of a classifier that was read from a file."""
        predictor = cls()
        predictor.classes_ = stored.classes
        predictor.n_features_in_ = stored.n_features
        predictor.image_shape_ = stored.image_shape
        predictor.pixel_range_ = stored.pixel_range
        if stored.feature_names is not None:
            predictor.feature_names_in_ = stored.feature_names
        predictor._stored = stored
        return predictor

    def fit(self, X: Any, y: Any = None) -> NoReturn:
        """Raise an error: a predictor cannot be trained.

        Parameters
        ----------
        X, y : object
            Ignored.

        Raises
        ------
        NotImplementedError
            Always.

        Examples
        --------
        A meta-estimator that fits its classifier takes a frozen one:

        >>> from sklearn.calibration import CalibratedClassifierCV
        >>> from sklearn.frozen import FrozenEstimator
        >>> from digitclf import load_predictor
        >>> calibrated = CalibratedClassifierCV(FrozenEstimator(load_predictor()))
        """
        raise NotImplementedError(
            "A DigitPredictor cannot be trained. Train a CNNDigitClassifier or load "
            "one with load_model; or wrap the predictor in "
            "sklearn.frozen.FrozenEstimator, whose fit does nothing."
        )

    def _snapshot(self) -> Self:
        return self

    def _check_ready(self) -> None:
        if not hasattr(self, "_stored"):
            check_is_fitted(self)
        if self.n_threads is not None:
            self._validate_params()

    def _compute(self, pixels: np.ndarray) -> np.ndarray:
        return self._stored.predict_proba(pixels, self.n_threads)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_stored")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def grey_level_classifier(stored: StoredClassifier) -> Any:
    """Return the classifier of a file for images of grey levels from 0 to 255."""
    predictor = DigitPredictor._of(stored)
    if is_grey_level(stored.pixel_range[1]):
        return predictor
    return make_pipeline(FunctionTransformer(stored.as_fitted), predictor)


def load_predictor(path: str | os.PathLike[str] | None = None) -> DigitPredictor:
    """Load a classifier that predicts without TensorFlow.

    Files from unknown sources are safe to load: nothing in them is executed. The
    network is built from the description of the classifier, and receives the arrays of
    weights from the file, after their shapes and values have been checked.

    Parameters
    ----------
    path : str, path-like or None, default=None
        A file of `save_model`, a checkpoint, or an ``.onnx`` file of `export_model`.
        None is the pretrained model, which expects images as `DigitNormalizer` makes
        them.

    Returns
    -------
    DigitPredictor
        The fitted predictor.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If it is not a valid file of an `MLPDigitClassifier` or a `CNNDigitClassifier`.

    See Also
    --------
    load_model : Load a classifier that can be trained further, with TensorFlow.
    load_pretrained : The pretrained model as such a classifier.

    Examples
    --------
    >>> from PIL import Image, ImageDraw
    >>> from sklearn.pipeline import make_pipeline
    >>> from digitclf import load_predictor
    >>> from digitclf.preprocessing import DigitNormalizer
    >>> picture = Image.new("RGB", (300, 400), "white")
    >>> ImageDraw.Draw(picture).line([(160, 80), (140, 320)], fill="navy", width=12)
    >>> reader = make_pipeline(DigitNormalizer(), load_predictor())
    >>> reader.predict([picture])
    array([1])
    """
    if path is not None:
        return DigitPredictor._of(read_classifier(path))
    with pretrained_file() as file:
        return DigitPredictor._of(read_classifier(file))
