"""``PredictionDisplay``: one image and its class probabilities."""

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.classifiers import quick_mlp

from digitclf.plotting import PredictionDisplay


def test_bars_are_the_probabilities(cnn, few_digits):
    image, label = few_digits.X_test[0], few_digits.y_test[0]
    expected = cnn.predict_proba([image])[0]

    display = PredictionDisplay.from_estimator(cnn, image, label)

    picture, chart = display.axes_
    heights = [bar.get_height() for bar in chart.patches]
    np.testing.assert_allclose(heights, expected)
    assert [tick.get_text() for tick in chart.get_xticklabels()] == [*"0123456789"]
    assert str(cnn.classes_[expected.argmax()]) in picture.get_title()


@pytest.mark.parametrize("shape", [(64,), (8, 8), (8, 8, 1), (1, 64), (1, 8, 8)])
def test_image_of_every_layout_is_drawn(shape, cnn, few_digits):
    display = PredictionDisplay.from_estimator(cnn, few_digits.X_test[0].reshape(shape))

    np.testing.assert_array_equal(display.image, few_digits.X_test[0].reshape(8, 8))


def test_true_class_of_a_wrong_prediction_is_hatched():
    display = PredictionDisplay.from_predictions(
        np.zeros((4, 4)), [0.2, 0.7, 0.1], classes=["a", "b", "c"], y="c"
    )

    picture, chart = display.axes_
    assert picture.get_title() == "c read as b"
    assert [bool(bar.get_hatch()) for bar in chart.patches] == [False, False, True]


def test_pipeline_transforms_the_image_for_the_prediction_only(few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    pipeline = make_pipeline(StandardScaler(), quick_mlp()).fit(X, y)

    display = PredictionDisplay.from_estimator(pipeline, X[0])

    np.testing.assert_allclose(display.y_proba, pipeline.predict_proba(X[:1])[0])
    np.testing.assert_array_equal(display.image, X[0].reshape(8, 8))


def test_column_names_reach_the_estimator(few_digits):
    frame = pd.DataFrame(few_digits.X_train).add_prefix("pixel_")
    clf = quick_mlp().fit(frame, few_digits.y_train)

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        display = PredictionDisplay.from_estimator(clf, frame.iloc[[0]])

    np.testing.assert_allclose(display.y_proba, clf.predict_proba(frame)[0], rtol=1e-5)


def test_several_images_are_rejected(cnn, few_digits):
    with pytest.raises(ValueError, match=r"one image, got 5.*Pass X\[0\]"):
        PredictionDisplay.from_estimator(cnn, few_digits.X_test[:5])


def test_several_labels_are_rejected_before_anything_is_drawn(cnn, few_digits):
    with pytest.raises(ValueError, match="label of one image, got 3 labels"):
        PredictionDisplay.from_estimator(cnn, few_digits.X_test[0], [1, 2, 3])
    assert plt.get_fignums() == []


def test_number_of_probabilities_must_match_the_classes():
    with pytest.raises(ValueError, match=r"2 probabilities, .* shape \(3,\)"):
        PredictionDisplay.from_predictions(
            np.zeros((4, 4)), [0.5, 0.5], classes=[1, 2, 3]
        )
