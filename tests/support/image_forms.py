"""Forms in which the same 8 x 8 digits can be passed."""

import numpy as np
import pandas as pd


def as_images(X):
    return X.reshape(-1, 8, 8)


def as_images_with_a_channel(X):
    return X.reshape(-1, 8, 8, 1)


def as_images_with_channel_first(X):
    return X.reshape(-1, 1, 8, 8)


def as_separate_images(X):
    """Return a 1-d array of objects that are images."""
    images = np.empty(len(X), dtype=object)
    images[:] = list(as_images(X))
    return images


def as_frame(X, dtype=None):
    return pd.DataFrame(X, dtype=dtype)
