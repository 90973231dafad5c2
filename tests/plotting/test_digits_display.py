"""``DigitsDisplay``: the choice of images, their labels, and invalid arguments."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from support.classifiers import quick_mlp

from digitclf import MLPDigitClassifier
from digitclf.plotting import DigitsDisplay


def titles(display):
    return [ax.get_title() for ax in display.axes_]


def test_errors_of_the_estimator_are_drawn_in_order(weak, few_digits):
    X, y = few_digits.X_test, few_digits.y_test
    y_pred = weak.predict(X)
    wrong = np.flatnonzero(y_pred != y)
    assert len(wrong) > 5

    display = DigitsDisplay.from_estimator(weak, X, y, n_images=5)

    assert len(display.axes_) == 5
    for ax, index in zip(display.axes_, wrong, strict=False):
        assert ax.get_title().startswith(f"{y[index]} read as {y_pred[index]}\n")
        np.testing.assert_array_equal(ax.images[0].get_array(), X[index].reshape(8, 8))


def test_least_confident_images_come_first(weak, few_digits):
    X = few_digits.X_test
    confidence = weak.predict_proba(X).max(axis=1)

    display = DigitsDisplay.from_estimator(weak, X, which="least_confident", n_images=4)

    np.testing.assert_allclose(display.confidence, np.sort(confidence)[:4])


def test_all_images_keep_their_order(few_digits):
    X, y = few_digits.X_test[:6], few_digits.y_test[:6]

    display = DigitsDisplay.from_predictions(X, y, None, which="all")

    assert titles(display) == [str(label) for label in y]


def test_from_predictions_and_from_estimator_draw_the_same(weak, few_digits):
    X, y = few_digits.X_test, few_digits.y_test

    of_estimator = DigitsDisplay.from_estimator(weak, X, y)
    of_predictions = DigitsDisplay.from_predictions(
        X, y, weak.predict(X), y_proba=weak.predict_proba(X)
    )

    assert titles(of_estimator) == titles(of_predictions)


@pytest.mark.parametrize(
    ("labels", "message"),
    [((), "no images"), ((np.array([]), np.array([])), "no misclassified\nimages")],
    ids=["without labels", "with labels"],
)
def test_figure_without_images_has_a_message(labels, message):
    display = DigitsDisplay(np.zeros((0, 8, 8)), *labels).plot()

    assert len(display.axes_) == 0
    assert display.figure_.axes[0].texts[0].get_text() == message


def test_perfect_predictions_leave_no_images(few_digits):
    X, y = few_digits.X_test, few_digits.y_test

    display = DigitsDisplay.from_predictions(X, y, y)

    assert len(display.images) == 0


@pytest.mark.parametrize("shape", [(3, 784), (3, 28, 28), (3, 28, 28, 1)], ids=str)
def test_images_of_every_layout_are_drawn(shape, mnist):
    X = mnist.X_test[:3].reshape(shape)

    display = DigitsDisplay.from_predictions(X, None, None, which="all")

    np.testing.assert_array_equal(display.images, mnist.X_test[:3].reshape(3, 28, 28))


def test_flat_images_get_the_shape_seen_in_fit(mnist):
    clf = MLPDigitClassifier(hidden_layer_sizes=(4,), epochs=1, random_state=0)
    clf.fit(mnist.X_train.reshape(-1, 14, 56), mnist.y_train)

    display = DigitsDisplay.from_estimator(clf, mnist.X_test[:2], which="all")

    assert display.images.shape == (2, 14, 56)


@pytest.mark.parametrize("in_search", [False, True], ids=["pipeline", "search"])
def test_images_are_drawn_as_they_enter_a_pipeline(in_search, few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    clf = make_pipeline(PCA(25, random_state=0), quick_mlp())
    if in_search:
        clf = GridSearchCV(clf, {"memory": [None]}, cv=2)

    display = DigitsDisplay.from_estimator(clf.fit(X, y), X, y)

    assert display.images.shape[1:] == (8, 8)


def test_errors_follow_predict_and_not_the_largest_probability(handful):
    X, y = handful
    is_eight = (y == 8).astype(int)
    clf = FixedThresholdClassifier(
        quick_mlp(), threshold=0.02, response_method="predict_proba"
    ).fit(X, is_eight)

    display = DigitsDisplay.from_estimator(clf, X, is_eight, n_images=200)

    assert len(display.axes_) == (clf.predict(X) != is_eight).sum() > 50


def test_classifier_without_predict_proba_is_drawn_without_confidence(few_digits):
    clf = SVC(kernel="linear", C=1e-4).fit(few_digits.X_train, few_digits.y_train)

    display = DigitsDisplay.from_estimator(clf, few_digits.X_test, few_digits.y_test)

    assert display.confidence is None
    assert len(display.axes_) > 0


def test_labels_may_be_a_column(weak, few_digits):
    X, y = few_digits.X_test[:50], few_digits.y_test[:50]
    frame = pd.DataFrame({"digit": y})

    with pytest.warns(DataConversionWarning):
        display = DigitsDisplay.from_predictions(X, frame, weak.predict(X))

    assert len(display.axes_) == min(25, (weak.predict(X) != y).sum())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"which": "wrong"}, r"which should be one of \['errors', .* got 'wrong'"),
        ({"which": "least_confident"}, "pass y_proba=estimator.predict_proba"),
        ({"y": None}, "got y=None"),
        ({"y_pred": None}, "got y_pred=None"),
        ({"n_images": 0}, "n_images == 0, must be >= 1"),
        ({"y": [1, 2]}, "inconsistent numbers of samples"),
        ({"X": np.zeros((3, 10))}, "10 pixels per image, which is not a square"),
        ({"X": np.zeros((3, 8, 8, 3))}, "colour images"),
        ({"X": np.zeros(64)}, r"should have shape \(n_samples"),
        ({"X": np.full((3, 64), np.nan)}, "NaN or infinite"),
        ({"y": ["1", "2", "3"]}, "[Mm]ix of"),
        ({"y": np.eye(3)}, "y should be a 1d array of labels"),
        ({"y_proba": [0.1, 0.2, 0.3]}, "y_proba should have shape"),
    ],
    ids=str,
)
def test_invalid_arguments_are_rejected(arguments, message):
    valid = {"X": np.zeros((3, 64)), "y": [1, 2, 3], "y_pred": [1, 2, 4]}

    with pytest.raises(ValueError, match=message):
        DigitsDisplay.from_predictions(**(valid | arguments))
