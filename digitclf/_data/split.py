"""Validation split: the samples held out of training."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from digitclf._messages import warn_caller


def split_off_validation(
    codes: np.ndarray, validation_split: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the samples to hold out, stratified by class if possible.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,)
        Class of each sample.
    validation_split : float
        Share of the samples to hold out.
    seed : int
        Random seed.

    Returns
    -------
    training : ndarray of int
        Positions of the samples to train on. Every class is among them.
    validation : ndarray of int
        Positions of the samples held out. Empty if there are too few samples.

    Warns
    -----
    UserWarning
        If a class is too small to stratify, or if no sample can be held out.
    """
    n_samples = len(codes)
    if validation_split == 0:
        return np.arange(n_samples), np.arange(0)
    n_validation = int(n_samples * validation_split)
    stratified = _stratified_split(codes, n_validation, seed)
    if stratified is not None:
        return stratified
    training, validation = _random_split(codes, n_validation, seed)
    if len(validation) == 0:
        warn_caller(
            f"validation_split={validation_split} of {n_samples} samples leaves none "
            "to validate on, with at least one of each class to train on: training "
            "uses all of them, without early stopping."
        )
    else:
        smallest = np.unique(codes, return_counts=True)[1].min()
        warn_caller(
            f"There are too few samples to hold out {n_validation} of {n_samples} in "
            f"proportion to the classes (the smallest class has {smallest}): the "
            "validation samples are drawn at random instead."
        )
    return training, validation


def _stratified_split(
    codes: np.ndarray, n_validation: int, seed: int
) -> tuple[np.ndarray, np.ndarray] | None:
    """Hold out the same share of each class; return None if a class is too small."""
    splitter = StratifiedShuffleSplit(1, test_size=n_validation, random_state=seed)
    try:
        training, validation = next(splitter.split(codes, codes))
    except ValueError:
        return None
    has_every_class = len(np.unique(codes[training])) == len(np.unique(codes))
    return (training, validation) if has_every_class else None


def _random_split(
    codes: np.ndarray, n_validation: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Hold out at random, but leave at least one sample of each class to train on."""
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    first_of_each_class = np.unique(codes[shuffled], return_index=True)[1]
    validation = np.delete(shuffled, first_of_each_class)[:n_validation]
    return np.setdiff1d(np.arange(len(codes)), validation), validation
