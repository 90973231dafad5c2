"""What scikeras's classifier lacks to be one under today's scikit-learn."""

from __future__ import annotations

import inspect
from abc import ABCMeta

from scikeras.wrappers import BaseWrapper
from sklearn.base import BaseEstimator, ClassifierMixin

if "__sklearn_tags__" not in vars(BaseWrapper):
    # scikit-learn refuses a class that has the old tags alone, wherever in the
    # inheritance it stands. This is what BaseWrapper inherits already.
    BaseWrapper.__sklearn_tags__ = BaseEstimator.__sklearn_tags__


class ScikitLearnContract(ABCMeta):
    """Metaclass that gives a scikeras classifier the form scikit-learn asks for."""

    def mro(cls) -> list[type]:
        """Put ClassifierMixin before BaseEstimator.

        scikeras derives its classifier from the two in the opposite order, which hides
        the mixin's tags and methods behind the ones of BaseEstimator.
        """
        order = super().mro()
        order.remove(ClassifierMixin)
        order.insert(order.index(BaseEstimator), ClassifierMixin)
        return order

    @property
    def __signature__(cls) -> inspect.Signature:
        """Show the parameters alone, without the keywords of scikeras's routing.

        scikit-learn's checks set every name in it.
        """
        # mypy: a subclass could have another __init__, which is what is wanted.
        init = inspect.signature(cls.__init__)  # type: ignore[misc]
        _, *parameters = init.parameters.values()
        return inspect.Signature(
            [each for each in parameters if each.kind != each.VAR_KEYWORD]
        )
