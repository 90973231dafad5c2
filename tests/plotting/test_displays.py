"""Behaviour that all displays share: estimators, Axes and matplotlib's settings."""

import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from support.classifiers import quick_mlp

from digitclf import CNNDigitClassifier, plotting
from digitclf.plotting import (
    DigitsDisplay,
    FeatureMapsDisplay,
    FiltersDisplay,
    PredictionDisplay,
    TrainingHistoryDisplay,
)

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


def displays(*names):
    return pytest.mark.parametrize("draw", [DRAW[name] for name in names], ids=names)


every_display = displays(*DRAW)


def drawn_on(display):
    """Return all numbers that are drawn on the Axes of a display."""
    axes = np.ravel(display.axes_)
    images = [image.get_array() for ax in axes for image in ax.images]
    lines = [line.get_ydata() for ax in axes for line in ax.lines]
    bars = [bar.get_height() for ax in axes for bar in ax.patches]
    return np.concatenate([np.ravel(values) for values in [*images, *lines, bars]])


def test_every_display_is_tested():
    # Displays of pages have tests of their own, because they are not drawn from an
    # estimator: test_page_display.py and test_reading_steps_display.py.
    assert sorted([*DRAW, "PageDisplay", "ReadingStepsDisplay"]) == plotting.__all__


# Estimators


@every_display
def test_unfitted_estimator_is_rejected(draw, few_digits):
    with pytest.raises(NotFittedError):
        draw(CNNDigitClassifier(), few_digits.X_test)


@pytest.mark.parametrize("name", sorted(set(DRAW) - {"DigitsDisplay"}))
def test_other_estimator_is_rejected(name, few_digits):
    clf = DummyClassifier().fit(few_digits.X_train, few_digits.y_train)

    with pytest.raises(TypeError, match=f"{name}.from_estimator expects"):
        DRAW[name](clf, few_digits.X_test)


@pytest.fixture(scope="module")
def search(few_digits):
    """Return a fitted search over a Pipeline."""
    clf = CNNDigitClassifier(filters=(2,), epochs=1, random_state=0)
    search = GridSearchCV(
        make_pipeline(FunctionTransformer(), clf),
        {"cnndigitclassifier__dropout": [0.1]},
        cv=2,
    )
    return search.fit(few_digits.X_train[:200], few_digits.y_train[:200])


@every_display
def test_search_is_drawn_like_its_best_estimator(draw, search, few_digits):
    X = few_digits.X_test

    display = draw(search, X)

    expected = draw(search.best_estimator_, X)
    np.testing.assert_array_equal(drawn_on(display), drawn_on(expected))


@displays("TrainingHistoryDisplay", "FiltersDisplay", "FeatureMapsDisplay")
def test_pipeline_is_drawn_like_its_classifier(draw, search, few_digits):
    X = few_digits.X_test

    display = draw(search.best_estimator_, X)

    expected = draw(search.best_estimator_[-1], X)
    np.testing.assert_array_equal(drawn_on(display), drawn_on(expected))


@every_display
def test_search_without_refit_is_rejected(draw, handful):
    search = GridSearchCV(quick_mlp(), {"epochs": [1]}, cv=2, refit=False)
    search.fit(*handful)

    with pytest.raises(ValueError, match="refit=False"):
        draw(search, handful[0])


@displays("DigitsDisplay", "FeatureMapsDisplay", "PredictionDisplay")
def test_images_of_another_shape_are_rejected(draw, cnn):
    with pytest.raises(ValueError, match=r"64|\(8, 8\)"):
        draw(cnn, np.zeros((5, 81)))


@displays("FiltersDisplay", "FeatureMapsDisplay")
def test_network_without_convolution_is_rejected(draw, weak, few_digits):
    with pytest.raises(ValueError, match="no convolution"):
        draw(weak, few_digits.X_test)


@pytest.mark.parametrize(
    ("name", "argument"),
    [("FiltersDisplay", "layer"), ("FeatureMapsDisplay", "layers")],
)
def test_error_for_an_unknown_layer_lists_the_available_ones(
    name, argument, cnn, few_digits
):
    with pytest.raises(ValueError, match=r"no layer 'conv'.*'convolution_1'"):
        DRAW[name](cnn, few_digits.X_test, **{argument: "conv"})


# Axes


@every_display
def test_single_axes_is_divided_into_panels(draw, cnn, few_digits):
    figure, (left, right) = plt.subplots(1, 2, layout="constrained")

    display = draw(cnn, few_digits.X_test, ax=left)

    assert display.figure_ is figure
    assert not left.axison
    assert not right.images + right.lines
    assert plt.get_fignums() == [figure.number]


@every_display
def test_one_axes_per_panel_is_used_as_given(draw, cnn, few_digits):
    n_panels = np.size(draw(cnn, few_digits.X_test).axes_)
    _, axes = plt.subplots(1, n_panels)

    display = draw(cnn, few_digits.X_test, ax=axes)

    assert list(np.ravel(display.axes_)) == list(axes)


@every_display
def test_divided_axes_is_rejected_and_its_panels_are_accepted(draw, cnn, few_digits):
    _, ax = plt.subplots()
    display = draw(cnn, few_digits.X_test, ax=ax)
    panels = list(np.ravel(display.axes_))

    with pytest.raises(ValueError, match=r"already been divided.*ax=display\.axes_"):
        display.plot(ax=ax)

    display.plot(ax=display.axes_)
    assert list(np.ravel(display.axes_)) == panels


@every_display
def test_wrong_number_of_axes_is_rejected(draw, cnn, few_digits):
    _, axes = plt.subplots(1, 3)

    with pytest.raises(ValueError, match="panels, but ax has 3 Axes"):
        draw(cnn, few_digits.X_test, ax=axes)


@every_display
@pytest.mark.parametrize("kind", ["figure", "text"])
def test_anything_but_axes_is_rejected(kind, draw, cnn, few_digits):
    ax = plt.figure() if kind == "figure" else "axes"

    with pytest.raises(TypeError, match="ax should be a matplotlib Axes"):
        draw(cnn, few_digits.X_test, ax=ax)


# Matplotlib


@every_display
def test_dark_style_has_no_black_text(draw, cnn, few_digits):
    with plt.style.context("dark_background"):
        display = draw(cnn, few_digits.X_test)
        texts = display.figure_.findobj(matplotlib.text.Text)

    assert all(text.get_color() != "black" for text in texts if text.get_text().strip())


@every_display
def test_images_do_not_depend_on_rc_params(draw, cnn, few_digits):
    with plt.rc_context({"image.origin": "lower", "image.aspect": "auto"}):
        display = draw(cnn, few_digits.X_test)

    for ax in np.ravel(display.axes_):
        for image in ax.images:
            assert image.origin == "upper"
            assert ax.get_aspect() == 1.0


@every_display
def test_rc_params_do_not_change_and_no_figure_is_shown(
    draw, cnn, few_digits, monkeypatch
):
    def fail(*args, **kwargs):
        pytest.fail("plt.show was called")

    monkeypatch.setattr(plt, "show", fail)
    before = dict(matplotlib.rcParams)

    draw(cnn, few_digits.X_test)

    assert dict(matplotlib.rcParams) == before


def test_error_without_matplotlib_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError, match=r'pip install "digitclf\[plot\]"'):
        TrainingHistoryDisplay({"loss": [1.0], "accuracy": [0.1]}).plot()
