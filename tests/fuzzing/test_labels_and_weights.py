"""Labels and weights of any kind: a fit, or an error that names the argument."""

import functools

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from support.classifiers import quick_mlp
from support.fuzzing import fuzz, only_errors_that_name
from support.odd_arrays import (
    EXTREMES,
    ODD_VALUES,
    arrays_like,
    is_hashable,
    odd_values,
)

DIGITS, LABELS = (array[:20] for array in load_digits(return_X_y=True))


def as_series(values):
    return pd.Series(values, dtype=object)


def as_object_array(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def as_category(values):
    try:
        return pd.Categorical(values)
    except (TypeError, ValueError):
        return values


CONTAINERS = [list, tuple, as_series, as_object_array, as_category, pd.Index, iter]


@st.composite
def labels(draw):
    """Draw twenty labels: of a few odd values, or an array that may not fit."""
    if draw(st.booleans()):
        return draw(
            arrays_like(LABELS, [(20,)] * 6 + [(20, 1), (1, 20), (20, 2), (19,), ()])
        )
    few = draw(st.lists(odd_values(), min_size=1, max_size=4))
    values = [few[place % len(few)] for place in range(20)]
    try:
        return draw(st.sampled_from(CONTAINERS))(values)
    except (TypeError, ValueError, OverflowError):
        return values


@fuzz(few=150, y=labels())
def test_fit_takes_any_labels(y):
    clf = quick_mlp()
    with only_errors_that_name("y"):
        clf.initialize(DIGITS, y)
        assert set(clf.predict(DIGITS)) <= set(clf.classes_)
        assert 0 <= clf.score(DIGITS, y) <= 1


def weights():
    """Return a strategy of weights: extreme, odd, or an array that may not fit."""
    extreme = [*EXTREMES, 5e-324, 1e-40, 1e-60, -1e-9]
    return st.one_of(
        st.lists(st.sampled_from(extreme), min_size=1, max_size=4).map(
            lambda few: [few[place % len(few)] for place in range(20)]
        ),
        st.lists(st.floats(0, 1e300), min_size=20, max_size=20),
        arrays_like(np.arange(1, 21), [(20,)] * 3 + [(20, 1), (1, 20), (19,), ()]),
        odd_values(),
        st.lists(odd_values(), min_size=20, max_size=20),
    )


@functools.cache
def fitted():
    return quick_mlp(epochs=1).fit(DIGITS, LABELS)


@fuzz(y=labels())
def test_score_takes_any_labels(y):
    with only_errors_that_name("y"):
        assert 0 <= fitted().score(DIGITS, y) <= 1


@fuzz(sample_weight=weights())
def test_score_takes_any_sample_weights(sample_weight):
    with only_errors_that_name("sample_weight"):
        assert 0 <= fitted().score(DIGITS, LABELS, sample_weight) <= 1


@fuzz(classes=st.one_of(odd_values(), labels()))
def test_partial_fit_takes_any_classes(classes):
    with only_errors_that_name("y", "classes"):
        quick_mlp().partial_fit(DIGITS, LABELS, classes)


@fuzz(y=st.one_of(odd_values(), labels()), X=odd_values())
def test_validation_data_can_be_anything(X, y):
    clf = quick_mlp(epochs=1)
    with only_errors_that_name("X_val", "y_val"):
        clf.fit(DIGITS, LABELS, X_val=DIGITS, y_val=y)
    with only_errors_that_name("X_val", "y_val"):
        clf.fit(DIGITS, LABELS, X_val=X, y_val=LABELS)


@fuzz(sample_weight=weights(), balanced=st.booleans())
def test_fit_takes_any_sample_weights(sample_weight, balanced):
    clf = quick_mlp(epochs=1, class_weight="balanced" if balanced else None)
    with only_errors_that_name("sample_weight"):
        clf.fit(DIGITS, LABELS, sample_weight=sample_weight)
        assert np.isfinite(clf.history_["loss"]).all()


@fuzz(sample_weight_val=weights())
def test_fit_takes_any_weights_of_validation_images(sample_weight_val):
    clf = quick_mlp(epochs=1)
    validation = {"X_val": DIGITS, "y_val": LABELS}
    with only_errors_that_name("sample_weight_val"):
        clf.fit(DIGITS, LABELS, sample_weight_val=sample_weight_val, **validation)


KEYS = [*range(12), *[str(label) for label in range(3)], 3.0, np.int64(4)]
KEYS += [value for value in ODD_VALUES if is_hashable(value)]


@fuzz(
    class_weight=st.one_of(
        st.dictionaries(
            st.sampled_from(KEYS),
            st.one_of(st.sampled_from([1.0, 0.0, 2.5, *EXTREMES]), odd_values()),
            max_size=4,
        ),
        st.dictionaries(
            st.sampled_from(range(10)), st.floats(0, 1e300), min_size=1, max_size=10
        ),
        odd_values(),
    )
)
def test_fit_takes_any_class_weights(class_weight):
    clf = quick_mlp(epochs=1, class_weight=class_weight)
    with only_errors_that_name("class_weight"):
        clf.fit(DIGITS, LABELS)
        assert np.isfinite(clf.history_["loss"]).all()
