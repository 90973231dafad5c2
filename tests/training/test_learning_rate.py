"""Learning rates over a fit: constant, or one cycle."""

from contextlib import suppress

import numpy as np
import pytest
from support.classifiers import quick_mlp
from support.recording_callbacks import LearningRates

from digitclf._training.epochs import DivergedError

RATE_OF_THE_OPTIMIZER = {"learning_rate": 0.1, "optimizer__learning_rate": 100.0}


def test_constant_schedule_keeps_the_learning_rate(handful):
    rates = LearningRates()

    quick_mlp(learning_rate=0.02, callbacks=rates).fit(*handful)

    assert rates.of_batches == pytest.approx([0.02] * 8)


@pytest.mark.parametrize("params", [{"learning_rate": 100.0}, RATE_OF_THE_OPTIMIZER])
def test_very_large_learning_rate_causes_a_warning(params, handful):
    clf = quick_mlp(schedule="one_cycle", epochs=1, **params)

    with (
        pytest.warns(UserWarning, match=r"learning_rate=100 is so large"),
        suppress(DivergedError),
    ):
        clf.fit(*handful)


def test_usual_learning_rates_cause_no_warning(handful, recwarn):
    quick_mlp(learning_rate=1.0).fit(*handful)

    assert not recwarn.list


def test_one_cycle_raises_the_learning_rate_and_anneals_it(handful):
    rates = LearningRates()
    clf = quick_mlp(
        schedule="one_cycle",
        learning_rate=0.02,
        epochs=5,
        callbacks=rates,
    )

    clf.fit(*handful)

    peak = int(np.argmax(rates.of_batches))
    assert len(rates.of_batches) == 20
    assert peak == pytest.approx(0.3 * 20, abs=1)
    assert rates.of_batches[: peak + 1] == sorted(rates.of_batches[: peak + 1])
    assert rates.of_batches[peak:] == sorted(rates.of_batches[peak:], reverse=True)
    assert rates.of_batches[0] == pytest.approx(0.02 / 25)
    assert rates.of_batches[peak] == pytest.approx(0.02, rel=0.05)
    assert rates.of_batches[-1] < 0.02 / 50


def test_peak_of_one_cycle_is_the_learning_rate_of_the_optimizer(handful):
    rates = LearningRates()
    clf = quick_mlp(
        schedule="one_cycle",
        learning_rate=0.5,
        optimizer__learning_rate=0.02,
        epochs=5,
        callbacks=rates,
    )

    clf.fit(*handful)

    assert max(rates.of_batches) == pytest.approx(0.02, rel=0.1)
