"""Docstrings of all public names: the sections and the form that numpydoc asks for."""

import importlib
import inspect

import pytest
from numpydoc.validate import validate

MODULES = ["digitclf", "digitclf.datasets", "digitclf.plotting", "digitclf.recipes"]

NOT_ASKED_OF_METHODS = {
    "ES01",  # one sentence is often all that there is to say
    "SA01",  # the class says what to see also
}
NOT_ASKED_OF = {
    # What scikeras's routing takes, by its prefix.
    "digitclf.CNNDigitClassifier": {"PR02"},
    "digitclf.MLPDigitClassifier": {"PR02"},
}
METHODS_SHOWN_IN_THE_CLASS = ("from_estimator", "from_predictions", "plot")
"""The example of a display is one, and it uses them."""


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


@pytest.mark.parametrize("name", public_names())
def test_docstring_is_whole(name):
    is_method = name.rpartition(".")[0] not in MODULES
    excepted = NOT_ASKED_OF.get(name, set())
    if is_method:
        excepted = NOT_ASKED_OF_METHODS
        if name.rpartition(".")[2] in METHODS_SHOWN_IN_THE_CLASS:
            excepted = excepted | {"EX01"}

    errors = {code: told for code, told in validate(name)["errors"]}

    assert not {code: errors[code] for code in errors.keys() - excepted}
