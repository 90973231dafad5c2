"""Predictions in a pool of forked processes."""

import multiprocessing

import numpy as np

from digitclf import load_predictor

predictor = load_predictor().set_params(n_threads=1)  # per process


def predict(images):
    return predictor.predict(images)


if __name__ == "__main__":
    batches = np.array_split(np.load("images.npy"), 20)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        labels = np.concatenate(pool.map(predict, batches))
    np.save("labels.npy", labels)
