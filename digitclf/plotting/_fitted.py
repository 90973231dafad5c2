"""The fitted digit classifier inside a Pipeline or a search."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from digitclf._data.check_input import ReadsDigits


def find_classifier(estimator: Any, display: str) -> Any:
    """Return the fitted digit classifier inside an estimator.

    Parameters
    ----------
    estimator : estimator
        A digit classifier, a Pipeline that ends in one, or a search over either.
    display : str
        Name of the display, for errors.

    Returns
    -------
    MLPDigitClassifier or CNNDigitClassifier

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the estimator contains no digit classifier.
    """
    return steps_and_classifier(estimator, display)[1]


def steps_and_classifier(estimator: Any, display: str) -> tuple[bool, Any]:
    """Return whether steps precede the digit classifier, and the classifier."""
    if hasattr(estimator, "estimator") and hasattr(estimator, "refit"):
        return steps_and_classifier(_best_estimator(estimator), display)
    if isinstance(estimator, Pipeline):
        before, classifier = steps_and_classifier(estimator[-1], display)
        return before or len(estimator) > 1, classifier
    if not isinstance(estimator, ReadsDigits):
        raise TypeError(
            f"{display}.from_estimator expects an MLPDigitClassifier, a "
            "CNNDigitClassifier, a Pipeline that ends in one, or a search over one; "
            f"got {type(estimator).__name__}."
        )
    check_is_fitted(estimator)
    return False, estimator


def _best_estimator(search: Any) -> Any:
    if not search.refit:
        raise ValueError(
            f"This {type(search).__name__} has no best_estimator_ because of "
            "refit=False. Set refit=True, or fit an estimator with best_params_."
        )
    check_is_fitted(search, "best_estimator_")
    return search.best_estimator_
