"""History of a fit and the attributes derived from it."""

import numpy as np
import pandas as pd
from support.classifiers import ADAM, quick_mlp


def test_fitted_attributes_agree_with_the_history(validated_mlp):
    history = validated_mlp.history_

    assert history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert (
        {len(values) for values in history.values()} == {validated_mlp.n_iter_} == {2}
    )
    assert all(type(value) is float for values in history.values() for value in values)
    assert validated_mlp.best_epoch_ == np.argmin(history["val_loss"]) + 1
    assert validated_mlp.best_validation_loss_ == min(history["val_loss"])
    assert validated_mlp.checkpoint_path_ is None


def test_loss_decreases(make_quick, handful):
    losses = make_quick(epochs=5, **ADAM).fit(*handful).history_["loss"]

    assert losses[-1] < 0.95 * losses[0]


def test_lists_of_the_history_have_equal_lengths_after_partial_fit(handful, validation):
    clf = quick_mlp().fit(*handful, **validation).partial_fit(*handful)

    assert {len(values) for values in clf.history_.values()} == {3}
    assert len(pd.DataFrame(clf.history_)) == clf.n_iter_
