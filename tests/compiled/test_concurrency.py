"""Fits and predictions in several threads at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from support.classifiers import ADAM, quick_mlp
from support.comparing import same_weights

from digitclf._compiled.program_cache import PROGRAMS


def test_fits_in_threads_equal_fits_one_after_the_other(make_quick, handful):
    random = ADAM | {"dropout": 0.2, "ema_momentum": 0.9}
    seeds = [0, 1, 2, 3]
    alone = [make_quick(**random, random_state=seed).fit(*handful) for seed in seeds]
    PROGRAMS.clear()

    with ThreadPoolExecutor(len(seeds)) as pool:
        together = list(
            pool.map(
                lambda seed: make_quick(**random, random_state=seed).fit(*handful),
                seeds,
            )
        )

    assert all(map(same_weights, together, alone))


def test_predictions_in_threads_are_not_mixed_up(make_quick, handful):
    X, y = handful
    clfs = [make_quick(random_state=seed).fit(X, y) for seed in range(4)]
    expected = [clf.predict_proba(X) for clf in clfs]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda clf: clf.predict_proba(X), clfs * 5))

    for found, right in zip(together, expected * 5, strict=True):
        np.testing.assert_array_equal(found, right)


def test_prediction_during_a_fit_is_that_of_a_single_fit(handful):
    X, y = handful
    clf = quick_mlp(epochs=1).fit(X, y)
    fits = [0, 1] * 10
    are_done = threading.Event()

    def predict():
        found = set()
        while not are_done.is_set():
            found |= set(clf.predict(X))
        return found

    with ThreadPoolExecutor(2) as pool:
        predictions = [pool.submit(predict) for _ in range(2)]
        try:
            for has_few_classes in fits:
                # Five classes have the labels from 100, ten classes those from 0.
                clf.fit(X[y < 5], y[y < 5] + 100) if has_few_classes else clf.fit(X, y)
        finally:
            are_done.set()

    for prediction in predictions:
        assert prediction.result() <= {*range(10), *range(100, 105)}
