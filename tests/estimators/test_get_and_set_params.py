"""Constructor, get_params and set_params: parameters are stored as they are given."""

import inspect

import pytest
from support.classifiers import quick_mlp

from digitclf import MLPDigitClassifier


def test_init_only_stores_what_it_is_given(estimator_class):
    given = {
        name: object() for name in inspect.signature(estimator_class).parameters
    } | {"optimizer__learning_rate": object()}

    clf = estimator_class(**given)

    assert vars(clf).keys() == given.keys()
    assert all(vars(clf)[name] is given[name] for name in given)


def test_get_params_gives_the_defaults_of_the_signature(estimator_class):
    signature = inspect.signature(estimator_class)

    assert estimator_class().get_params() == {
        name: parameter.default for name, parameter in signature.parameters.items()
    }


def test_parameters_are_keyword_only(estimator_class):
    with pytest.raises(TypeError, match="positional"):
        estimator_class((64,))


@pytest.mark.parametrize("deep", [True, False])
def test_get_params_includes_routed_parameters(deep):
    clf = MLPDigitClassifier(optimizer__learning_rate=0.01, dropout=0.1)

    params = clf.get_params(deep=deep)

    assert params["optimizer__learning_rate"] == 0.01
    assert params["dropout"] == 0.1
    assert params.keys() - MLPDigitClassifier().get_params().keys() == {
        "optimizer__learning_rate"
    }


def test_set_params_sets_own_and_routed_parameters():
    clf = MLPDigitClassifier()

    returned = clf.set_params(dropout=0.4, optimizer__learning_rate=0.02)

    assert returned is clf
    assert clf.dropout == 0.4
    assert clf.get_params()["optimizer__learning_rate"] == 0.02


def test_set_params_without_arguments_changes_nothing():
    clf = MLPDigitClassifier(optimizer__learning_rate=0.02)
    before = clf.get_params()

    assert clf.set_params() is clf
    assert clf.get_params() == before


@pytest.mark.parametrize(
    "name", ["dropuot", "optimiser__momentum", "Optimizer__momentum", "optimizer__"]
)
def test_constructor_refuses_unknown_parameters(estimator_class, name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        estimator_class(**{name: 0.1})


@pytest.mark.parametrize("name", ["dropuot", "nonsense__rate", "Optimizer__momentum"])
def test_set_params_refuses_unknown_parameters(name):
    clf = MLPDigitClassifier()

    with pytest.raises(ValueError, match=f"Invalid parameter '{name.split('__')[0]}'"):
        clf.set_params(**{name: 0.1})

    assert clf.get_params() == MLPDigitClassifier().get_params()


def test_fit_leaves_every_parameter_as_it_was(few_digits):
    clf = quick_mlp(epochs=1, class_weight={0: 2.0}, optimizer__learning_rate=0.1)
    before = clf.get_params()

    clf.fit(few_digits.X_train, few_digits.y_train)

    after = clf.get_params()
    assert after == before
    assert all(after[name] is before[name] for name in before)
