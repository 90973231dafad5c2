"""Predictions in several threads while the classifier is fitted again."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from benchmarks.reliability.trials import HELD, Result, few_digits, small_classifier

N_THREADS = 4


def predict_beside_fits(count: int, seed: int) -> Result:
    """Predict while `fit` alternates between two states, each known beforehand."""
    result = Result("prediction beside a fit in another thread")
    X, y = few_digits()
    clf = small_classifier(0, epochs=2)
    expected = []
    for random_state in (0, 1):
        clf.set_params(random_state=random_state).fit(X, y)
        expected.append(clf.predict_proba(X))
    lock, done = threading.Lock(), threading.Event()

    def predict() -> None:
        while not done.is_set():
            try:
                found: Any = clf.predict_proba(X)
                same = any(np.array_equal(found, known) for known in expected)
                outcome = HELD if same else "neither the old nor the new answer"
            except BaseException as error:
                outcome = type(error).__name__
            with lock:
                if result.tried < count:
                    result.note(outcome)
                else:
                    done.set()

    threads = [threading.Thread(target=predict) for _ in range(N_THREADS)]
    for thread in threads:
        thread.start()
    refits = 0
    while not done.is_set():
        clf.set_params(random_state=refits % 2).fit(X, y)
        refits += 1
    for thread in threads:
        thread.join()
    result.worst["fits meanwhile"] = refits
    return result
