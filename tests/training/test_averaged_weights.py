"""Exponential moving average of the weights."""

import numpy as np
from support.classifiers import FULL_BATCH, quick_mlp


def weights_of(clf):
    return clf.model_.get_weights()


def test_average_lies_between_the_weights_before_and_after_a_step(handful):
    start = weights_of(quick_mlp(**FULL_BATCH).initialize(*handful))
    end = weights_of(quick_mlp(**FULL_BATCH, epochs=1).fit(*handful))

    averaging = FULL_BATCH | {"ema_momentum": 0.9}
    averaged = weights_of(quick_mlp(**averaging, epochs=1).fit(*handful))

    start, end, averaged = (
        np.concatenate([weight.ravel() for weight in weights])
        for weights in (start, end, averaged)
    )
    share = (averaged - start) @ (end - start) / ((end - start) @ (end - start))
    assert 0.01 < share < 0.99
    np.testing.assert_allclose(averaged, start + share * (end - start), atol=1e-5)


def test_larger_momentum_averages_over_more_steps(handful):
    start = weights_of(quick_mlp(**FULL_BATCH).initialize(*handful))
    distances = []
    for momentum in (0.5, 0.99):
        averaging = FULL_BATCH | {"ema_momentum": momentum, "batch_size": 10}
        end = weights_of(quick_mlp(**averaging, epochs=1).fit(*handful))
        distances.append(
            sum(np.abs(b - a).sum() for a, b in zip(start, end, strict=True))
        )

    with_small_momentum, with_large_momentum = distances
    assert with_large_momentum < with_small_momentum
