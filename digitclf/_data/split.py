"""The validation split: which images are held out of training, and by what chance."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from digitclf._messages import warn_caller


def split_off_validation(
    codes: np.ndarray, validation_split: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the samples to hold out, in the classes' own proportions if possible.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,)
        The class of each sample.
    validation_split : float
        Share of the samples to hold out.
    seed : int
        All of the chance.

    Returns
    -------
    train : ndarray of int, positions of the samples to train on
    validation : ndarray of int, positions of those held out; empty if none can be

    Warns
    -----
    UserWarning
        If a class is too small to stratify, or there are too few samples to hold any
        out.
    """
    n_samples = len(codes)
    n_validation = int(n_samples * validation_split)
    everything = np.arange(n_samples), np.arange(0)
    if validation_split == 0:
        return everything
    if n_validation == 0:
        _warn_that_none_is_held_out(
            f"validation_split={validation_split} of {n_samples} samples"
        )
        return everything
    n_classes = len(np.unique(codes))
    if _can_be_stratified(codes, n_validation):
        splitter = StratifiedShuffleSplit(1, test_size=n_validation, random_state=seed)
        training, validation = next(splitter.split(np.zeros(n_samples), codes))
        if len(np.unique(codes[training])) == n_classes:
            return training, validation
    training, validation = _split_without_strata(codes, n_validation, seed)
    if len(validation) == 0:
        _warn_that_none_is_held_out("To have one sample of each class to train on")
        return everything
    smallest = np.unique(codes, return_counts=True)[1].min()
    warn_caller(
        f"There are too few samples to hold out {n_validation} of {n_samples} in the "
        f"classes' own proportions (the smallest class has {smallest}): the validation "
        "samples are drawn at random instead."
    )
    return training, validation


def _can_be_stratified(codes: np.ndarray, n_validation: int) -> bool:
    sizes = np.unique(codes, return_counts=True)[1]
    return sizes.min() >= 2 and (
        min(n_validation, len(codes) - n_validation) >= len(sizes)
    )


def _split_without_strata(
    codes: np.ndarray, n_validation: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Hold out at random, but leave at least one sample of each class to train on."""
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    first_of_each_class = np.unique(codes[shuffled], return_index=True)[1]
    validation = np.delete(shuffled, first_of_each_class)[:n_validation]
    return np.setdiff1d(np.arange(len(codes)), validation), validation


def _warn_that_none_is_held_out(reason: str) -> None:
    warn_caller(
        f"{reason} leaves none to validate on: training uses all of them, without "
        "early stopping."
    )
