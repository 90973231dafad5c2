"""The estimators obey scikit-learn: its own checks, parameters, tags and reprs."""

import inspect
import re
import unittest

import keras
import numpy as np
import pytest
import sklearn
from scikeras.wrappers import KerasClassifier
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    estimator_checks_generator,
    parametrize_with_checks,
)
from support.comparing import same_weights

from digitclf import CNNDigitClassifier, MLPDigitClassifier

EXPECTED_FAILED_CHECKS = {
    "check_sample_weight_equivalence_on_dense_data": (
        "training goes in mini-batches: an image of weight 2 is in one batch of an "
        "epoch, an image that is there twice is in two, in another order"
    )
}


# The checks' own data are tiny, and seldom square images.
@pytest.mark.filterwarnings(
    "ignore:.* features do not form a square image:UserWarning",
    "ignore:validation_split=:UserWarning",
    "ignore:There are too few samples to hold out:UserWarning",
)
@parametrize_with_checks(
    [MLPDigitClassifier(), CNNDigitClassifier()],
    expected_failed_checks=lambda estimator: EXPECTED_FAILED_CHECKS,
    xfail_strict=True,
)
def test_every_check_of_scikit_learn_passes(estimator, check):
    try:
        check(estimator)
    except unittest.SkipTest as skipped:
        # The one check that depends on the environment and not on the estimator.
        if "SCIPY_ARRAY_API is not set" not in str(skipped):
            pytest.fail(f"skipped: {skipped}")
        raise


def names_of_checks(estimator):
    return {
        getattr(check, "func", check).__name__
        for _, check in estimator_checks_generator(estimator)
    }


def test_no_check_that_scikit_learn_runs_on_its_own_is_left_out(estimator_class):
    theirs = names_of_checks(HistGradientBoostingClassifier())

    assert names_of_checks(estimator_class()) >= theirs


def test_no_tag_softens_the_checks(estimator_class):
    tags = get_tags(estimator_class())

    assert not tags.classifier_tags.poor_score
    assert not tags.no_validation
    assert not tags.non_deterministic
    assert not tags._skip_test


def test_tags_tell_what_is_taken(estimator_class):
    tags = get_tags(estimator_class())

    assert tags.estimator_type == "classifier"
    assert tags.requires_fit
    assert tags.target_tags.required
    assert tags.classifier_tags.multi_class
    assert not tags.classifier_tags.multi_label
    assert not tags.target_tags.multi_output
    assert tags.input_tags.two_d_array
    assert tags.input_tags.three_d_array
    assert not tags.input_tags.one_d_array
    assert not tags.input_tags.sparse
    assert not tags.input_tags.allow_nan
    assert not tags.input_tags.categorical
    assert not tags.input_tags.string
    assert not tags.input_tags.pairwise


def test_is_a_scikeras_classifier_and_a_scikit_learn_one(estimator_class):
    clf = estimator_class()

    assert isinstance(clf, KerasClassifier)
    assert isinstance(clf, BaseEstimator)
    assert isinstance(clf, ClassifierMixin)
    assert is_classifier(clf)


# Parameters


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
def test_get_params_includes_the_routed_ones_that_were_set(estimator_class, deep):
    clf = estimator_class(optimizer__learning_rate=0.01, dropout=0.1)

    params = clf.get_params(deep=deep)

    assert params["optimizer__learning_rate"] == 0.01
    assert params["dropout"] == 0.1
    assert params.keys() - estimator_class().get_params().keys() == {
        "optimizer__learning_rate"
    }


def test_set_params_sets_own_and_routed_ones_and_returns_self(estimator_class):
    clf = estimator_class()

    returned = clf.set_params(dropout=0.4, optimizer__learning_rate=0.02)

    assert returned is clf
    assert clf.dropout == 0.4
    assert clf.get_params()["optimizer__learning_rate"] == 0.02


def test_set_params_of_nothing_changes_nothing(estimator_class):
    clf = estimator_class(optimizer__learning_rate=0.02)
    before = clf.get_params()

    assert clf.set_params() is clf
    assert clf.get_params() == before


def test_set_params_reaches_routed_ones_inside_a_pipeline(make_classifier, few_digits):
    pipeline = make_pipeline(StandardScaler(), make_classifier(epochs=1))
    name = pipeline.steps[-1][0]

    pipeline.set_params(**{f"{name}__optimizer__learning_rate": 0.25})

    clf = pipeline.fit(few_digits.X_train, few_digits.y_train)[-1]
    assert pipeline.get_params()[f"{name}__optimizer__learning_rate"] == 0.25
    assert float(clf.model_.optimizer.learning_rate) == 0.25


def test_params_that_set_params_routes_are_in_force_at_fit(clf, few_digits):
    clf.set_params(optimizer="sgd", optimizer__momentum=0.5, fit__epochs=2)

    clf.fit(few_digits.X_train, few_digits.y_train)

    assert isinstance(clf.model_.optimizer, keras.optimizers.SGD)
    assert clf.model_.optimizer.momentum == 0.5
    assert clf.n_iter_ == 2


@pytest.mark.parametrize("name", ["dropuot", "nonsense__rate", "Optimizer__momentum"])
def test_unknown_parameter_is_refused_at_init(estimator_class, name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        estimator_class(**{name: 0.1})


@pytest.mark.parametrize("name", ["dropuot", "nonsense__rate", "Optimizer__momentum"])
def test_unknown_parameter_is_refused_by_set_params(estimator_class, name):
    clf = estimator_class()

    with pytest.raises(ValueError, match=f"Invalid parameter '{name.split('__')[0]}'"):
        clf.set_params(**{name: 0.1})

    assert clf.get_params() == estimator_class().get_params()


@pytest.mark.parametrize(
    "name",
    [
        "fit__dropuot",
        "model__dropuot",
        "compile__dropuot",
        "predict__dropuot",
        "optimizer__dropuot",
        "loss__dropuot",
    ],
)
def test_unknown_routed_parameter_is_refused_at_fit(make_classifier, few_digits, name):
    clf = make_classifier(**{name: 0.1})

    with pytest.raises(ValueError, match=name):
        clf.fit(few_digits.X_train, few_digits.y_train)


# Clones


def test_clone_has_all_parameters_and_no_fit(make_classifier, few_digits):
    clf = make_classifier(epochs=1, optimizer__learning_rate=0.01)
    clf.fit(few_digits.X_train, few_digits.y_train)

    copy = clone(clf)

    assert type(copy) is type(clf)
    assert copy.get_params() == clf.get_params()
    assert vars(copy).keys() == copy.get_params().keys()
    with pytest.raises(NotFittedError):
        copy.predict(few_digits.X_test)


def test_clone_fits_to_the_same_weights(clf, few_digits):
    clf.set_params(epochs=2).fit(few_digits.X_train, few_digits.y_train)

    copy = clone(clf).fit(few_digits.X_train, few_digits.y_train)

    assert same_weights(copy, clf)


def test_clone_takes_an_optimizer_instance_along(make_classifier, few_digits):
    optimizer = keras.optimizers.SGD(learning_rate=0.25, momentum=0.5)
    clf = make_classifier(epochs=1, optimizer=optimizer)
    clf.fit(few_digits.X_train, few_digits.y_train)

    copy = clone(clf).fit(few_digits.X_train, few_digits.y_train)

    assert copy.optimizer is not optimizer
    assert float(copy.model_.optimizer.learning_rate) == 0.25
    assert copy.model_.optimizer.momentum == 0.5
    np.testing.assert_array_equal(
        copy.predict_proba(few_digits.X_test), clf.predict_proba(few_digits.X_test)
    )


def test_fit_leaves_the_optimizer_instance_alone(make_classifier, few_digits):
    optimizer = keras.optimizers.SGD(learning_rate=0.25)
    clf = make_classifier(epochs=1, optimizer=optimizer)

    clf.fit(few_digits.X_train, few_digits.y_train)

    assert clf.optimizer is optimizer
    assert not optimizer.built
    assert int(optimizer.iterations) == 0


def test_fit_leaves_every_parameter_as_it_was(make_classifier, few_digits):
    clf = make_classifier(epochs=1, class_weight={0: 2.0}, optimizer__learning_rate=0.1)
    before = clf.get_params()

    clf.fit(few_digits.X_train, few_digits.y_train)

    after = clf.get_params()
    assert after == before
    assert all(after[name] is before[name] for name in before)


# How they show themselves


def test_repr_of_the_defaults_is_the_bare_name(estimator_class):
    assert repr(estimator_class()) == f"{estimator_class.__name__}()"


def test_repr_leaves_out_what_was_set_to_its_default(estimator_class):
    defaults = estimator_class().get_params()

    assert repr(estimator_class(**defaults)) == f"{estimator_class.__name__}()"


def test_repr_shows_what_was_set_in_sorted_order(estimator_class):
    clf = estimator_class(verbose=1, dropout=0.3, hidden_layer_sizes=(64,))

    assert repr(clf) == (
        f"{estimator_class.__name__}(dropout=0.3, hidden_layer_sizes=(64,), verbose=1)"
    )


def test_repr_shows_routed_parameters(estimator_class):
    clf = estimator_class(optimizer__learning_rate=0.01)
    clf.set_params(predict__batch_size=10)

    assert repr(clf) == (
        f"{estimator_class.__name__}(optimizer__learning_rate=0.01, "
        "predict__batch_size=10)"
    )


def test_repr_is_the_same_after_fit(make_classifier, few_digits):
    clf = make_classifier(epochs=1)
    before = repr(clf)

    clf.fit(few_digits.X_train, few_digits.y_train)

    assert repr(clf) == before


def test_repr_shows_everything_if_scikit_learn_is_told_to(estimator_class):
    clf = estimator_class(optimizer__learning_rate=0.01)

    with sklearn.config_context(print_changed_only=False):
        shown = clf.__repr__(N_CHAR_MAX=10_000)

    assert set(re.findall(r"(\w+)=", shown)) == clf.get_params().keys()


def names_of_parameters(html, css_class):
    return set(
        re.findall(
            rf'<tr class="{css_class}">.*?<td class="param">\s*(?:<a.*?>)?\s*(\w+)',
            html,
            flags=re.DOTALL,
        )
    )


def test_html_repr_highlights_what_was_set_and_nothing_else(estimator_class):
    clf = estimator_class(dropout=0.3, optimizer__learning_rate=0.01)

    html = clf._repr_html_()

    assert names_of_parameters(html, "user-set") == {
        "dropout",
        "optimizer__learning_rate",
    }
    assert names_of_parameters(html, "default") == (
        estimator_class().get_params().keys() - {"dropout"}
    )


def test_html_repr_of_a_pipeline_shows_the_classifier(estimator_class):
    html = make_pipeline(StandardScaler(), estimator_class())._repr_html_()

    assert estimator_class.__name__ in html
    assert names_of_parameters(html, "user-set") == {"steps"}
    assert names_of_parameters(html, "default") > estimator_class().get_params().keys()


def test_html_repr_lists_the_documented_fitted_attributes(make_classifier, few_digits):
    clf = make_classifier(epochs=1).fit(few_digits.X_train, few_digits.y_train)

    html = clf._repr_html_()

    listed = re.findall(r"<td[^>]*>\s*(?:<a.*?>)?\s*(\w+_)\b", html, flags=re.DOTALL)
    attributes = inspect.getdoc(type(clf)).partition("Attributes\n-")[2]
    documented = re.findall(r"^(\w+_) :", attributes, flags=re.MULTILINE)
    assert "<span>Fitted</span>" in html
    assert set(listed) == set(documented) - {"feature_names_in_"}
