"""Handwritten digit classifiers: scikit-learn estimators around Keras models.

Names are imported on first use, so that ``import digitclf`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitclf._lazy import import_on_first_use

if TYPE_CHECKING:
    from digitclf import (
        callbacks,
        cluster,
        datasets,
        plotting,
        preprocessing,
        reading,
        recipes,
    )
    from digitclf._cnn import CNNDigitClassifier
    from digitclf._export import export_model
    from digitclf._mlp import MLPDigitClassifier
    from digitclf._predictor import DigitPredictor, load_predictor
    from digitclf._saving import load_model, save_model
    from digitclf.pretrained import load_pretrained

__version__ = "0.1.0"

__all__ = [
    "CNNDigitClassifier",
    "DigitPredictor",
    "MLPDigitClassifier",
    "callbacks",
    "cluster",
    "datasets",
    "export_model",
    "load_model",
    "load_predictor",
    "load_pretrained",
    "plotting",
    "preprocessing",
    "reading",
    "recipes",
    "save_model",
]

__getattr__, __dir__ = import_on_first_use(
    __name__,
    {
        "CNNDigitClassifier": "digitclf._cnn",
        "DigitPredictor": "digitclf._predictor",
        "MLPDigitClassifier": "digitclf._mlp",
        "callbacks": "digitclf.callbacks",
        "cluster": "digitclf.cluster",
        "datasets": "digitclf.datasets",
        "export_model": "digitclf._export",
        "load_model": "digitclf._saving",
        "load_predictor": "digitclf._predictor",
        "load_pretrained": "digitclf.pretrained",
        "plotting": "digitclf.plotting",
        "preprocessing": "digitclf.preprocessing",
        "reading": "digitclf.reading",
        "recipes": "digitclf.recipes",
        "save_model": "digitclf._saving",
    },
)
