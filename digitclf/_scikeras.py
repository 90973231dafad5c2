"""scikeras's classifier, made to keep the contract of today's scikit-learn."""

from __future__ import annotations

import inspect
from abc import ABCMeta
from typing import Any, Self

from scikeras._utils import route_params
from scikeras.wrappers import BaseWrapper, KerasClassifier
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags

from digitclf._architectures import OWN_PREFIXES

PREFIXES = (*OWN_PREFIXES, "predict", "optimizer", "loss", "callbacks")

if "__sklearn_tags__" not in vars(BaseWrapper):
    # scikit-learn refuses classes that have the old tags but not the new ones. This is
    # the method that BaseWrapper inherits anyway.
    BaseWrapper.__sklearn_tags__ = BaseEstimator.__sklearn_tags__


def is_routed(name: str) -> bool:
    """Return whether a parameter has a prefix that routes it, as ``optimizer__``."""
    prefix, _, rest = name.partition("__")
    return prefix in PREFIXES and bool(rest)


def routed_to(destination: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters routed to `destination`, without the prefix."""
    return route_params(params, destination, pass_filter=())


class ScikitLearnContract(ABCMeta):
    """Metaclass that corrects the inheritance and the signature of the classifiers."""

    def mro(cls) -> list[type]:
        """Put ClassifierMixin before BaseEstimator.

        scikeras derives its classifier from the two in the opposite order, which hides
        the mixin's tags and methods.
        """
        order = super().mro()
        order.remove(ClassifierMixin)
        order.insert(order.index(BaseEstimator), ClassifierMixin)
        return order

    @property
    def __signature__(cls) -> inspect.Signature:
        """Return the signature without the keyword arguments for routed parameters.

        scikit-learn's checks set every parameter in it.
        """
        init = inspect.signature(cls.__init__)  # type: ignore[misc]  # any __init__ will do
        _, *parameters = init.parameters.values()
        return inspect.Signature(
            [
                parameter
                for parameter in parameters
                if parameter.kind != parameter.VAR_KEYWORD
            ]
        )


class RoutedClassifier(KerasClassifier, metaclass=ScikitLearnContract):
    """A scikeras classifier with scikit-learn's parameters, and routed ones besides.

    Parameters
    ----------
    **routed : dict
        Parameters with one of scikeras's prefixes.
    """

    def __init__(self, **routed: Any) -> None:
        for name in routed:
            if not is_routed(name):
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword "
                    f"argument {name!r}"
                )
        self.__dict__.update(routed)

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return BaseEstimator._get_param_names.__func__(cls)

    __repr__ = BaseEstimator.__repr__

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters of this estimator, including routed ones that were set.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include the parameters of parameters that are estimators.

        Returns
        -------
        dict
            Names and values.

        Examples
        --------
        >>> from digitclf import MLPDigitClassifier
        >>> clf = MLPDigitClassifier(optimizer__beta_1=0.8)
        >>> clf.get_params()["optimizer__beta_1"]
        0.8
        """
        return BaseEstimator.get_params(self, deep=deep) | self._routed_params()

    def _routed_params(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if is_routed(name)}

    def set_params(self, **params: Any) -> Self:
        """Set parameters of this estimator, including routed ones.

        Parameters
        ----------
        **params : dict
            Names and values. For example, ``optimizer__momentum=0.9`` is passed on to
            the optimizer.

        Returns
        -------
        BaseDigitClassifier
            This estimator.

        Raises
        ------
        ValueError
            If a parameter does not exist.

        Examples
        --------
        >>> from digitclf import MLPDigitClassifier
        >>> MLPDigitClassifier().set_params(dropout=0.2)
        MLPDigitClassifier(dropout=0.2)
        """
        routed = {name: params[name] for name in params if is_routed(name)}
        BaseEstimator.set_params(
            self, **{name: params[name] for name in params if name not in routed}
        )
        self.__dict__.update(routed)
        return self

    @property
    def current_epoch(self) -> int:
        """Number of epochs that the network was trained for."""
        return getattr(self, "n_iter_", 0)

    def __sklearn_tags__(self) -> Tags:
        tags = ClassifierMixin.__sklearn_tags__(self)
        tags.input_tags.three_d_array = True
        return tags

    def __dir__(self) -> list[str]:
        # A flag of scikeras that is named like a fitted attribute.
        return [name for name in super().__dir__() if name != "initialized_"]
