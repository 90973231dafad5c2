"""The digit classifier that a display is about, found inside what a user passes."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from digitclf._input import ReadsDigits


def find_classifier(estimator: Any, display: str) -> Any:
    """Return the fitted digit classifier in an estimator.

    Parameters
    ----------
    estimator : estimator
        A digit classifier, a Pipeline that ends in one, or a search whose best
        estimator is one.
    display : str
        Name of the display, for errors.

    Returns
    -------
    MLPDigitClassifier or CNNDigitClassifier

    Raises
    ------
    NotFittedError
        If it is not fitted.
    TypeError
        If there is none in it.
    """
    return open_pipeline(estimator, display)[1]


def open_pipeline(estimator: Any, display: str) -> tuple[Pipeline | None, Any]:
    """Return the steps before the fitted digit classifier, if any, and the latter."""
    if hasattr(estimator, "estimator") and hasattr(estimator, "refit"):
        check_is_fitted(estimator, "best_estimator_")
        return open_pipeline(estimator.best_estimator_, display)
    before = None
    classifier = estimator
    if isinstance(estimator, Pipeline):
        before = estimator[:-1] if len(estimator) > 1 else None
        classifier = estimator[-1]
    if not isinstance(classifier, ReadsDigits):
        raise TypeError(
            f"{display}.from_estimator expects an MLPDigitClassifier, a "
            "CNNDigitClassifier, a Pipeline that ends in one or a search over one, got "
            f"{type(classifier).__name__}."
        )
    check_is_fitted(classifier)
    return before, classifier
