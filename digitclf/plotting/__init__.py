"""scikit-learn Displays of digits, predictions, training and convolutional layers.

Plotting requires matplotlib: ``pip install "digitclf[plot]"``.
"""

from digitclf.plotting._digits import DigitsDisplay
from digitclf.plotting._feature_maps import FeatureMapsDisplay
from digitclf.plotting._filters import FiltersDisplay
from digitclf.plotting._prediction import PredictionDisplay
from digitclf.plotting._training_history import TrainingHistoryDisplay

__all__ = [
    "DigitsDisplay",
    "FeatureMapsDisplay",
    "FiltersDisplay",
    "PredictionDisplay",
    "TrainingHistoryDisplay",
]
