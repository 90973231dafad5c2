"""Forms in which the same 8 x 8 digits can be passed."""

import pandas as pd


def as_images(X):
    return X.reshape(-1, 8, 8)


def as_images_with_a_channel(X):
    return X.reshape(-1, 8, 8, 1)


def as_frame(X, dtype=None):
    return pd.DataFrame(X, dtype=dtype)
