"""Text representation: the class and the parameters that were set."""

import re

import sklearn
from sklearn.base import clone

from digitclf import MLPDigitClassifier


def test_repr_of_the_defaults_is_the_name_of_the_class(estimator_class):
    assert repr(estimator_class()) == f"{estimator_class.__name__}()"


def test_repr_leaves_out_parameters_set_to_their_defaults(estimator_class):
    defaults = estimator_class().get_params()

    assert repr(estimator_class(**defaults)) == f"{estimator_class.__name__}()"


def test_repr_shows_changed_parameters_in_sorted_order():
    clf = MLPDigitClassifier(verbose=1, dropout=0.3, hidden_layer_sizes=(64,))

    assert repr(clf) == (
        "MLPDigitClassifier(dropout=0.3, hidden_layer_sizes=(64,), verbose=1)"
    )


def test_repr_shows_routed_parameters():
    clf = MLPDigitClassifier(optimizer__learning_rate=0.01)
    clf.set_params(predict__batch_size=10)

    assert repr(clf) == (
        "MLPDigitClassifier(optimizer__learning_rate=0.01, predict__batch_size=10)"
    )


def test_repr_is_the_same_after_fit(fitted_mlp):
    assert repr(fitted_mlp) == repr(clone(fitted_mlp))


def test_repr_shows_all_parameters_if_scikit_learn_is_configured_so():
    clf = MLPDigitClassifier(optimizer__learning_rate=0.01)

    with sklearn.config_context(print_changed_only=False):
        shown = clf.__repr__(N_CHAR_MAX=10_000)

    assert set(re.findall(r"(\w+)=", shown)) == clf.get_params().keys()
