"""scikit-learn Displays of digits, pages, predictions, training and convolutions.

Plotting requires matplotlib: ``pip install "digitclf[plot]"``.
"""

from digitclf.plotting._digits import DigitsDisplay
from digitclf.plotting._feature_maps import FeatureMapsDisplay
from digitclf.plotting._filters import FiltersDisplay
from digitclf.plotting._page import PageDisplay
from digitclf.plotting._prediction import PredictionDisplay
from digitclf.plotting._reading_steps import ReadingStepsDisplay
from digitclf.plotting._training_history import TrainingHistoryDisplay

__all__ = [
    "DigitsDisplay",
    "FeatureMapsDisplay",
    "FiltersDisplay",
    "PageDisplay",
    "PredictionDisplay",
    "ReadingStepsDisplay",
    "TrainingHistoryDisplay",
]
