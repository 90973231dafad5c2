"""Predictions in a pool of processes."""

import multiprocessing

import numpy as np

from digitclf import load_model


def load_classifier(path):
    global clf
    clf = load_model(path)


def predict(images):
    return clf.predict(images)


if __name__ == "__main__":
    batches = np.array_split(np.load("images.npy"), 20)
    context = multiprocessing.get_context("spawn")
    with context.Pool(2, load_classifier, ("model.keras",)) as pool:
        labels = np.concatenate(pool.map(predict, batches))
    np.save("labels.npy", labels)
