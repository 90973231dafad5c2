"""Docstrings of all public names: the sections and the form that numpydoc requires."""

import importlib
import inspect

import pytest
from numpydoc.validate import validate

MODULES = [
    "digitclf",
    "digitclf.app",
    "digitclf.callbacks",
    "digitclf.cluster",
    "digitclf.datasets",
    "digitclf.plotting",
]

NOT_REQUIRED_OF_METHODS = {
    "ES01",  # a summary is often enough
    "SA01",  # the class has a section "See Also"
}
NOT_REQUIRED = {
    # Prefixes of routed parameters are documented, but not in the signature.
    "digitclf.CNNDigitClassifier": {"PR02"},
    "digitclf.MLPDigitClassifier": {"PR02"},
}
METHODS_IN_EXAMPLES_OF_THE_CLASS = {
    *("from_estimator", "from_predictions", "plot"),
    *("on_train_begin", "on_epoch_end"),
}
"""The example of the class uses them, or Keras calls them in it."""


def public_names():
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.ismodule(value):
                continue
            yield f"{module.__name__}.{name}"
            if inspect.isclass(value):
                for method in own_methods(value):
                    yield f"{module.__name__}.{name}.{method}"


def own_methods(cls):
    """Return the public methods of a class that this package defines."""
    for name, value in inspect.getmembers(cls, callable):
        module = getattr(value, "__module__", None) or ""
        if module.startswith("digitclf") and not name.startswith("_"):
            yield name


@pytest.mark.parametrize("name", list(public_names()))
def test_docstring_is_complete(name):
    is_method = name.rpartition(".")[0] not in MODULES
    excepted = NOT_REQUIRED.get(name, set())
    if is_method:
        excepted = NOT_REQUIRED_OF_METHODS
        if name.rpartition(".")[2] in METHODS_IN_EXAMPLES_OF_THE_CLASS:
            excepted = excepted | {"EX01"}

    errors = dict(validate(name)["errors"])

    assert not {code: errors[code] for code in errors.keys() - excepted}
