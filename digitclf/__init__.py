"""Handwritten digit classifiers: scikit-learn estimators around Keras models.

Names are imported on first use, so that ``import digitclf`` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitclf import datasets, plotting, preprocessing, recipes
    from digitclf._cnn import CNNDigitClassifier
    from digitclf._export import export_model
    from digitclf._mlp import MLPDigitClassifier
    from digitclf._saving import load_model, save_model
    from digitclf.pretrained import load_pretrained

__version__ = "0.1.0"

__all__ = [
    "CNNDigitClassifier",
    "MLPDigitClassifier",
    "datasets",
    "export_model",
    "load_model",
    "load_pretrained",
    "plotting",
    "preprocessing",
    "recipes",
    "save_model",
]

_HOMES = {
    "CNNDigitClassifier": "digitclf._cnn",
    "MLPDigitClassifier": "digitclf._mlp",
    "export_model": "digitclf._export",
    "load_model": "digitclf._saving",
    "load_pretrained": "digitclf.pretrained",
    "save_model": "digitclf._saving",
}


def __getattr__(name: str) -> Any:
    if name in ("datasets", "plotting", "preprocessing", "recipes"):
        return importlib.import_module(f"digitclf.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, "__version__"})
