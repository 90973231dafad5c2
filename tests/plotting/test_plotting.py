"""Displays: what they draw, from what, and what they refuse."""

import sys
import warnings

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from support.small_classifiers import make_dense

from digitclf import CNNDigitClassifier, MLPDigitClassifier, plotting
from digitclf.plotting import (
    DigitsDisplay,
    FeatureMapsDisplay,
    FiltersDisplay,
    PredictionDisplay,
    TrainingHistoryDisplay,
)

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def close_figures():
    """Forget the figures that a test has drawn."""
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def cnn(few_digits):
    """Return a fitted convolutional network with two convolutions."""
    clf = CNNDigitClassifier(
        filters=(4, 6), hidden_layer_sizes=(8,), epochs=3, random_state=0
    )
    return clf.fit(few_digits.X_train, few_digits.y_train)


@pytest.fixture(scope="module")
def weak(few_digits):
    """Return a fitted classifier that makes many mistakes."""
    return make_dense(epochs=1).fit(few_digits.X_train, few_digits.y_train)


def wrap_in_search(estimator):
    return GridSearchCV(estimator, {"memory": [None]}, cv=2)


def titles(display):
    return [ax.get_title() for ax in display.axes_]


# TrainingHistoryDisplay


def lines_of(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_history_is_drawn_as_it_was_measured(cnn):
    display = TrainingHistoryDisplay.from_estimator(cnn)

    for ax, metric in zip(display.axes_, ["loss", "accuracy"], strict=True):
        lines = lines_of(ax)
        np.testing.assert_array_equal(lines["training"].get_xdata(), [1, 2, 3])
        np.testing.assert_allclose(lines["training"].get_ydata(), cnn.history_[metric])
        np.testing.assert_allclose(
            lines["validation"].get_ydata(), cnn.history_[f"val_{metric}"]
        )


def test_best_epoch_and_the_end_are_marked(few_digits):
    clf = make_dense(epochs=30, patience=1, learning_rate=1.0)
    clf.fit(few_digits.X_train, few_digits.y_train)
    assert clf.best_epoch_ < clf.n_iter_

    lines = lines_of(TrainingHistoryDisplay.from_estimator(clf).axes_[0])

    best = lines[f"best epoch: {clf.best_epoch_}"]
    assert best.get_xdata() == [clf.best_epoch_]
    assert best.get_ydata() == pytest.approx([clf.best_validation_loss_])
    stopped = lines[f"training stopped: {clf.n_iter_}"]
    assert set(stopped.get_xdata()) == {clf.n_iter_}


def test_lines_differ_in_more_than_colour(cnn):
    lines = lines_of(TrainingHistoryDisplay.from_estimator(cnn).axes_[0])

    styles = {
        lines[name].get_linestyle()
        for name in ("training", "validation", "training stopped: 3")
    }
    assert len(styles) == 3


def test_history_without_validation_has_one_curve(handful):
    clf = make_dense(validation_split=0).fit(*handful)

    lines = lines_of(TrainingHistoryDisplay.from_estimator(clf).axes_[0])

    assert "training" in lines
    assert "validation" not in lines


def test_history_of_what_keras_returns():
    history = {"loss": [1.0, 0.5], "val_loss": [0.9, 0.6]}

    display = TrainingHistoryDisplay(history).plot(metrics="loss")

    assert len(display.axes_) == 1
    assert not any("best" in label for label in lines_of(display.axes_[0]))


def test_estimator_without_history_is_refused(handful):
    clf = make_dense().initialize(*handful)

    with pytest.raises(ValueError, match=r"has no history.*Call fit first"):
        TrainingHistoryDisplay.from_estimator(clf)


def test_unknown_metric_names_those_there_are(cnn):
    with pytest.raises(ValueError, match=r"\['loss', 'accuracy'\]"):
        TrainingHistoryDisplay.from_estimator(cnn, metrics=["auc"])


# DigitsDisplay


def test_errors_are_those_of_the_estimator(weak, few_digits):
    X, y = few_digits.X_test, few_digits.y_test
    y_pred = weak.predict(X)
    wrong = np.flatnonzero(y_pred != y)
    assert len(wrong) > 5

    display = DigitsDisplay.from_estimator(weak, X, y, n_images=5)

    assert len(display.axes_) == 5
    for ax, place in zip(display.axes_, wrong, strict=False):
        assert ax.get_title().startswith(f"{y[place]} read as {y_pred[place]}\n")
        np.testing.assert_array_equal(ax.images[0].get_array(), X[place].reshape(8, 8))


def test_least_confident_come_first(weak, few_digits):
    X = few_digits.X_test
    confidence = weak.predict_proba(X).max(axis=1)

    display = DigitsDisplay.from_estimator(weak, X, which="least_confident", n_images=4)

    np.testing.assert_allclose(display.confidence, np.sort(confidence)[:4])


def test_from_predictions_draws_what_from_estimator_does(weak, few_digits):
    X, y = few_digits.X_test, few_digits.y_test

    mine = DigitsDisplay.from_estimator(weak, X, y)
    same = DigitsDisplay.from_predictions(
        X, y, weak.predict(X), y_proba=weak.predict_proba(X)
    )

    assert titles(mine) == titles(same)


def test_all_images_in_their_order_without_predictions(few_digits):
    X, y = few_digits.X_test[:6], few_digits.y_test[:6]

    display = DigitsDisplay.from_predictions(X, y, None, which="all")

    assert titles(display) == [str(label) for label in y]


def test_no_errors_are_said_in_words(few_digits):
    X, y = few_digits.X_test, few_digits.y_test

    display = DigitsDisplay.from_predictions(X, y, y)

    assert len(display.axes_) == 0
    assert display.figure_.axes[0].texts[0].get_text() == "no such images"


@pytest.mark.parametrize("form", ["flat", "image", "channel"])
def test_digits_take_images_of_every_layout(form, mnist):
    X = mnist.X_test[:3]
    shapes = {"flat": (3, 784), "image": (3, 28, 28), "channel": (3, 28, 28, 1)}

    display = DigitsDisplay.from_predictions(
        X.reshape(shapes[form]), None, None, which="all"
    )

    assert display.images.shape == (3, 28, 28)


def test_digits_of_any_classifier(few_digits):
    clf = LogisticRegression(max_iter=20).fit(few_digits.X_train, few_digits.y_train)

    display = DigitsDisplay.from_estimator(
        clf, few_digits.X_test, few_digits.y_test, which="all", n_images=3
    )

    assert len(display.axes_) == 3


@pytest.mark.parametrize(
    ("kwargs", "told"),
    [
        ({"which": "wrong"}, r"which='wrong' should be one of \['errors', 'all'"),
        ({"which": "least_confident"}, "pass y_proba=estimator.predict_proba"),
        ({"y": None}, "got y=None"),
        ({"y_pred": None}, "got y_pred=None"),
        ({"n_images": 0}, "n_images == 0, must be >= 1"),
        ({"y": [1, 2]}, "inconsistent numbers of samples"),
        ({"X": np.zeros((3, 10))}, "10 pixels an image, which make no square"),
        ({"X": np.zeros((3, 8, 8, 3))}, "look like colour images"),
        ({"X": np.zeros(64)}, "should hold images of shape"),
        ({"X": np.full((3, 64), np.nan)}, "NaN or infinite"),
        ({"y": ["1", "2", "3"]}, "[Mm]ix of"),
        ({"y": np.eye(3)}, "y should be a 1d array of labels"),
        ({"y_proba": [0.1, 0.2, 0.3]}, "y_proba should have the shape"),
    ],
    ids=str,
)
def test_digits_refuse(kwargs, told):
    given = {"X": np.zeros((3, 64)), "y": [1, 2, 3], "y_pred": [1, 2, 4]}

    with pytest.raises(ValueError, match=told):
        DigitsDisplay.from_predictions(**(given | kwargs))


def test_labels_in_a_column_are_labels(weak, few_digits):
    X, y = few_digits.X_test[:50], few_digits.y_test[:50]
    frame = pd.DataFrame({"digit": y})

    with pytest.warns(DataConversionWarning):
        display = DigitsDisplay.from_predictions(X, frame, weak.predict(X))

    assert len(display.axes_) == min(25, (weak.predict(X) != y).sum())


def test_errors_are_those_of_predict_not_of_the_largest_probability(handful):
    X, y = handful
    is_eight = (y == 8).astype(int)
    clf = FixedThresholdClassifier(
        make_dense(), threshold=0.02, response_method="predict_proba"
    ).fit(X, is_eight)

    display = DigitsDisplay.from_estimator(clf, X, is_eight, n_images=200)

    assert len(display.axes_) == (clf.predict(X) != is_eight).sum() > 50


def test_errors_need_no_probabilities(few_digits):
    clf = SVC(kernel="linear", C=1e-4).fit(few_digits.X_train, few_digits.y_train)

    display = DigitsDisplay.from_estimator(clf, few_digits.X_test, few_digits.y_test)

    assert display.confidence is None
    assert len(display.axes_) > 0


@pytest.mark.parametrize("wrap", [lambda x: x, wrap_in_search], ids=["plain", "search"])
def test_images_before_a_pipeline_keep_their_shape(wrap, few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    clf = wrap(make_pipeline(PCA(25, random_state=0), make_dense())).fit(X, y)

    display = DigitsDisplay.from_estimator(clf, X, y)

    assert display.images.shape[1:] == (8, 8)


# PredictionDisplay


def test_bars_are_the_probabilities(cnn, few_digits):
    image, label = few_digits.X_test[0], few_digits.y_test[0]
    expected = cnn.predict_proba([image])[0]

    display = PredictionDisplay.from_estimator(cnn, image, label)

    picture, bars = display.axes_
    heights = [bar.get_height() for bar in bars.patches]
    np.testing.assert_allclose(heights, expected)
    assert [each.get_text() for each in bars.get_xticklabels()] == [*"0123456789"]
    assert str(cnn.classes_[expected.argmax()]) in picture.get_title()


@pytest.mark.parametrize("shape", [(64,), (8, 8), (8, 8, 1), (1, 64), (1, 8, 8)])
def test_prediction_takes_an_image_of_every_layout(shape, cnn, few_digits):
    display = PredictionDisplay.from_estimator(cnn, few_digits.X_test[0].reshape(shape))

    np.testing.assert_array_equal(display.image, few_digits.X_test[0].reshape(8, 8))


def test_true_class_of_a_wrong_prediction_is_hatched():
    display = PredictionDisplay.from_predictions(
        np.zeros((4, 4)), [0.2, 0.7, 0.1], classes=["a", "b", "c"], y="c"
    )

    picture, bars = display.axes_
    assert picture.get_title() == "c read as b"
    assert [bool(bar.get_hatch()) for bar in bars.patches] == [False, False, True]


def test_prediction_of_several_images_is_refused(cnn, few_digits):
    with pytest.raises(ValueError, match=r"one image, got 5.*Pass X\[0\]"):
        PredictionDisplay.from_estimator(cnn, few_digits.X_test[:5])


def test_probabilities_that_fit_no_classes_are_refused():
    with pytest.raises(ValueError, match=r"2 probabilities, .* shape \(3,\)"):
        PredictionDisplay.from_predictions(
            np.zeros((4, 4)), [0.5, 0.5], classes=[1, 2, 3]
        )


def test_names_of_columns_reach_the_estimator(few_digits):
    frame = pd.DataFrame(few_digits.X_train).add_prefix("pixel_")
    clf = make_dense().fit(frame, few_digits.y_train)

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        display = PredictionDisplay.from_estimator(clf, frame.iloc[[0]])

    np.testing.assert_array_equal(display.y_proba, clf.predict_proba(frame)[0])


def test_several_labels_for_one_image_are_refused(cnn, few_digits):
    with pytest.raises(ValueError, match=r"label of one image, got .* of 3"):
        PredictionDisplay.from_estimator(cnn, few_digits.X_test[0], [1, 2, 3])
    assert plt.get_fignums() == []


# FiltersDisplay and FeatureMapsDisplay


def test_filters_are_the_weights(cnn):
    kernel = np.asarray(cnn.model_.get_layer("convolution_2").kernel)

    display = FiltersDisplay.from_estimator(cnn, layer="convolution_2", channel=3)

    assert len(display.axes_) == 6
    for number, ax in enumerate(display.axes_):
        np.testing.assert_array_equal(ax.images[0].get_array(), kernel[:, :, 3, number])
        low, high = ax.images[0].get_clim()
        assert low == -high


def test_feature_maps_are_what_the_layers_make(cnn, few_digits):
    image = few_digits.X_test[0]
    display = FeatureMapsDisplay.from_estimator(cnn, image)

    assert {name: maps.shape for name, maps in display.maps.items()} == {
        "convolution_1": (6, 6, 4),
        "convolution_2": (4, 4, 6),
        "pooling": (2, 2, 6),
    }
    kernel, bias = (
        np.asarray(each) for each in cnn.model_.get_layer("convolution_1").weights
    )
    low, high = cnn.pixel_range_
    scaled = (image.reshape(8, 8) - low) / (high - low)
    windows = np.lib.stride_tricks.sliding_window_view(scaled, (3, 3))
    by_hand = np.maximum(0, np.einsum("ijkl,klf->ijf", windows, kernel[:, :, 0]) + bias)
    np.testing.assert_allclose(display.maps["convolution_1"], by_hand, atol=1e-5)
    second = display.maps["convolution_2"]
    np.testing.assert_array_equal(
        display.maps["pooling"], second.reshape(2, 2, 2, 2, 6).max(axis=(1, 3))
    )


def test_feature_maps_of_one_layer(cnn, few_digits):
    display = FeatureMapsDisplay.from_estimator(
        cnn, few_digits.X_test[0], layers="dropout"
    )

    assert list(display.maps) == ["dropout"]
    assert display.axes_.shape == (2, 6)


def test_feature_maps_have_a_row_a_layer(cnn, few_digits):
    display = FeatureMapsDisplay.from_estimator(cnn, few_digits.X_test[0], max_maps=5)

    assert display.axes_.shape == (4, 5)
    assert [ax.get_ylabel() for ax in display.axes_[:, 0]] == [
        "image\n8 × 8",
        "convolution_1\n6 × 6",
        "convolution_2\n4 × 4\n5 of 6 maps",
        "pooling\n2 × 2\n5 of 6 maps",
    ]


@pytest.mark.parametrize(
    "draw",
    [
        lambda clf, X: FiltersDisplay.from_estimator(clf, layer="conv"),
        lambda clf, X: FeatureMapsDisplay.from_estimator(clf, X[0], layers="conv"),
    ],
    ids=["filters", "maps"],
)
def test_unknown_layer_names_those_there_are(draw, cnn, few_digits):
    with pytest.raises(ValueError, match=r"no layer 'conv'.*'convolution_1'"):
        draw(cnn, few_digits.X_test)


@pytest.mark.parametrize(
    "draw",
    [
        lambda clf, X: FiltersDisplay.from_estimator(clf),
        lambda clf, X: FeatureMapsDisplay.from_estimator(clf, X[0]),
    ],
    ids=["filters", "maps"],
)
def test_network_without_convolution_is_refused(draw, weak, few_digits):
    with pytest.raises(ValueError, match="no convolution"):
        draw(weak, few_digits.X_test)


def test_channel_out_of_range_is_refused(cnn):
    with pytest.raises(ValueError, match="channel == 4, must be <= 3"):
        FiltersDisplay.from_estimator(cnn, layer="convolution_2", channel=4)


# All of them


DRAW = {
    "TrainingHistoryDisplay": lambda clf, X, **kwargs: (
        TrainingHistoryDisplay.from_estimator(clf, **kwargs)
    ),
    "DigitsDisplay": lambda clf, X, **kwargs: DigitsDisplay.from_estimator(
        clf, X[:4], which="all", **kwargs
    ),
    "PredictionDisplay": lambda clf, X, **kwargs: PredictionDisplay.from_estimator(
        clf, X[0], **kwargs
    ),
    "FiltersDisplay": lambda clf, X, **kwargs: FiltersDisplay.from_estimator(
        clf, **kwargs
    ),
    "FeatureMapsDisplay": lambda clf, X, **kwargs: FeatureMapsDisplay.from_estimator(
        clf, X[0], **kwargs
    ),
}
every_display = pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)


def test_every_display_is_tested():
    assert sorted(DRAW) == plotting.__all__


@every_display
def test_unfitted_estimator_is_refused(draw, few_digits):
    with pytest.raises(NotFittedError):
        draw(CNNDigitClassifier(), few_digits.X_test)


@pytest.mark.parametrize("name", sorted(set(DRAW) - {"DigitsDisplay"}))
def test_other_estimators_are_refused(name, few_digits):
    clf = LogisticRegression(max_iter=5).fit(few_digits.X_train, few_digits.y_train)

    with pytest.raises(TypeError, match=f"{name}.from_estimator expects"):
        DRAW[name](clf, few_digits.X_test)


@pytest.mark.parametrize(
    "name", ["DigitsDisplay", "FeatureMapsDisplay", "PredictionDisplay"]
)
def test_images_of_another_shape_are_refused(name, cnn):
    with pytest.raises(ValueError, match=r"64|\(8, 8\)"):
        DRAW[name](cnn, np.zeros((5, 81)))


def test_image_of_other_sides_but_as_many_pixels_is_refused(cnn, few_digits):
    with pytest.raises(ValueError, match=r"images of shape \(4, 16\)"):
        FeatureMapsDisplay.from_estimator(cnn, few_digits.X_test[0].reshape(4, 16))


@every_display
def test_search_without_refit_says_so(draw, handful):
    search = GridSearchCV(make_dense(), {"epochs": [1]}, cv=2, refit=False)
    search.fit(*handful)

    with pytest.raises(ValueError, match="refit=False"):
        draw(search, handful[0])


@every_display
def test_dark_style_leaves_nothing_black_on_black(draw, cnn, few_digits):
    with plt.style.context("dark_background"):
        display = draw(cnn, few_digits.X_test)
        texts = display.figure_.findobj(matplotlib.text.Text)

    written = [each for each in texts if each.get_text().strip()]
    assert all(each.get_color() != "black" for each in written)


@every_display
def test_images_stand_upright_whatever_the_defaults(draw, cnn, few_digits):
    with plt.rc_context({"image.origin": "lower", "image.aspect": "auto"}):
        display = draw(cnn, few_digits.X_test)

    for ax in np.ravel(display.axes_):
        for image in ax.images:
            assert image.origin == "upper"
            assert ax.get_aspect() == 1.0


@every_display
@pytest.mark.parametrize("ax", ["figure", "text"])
def test_what_is_no_axes_is_refused(ax, draw, cnn, few_digits):
    given = plt.figure() if ax == "figure" else "axes"

    with pytest.raises(TypeError, match="ax should be a matplotlib Axes"):
        draw(cnn, few_digits.X_test, ax=given)


@every_display
def test_search_and_pipeline_are_opened(draw, few_digits):
    X, y = few_digits.X_train[:200], few_digits.y_train[:200]
    clf = CNNDigitClassifier(filters=(2,), epochs=1, random_state=0)
    search = GridSearchCV(
        make_pipeline(MinMaxScaler(), clf), {"cnndigitclassifier__dropout": [0.1]}, cv=2
    ).fit(X, y)

    display = draw(search, X)

    assert display.figure_.axes


@every_display
def test_given_axes_are_divided(draw, cnn, few_digits):
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")

    display = draw(cnn, few_digits.X_test, ax=left)

    assert display.figure_ is figure
    assert not left.axison
    assert not right.images + right.lines
    assert plt.get_fignums() == [figure.number]


@every_display
def test_an_axes_for_each_panel_is_used(draw, cnn, few_digits):
    panels = np.ravel(draw(cnn, few_digits.X_test).axes_)
    _, axes = plt.subplots(1, len(panels))

    display = draw(cnn, few_digits.X_test, ax=axes)

    assert list(np.ravel(display.axes_)) == list(axes)


@every_display
def test_another_number_of_axes_is_refused(draw, cnn, few_digits):
    _, axes = plt.subplots(1, 3)

    with pytest.raises(ValueError, match="panels, but ax has 3 axes"):
        draw(cnn, few_digits.X_test, ax=axes)


@every_display
def test_nothing_global_changes_and_nothing_is_shown(
    draw, cnn, few_digits, monkeypatch
):
    def fail(*args, **kwargs):
        pytest.fail("plt.show was called")

    monkeypatch.setattr(plt, "show", fail)
    before = dict(matplotlib.rcParams)

    draw(cnn, few_digits.X_test)

    assert dict(matplotlib.rcParams) == before


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError, match=r'pip install "digitclf\[plot\]"'):
        TrainingHistoryDisplay({"loss": [1.0], "accuracy": [0.1]}).plot()


def test_standardised_images_go_through_a_pipeline(few_digits):
    X, y = few_digits.X_train, few_digits.y_train
    pipeline = make_pipeline(StandardScaler(), make_dense()).fit(X, y)

    display = PredictionDisplay.from_estimator(pipeline, X[0])

    np.testing.assert_allclose(display.y_proba, pipeline.predict_proba(X[:1])[0])
    np.testing.assert_array_equal(display.image, X[0].reshape(8, 8))


def test_dense_network_of_mnist_shape_has_pictures_of_it(mnist):
    clf = MLPDigitClassifier(hidden_layer_sizes=(4,), epochs=1, random_state=0)
    clf.fit(mnist.X_train.reshape(-1, 14, 56), mnist.y_train)

    display = DigitsDisplay.from_estimator(clf, mnist.X_test[:2], which="all")

    assert display.images.shape == (2, 14, 56)
