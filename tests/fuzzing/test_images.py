"""Images of any dtype, layout and container: predictions or an error that names X."""

import functools

import numpy as np
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from support.classifiers import quick_mlp
from support.fuzzing import fuzz, only_errors_that_name
from support.odd_arrays import LAYOUTS, arrays_like

DIGITS, LABELS = (array[:20] for array in load_digits(return_X_y=True))

USUAL_SHAPES = [*[(20, 64)] * 4, *[(20, 8, 8)] * 3, *[(20, 8, 8, 1)] * 2]
BAD_SHAPES = [
    *[(1, 64), (1, 8, 8), (64,), (20, 8, 8, 3), (20, 1, 8, 8), (2, 2, 8, 8, 1)],
    *[(20, 0), (0, 64), (0, 8, 8), (20,), ()],
]
OTHER_SHAPES = [(20, 63), (20, 8), (8, 8), (20, 2, 3), (20, 1)]
SHAPES = USUAL_SHAPES + BAD_SHAPES


@functools.cache
def fitted():
    return quick_mlp(epochs=1).fit(DIGITS, LABELS)


@fuzz(X=arrays_like(DIGITS, SHAPES))
def test_fit_takes_any_images(X):
    clf = quick_mlp(epochs=1, validation_split=0.0)

    with only_errors_that_name("X"):
        clf.fit(X, LABELS)
        assert clf.n_features_in_ == 64
        assert np.isfinite(clf.history_["loss"]).all()


@fuzz(X=arrays_like(DIGITS, SHAPES + OTHER_SHAPES))
def test_initialize_takes_any_images(X):
    with only_errors_that_name("X"):
        clf = quick_mlp().initialize(X, LABELS)
        assert np.isfinite(clf.pixel_range_).all()


@fuzz(few=200, X=arrays_like(DIGITS, SHAPES + OTHER_SHAPES))
def test_predict_takes_any_images(X):
    with only_errors_that_name("X"):
        probabilities = fitted().predict_proba(X)
        assert probabilities.shape == (len(probabilities), 10)
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


@fuzz(
    dtype=st.sampled_from(["u1", "i2", "i8", "f4", "f8", "f2"]),
    swapped=st.booleans(),
    layout=st.sampled_from(sorted(LAYOUTS)),
    shape=st.sampled_from([(20, 64), (20, 8, 8), (20, 8, 8, 1)]),
    as_list=st.booleans(),
)
def test_predictions_do_not_depend_on_the_layout(
    dtype, swapped, layout, shape, as_list
):
    dtype = np.dtype(dtype).newbyteorder() if swapped else np.dtype(dtype)
    X = LAYOUTS[layout](DIGITS.astype(dtype).reshape(shape))
    X = X.tolist() if as_list else X

    np.testing.assert_array_equal(
        fitted().predict_proba(X), fitted().predict_proba(DIGITS)
    )
