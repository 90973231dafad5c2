"""DataFrames with odd columns, dtypes and indexes."""

import functools

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from support.classifiers import quick_mlp
from support.fuzzing import fuzz, only_errors_that_name
from support.odd_arrays import is_hashable, odd_values

DIGITS, LABELS = (array[:20] for array in load_digits(return_X_y=True))

DTYPES = [
    *["int64", "float32", "uint8", "float64", "bool", "Int64", "Float32", "boolean"],
    *["object", "string", "category", "datetime64[ns]", "timedelta64[ns]"],
    *["Sparse[float]", "complex64", "int8"],
]

COLUMNS = {
    "names": [f"pixel{number}" for number in range(64)],
    "numbers": range(64),
    "other order": range(63, -1, -1),
    "mixed": [*range(63), "last"],
    "duplicates": ["pixel"] * 64,
    "levels": pd.MultiIndex.from_product([range(8), range(8)]),
    "missing": [None, *range(63)],
    "dates": pd.date_range("2020-01-01", periods=64),
    "empty text": [""] * 64,
}

INDEXES = {
    "numbers": range(20),
    "duplicates": [0] * 20,
    "text": [f"image {number}" for number in range(20)],
    "dates": pd.date_range("2020-01-01", periods=20),
    "levels": pd.MultiIndex.from_product([range(4), range(5)]),
    "reversed": range(20, 0, -1),
    "missing": [None] * 20,
}


@st.composite
def frames(draw):
    """Draw twenty digits in a frame of which some columns have other dtypes."""
    frame = pd.DataFrame(
        DIGITS,
        index=INDEXES[draw(st.sampled_from(sorted(INDEXES)))],
        columns=COLUMNS[draw(st.sampled_from(sorted(COLUMNS)))],
    )
    whole = draw(st.sampled_from([*DTYPES, None, None]))
    if whole is not None:
        frame = as_type(frame, whole)
    columns = [frame.iloc[:, place] for place in range(64)]
    for place in draw(st.lists(st.sampled_from(range(64)), max_size=2)):
        column = as_type(columns[place], draw(st.sampled_from(DTYPES)))
        if draw(st.booleans()):
            column = column.astype(object)
            column.iloc[3] = draw(odd_values().filter(is_hashable))
        columns[place] = column
    changed = pd.concat(columns, axis=1)
    changed.columns = frame.columns
    return changed.iloc[:, : draw(st.sampled_from([64, 64, 64, 63, 0]))]


def as_type(data, dtype):
    try:
        return data.astype(dtype)
    except (TypeError, ValueError, OverflowError):
        return data


@functools.cache
def fitted(with_names):
    X = pd.DataFrame(DIGITS, columns=COLUMNS["names"]) if with_names else DIGITS
    return quick_mlp(epochs=1).fit(X, LABELS)


@fuzz(few=30, X=frames())
def test_initialize_takes_any_frame(X):
    with only_errors_that_name("X"):
        clf = quick_mlp().initialize(X, LABELS)
        assert clf.predict(X).shape == (20,)


@fuzz(X=frames(), with_names=st.booleans())
def test_predict_takes_any_frame(X, with_names):
    with only_errors_that_name("X"):
        probabilities = fitted(with_names).predict_proba(X)
        assert np.isfinite(probabilities).all()


@fuzz(columns=st.sampled_from(sorted(COLUMNS)), index=st.sampled_from(sorted(INDEXES)))
def test_frames_of_digits_are_predicted_like_arrays(columns, index):
    frame = pd.DataFrame(DIGITS, index=INDEXES[index], columns=COLUMNS[columns])

    with only_errors_that_name("X"):
        np.testing.assert_array_equal(
            fitted(False).predict_proba(frame), fitted(False).predict_proba(DIGITS)
        )


@fuzz(
    name=st.one_of(odd_values().filter(is_hashable), st.text()),
    index=st.sampled_from(sorted(INDEXES)),
    dtype=st.sampled_from(DTYPES),
)
def test_labels_in_a_series_can_have_any_name_index_and_dtype(name, index, dtype):
    y = as_type(pd.Series(LABELS, index=INDEXES[index], name=name), dtype)

    with only_errors_that_name("y"):
        clf = quick_mlp().initialize(DIGITS, y)
        assert len(clf.classes_) in (2, 10)
