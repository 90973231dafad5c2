"""``PredictsDigits``: labels, probabilities and scores of a fitted classifier."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_is_fitted

from digitclf._data.ahead import read_ahead
from digitclf._data.check_input import ReadsDigits, check_same_length
from digitclf._data.labels import check_labels, check_same_kind
from digitclf._data.lazy import WINDOW, LazyImages
from digitclf._data.pixel_range import warn_of_other_range
from digitclf._data.statistics import RunningStatistics
from digitclf._data.weights import check_weights

PREDICTED = WINDOW / 8
"""Share of scikit-learn's `working_memory` that is read at a time for predictions."""


class PredictsDigits(ReadsDigits):
    """Mixin of a classifier that computes the probabilities of images.

    A prediction reads all attributes from one snapshot of the classifier.
    """

    classes_: np.ndarray

    @abstractmethod
    def _snapshot(self) -> Self:
        """Return a state that no other thread changes."""

    @abstractmethod
    def _check_ready(self) -> None:
        """Raise an error if the classifier cannot predict."""

    @abstractmethod
    def _compute(self, pixels: np.ndarray) -> np.ndarray:
        """Return the probability of each class for images that were checked."""

    def _probabilities(self, X: Any) -> Iterator[np.ndarray]:
        """Check images; yield the probability of each class, block by block.

        Images in memory are one block.
        """
        self._check_ready()
        pixels = self._check_X(X, reset=False)
        if not isinstance(pixels, LazyImages):
            yield self._compute(pixels)
            return
        found = RunningStatistics(len(pixels), pixels.dtype)
        for block in read_ahead(pixels.read_blocks(PREDICTED)):
            found.add(block)
            yield self._compute(block)
        warn_of_other_range(found, self.pixel_range_, pixels.name)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images of the shape and range of pixel values seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
            Columns in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted yet.
        ValueError
            If `X` is invalid.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(epochs=3, random_state=0).fit(X, y)
        >>> clf.predict_proba(X[:5]).shape
        (5, 10)
        """
        return _joined(self._snapshot()._probabilities(X))

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
            The logarithm of `predict_proba`.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(epochs=3, random_state=0).fit(X, y)
        >>> bool((clf.predict_log_proba(X[:5]) <= 0).all())
        True
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """Predict the label of each image.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels of the dtype seen in `fit`.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0).fit(X, y)
        >>> clf.predict(X[:5])
        array([0, 1, 2, 3, 4])
        """
        fitted = self._snapshot()
        most_probable = _joined(
            block.argmax(axis=1) for block in fitted._probabilities(X)
        )
        return fitted.classes_[most_probable]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on images and their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.
        y : array-like of shape (n_samples,)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Sample weights.

        Returns
        -------
        float
            Fraction of images whose label is predicted correctly.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0).fit(X[:1500], y[:1500])
        >>> clf.score(X[1500:], y[1500:]) > 0.9
        True
        """
        labels = check_labels(y)
        check_is_fitted(self)
        check_same_kind(labels, self.classes_)
        if sample_weight is not None:
            weights = check_weights(sample_weight, labels)
            sample_weight = weights / weights.max()  # their sum stays finite
        predicted = self.predict(X)
        check_same_length(len(predicted), len(labels))
        return float(accuracy_score(labels, predicted, sample_weight=sample_weight))


def _joined(blocks: Iterator[np.ndarray]) -> np.ndarray:
    """Return blocks as one array, a single one without a copy."""
    arrays = list(blocks)
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
