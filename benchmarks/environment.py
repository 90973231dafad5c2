"""Versions and number of cores, recorded with every measurement."""

from __future__ import annotations

import platform

import joblib
import keras
import sklearn
import tensorflow

import digitclf


def describe_environment() -> dict[str, str | int]:
    return {
        "python": platform.python_version(),
        "tensorflow": tensorflow.__version__,
        "keras": keras.__version__,
        "sklearn": sklearn.__version__,
        "digitclf": digitclf.__version__,
        "cores": joblib.cpu_count(),
    }
