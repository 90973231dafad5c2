"""Cross-validation, searches and learning curves of scikit-learn."""

import numpy as np
import pytest
from scipy.stats import loguniform, uniform
from sklearn.exceptions import NotFittedError

# This import enables HalvingGridSearchCV.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - by importing
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from support.classifiers import accurate_mlp
from support.comparing import same_weights


def test_cross_val_score(make_accurate, few_digits):
    clf = make_accurate()

    scores = cross_val_score(clf, few_digits.X_train, few_digits.y_train, cv=3)

    assert scores.min() > 0.85
    with pytest.raises(NotFittedError):
        clf.predict(few_digits.X_test)


def test_cross_validate_with_several_scorers(few_digits):
    clf = accurate_mlp()

    results = cross_validate(
        clf,
        few_digits.X_train,
        few_digits.y_train,
        cv=2,
        scoring=["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"],
        return_train_score=True,
        error_score="raise",
    )

    assert results["test_accuracy"].min() > 0.85
    assert results["test_f1_macro"].min() > 0.85
    assert results["test_neg_log_loss"].min() > -0.6
    assert results["test_roc_auc_ovr"].min() > 0.97
    assert results["train_accuracy"].mean() > results["test_accuracy"].mean()


def test_cross_val_predict_gives_probabilities_of_images_not_trained_on(few_digits):
    clf = accurate_mlp()

    probabilities = cross_val_predict(
        clf, few_digits.X_train, few_digits.y_train, cv=3, method="predict_proba"
    )

    assert probabilities.shape == (600, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert accuracy_score(few_digits.y_train, probabilities.argmax(axis=1)) > 0.85


def assert_same_search(one, other):
    scores = [name for name in one.cv_results_ if name.endswith("_test_score")]
    assert scores
    for name in scores:
        np.testing.assert_array_equal(one.cv_results_[name], other.cv_results_[name])


@pytest.mark.slow
def test_grid_search_is_the_same_with_one_job_and_with_two(make_accurate, few_digits):
    clf = make_accurate()

    one, two = (
        GridSearchCV(clf, {"dropout": [0.0, 0.95]}, cv=2, n_jobs=n_jobs).fit(
            few_digits.X_train, few_digits.y_train
        )
        for n_jobs in (1, 2)
    )

    assert one.best_params_ == two.best_params_ == {"dropout": 0.0}
    assert one.best_score_ > 0.85
    assert one.score(few_digits.X_test, few_digits.y_test) > 0.9
    assert_same_search(one, two)
    assert same_weights(one.best_estimator_, two.best_estimator_)


@pytest.mark.slow
def test_halving_search_is_the_same_with_one_job_and_with_two(few_digits):
    clf = accurate_mlp()

    one, two = (
        HalvingGridSearchCV(
            clf,
            {"dropout": [0.0, 0.2, 0.95]},
            cv=2,
            factor=3,
            min_resources=200,
            random_state=0,
            n_jobs=n_jobs,
        ).fit(few_digits.X_train, few_digits.y_train)
        for n_jobs in (1, 2)
    )

    assert one.n_resources_ == [200, 600]
    assert one.best_params_["dropout"] < 0.5
    assert one.score(few_digits.X_test, few_digits.y_test) > 0.85
    assert one.best_params_ == two.best_params_
    assert_same_search(one, two)


def test_halving_search_increases_the_epochs(few_digits):
    search = HalvingGridSearchCV(
        accurate_mlp(),
        {"dropout": [0.0, 0.95]},
        resource="epochs",
        min_resources=2,
        max_resources=4,
        factor=2,
        cv=2,
        random_state=0,
    ).fit(few_digits.X_train, few_digits.y_train)

    assert search.best_params_ == {"dropout": 0.0, "epochs": 4}
    assert search.best_estimator_.n_iter_ == 4


def test_randomized_search_over_own_and_routed_parameters(few_digits):
    clf = accurate_mlp()
    search = RandomizedSearchCV(
        clf,
        {
            "dropout": uniform(0.0, 0.5),
            "optimizer__learning_rate": loguniform(1e-6, 2e-2),
        },
        n_iter=3,
        cv=2,
        random_state=3,
    ).fit(few_digits.X_train, few_digits.y_train)

    best = search.best_params_
    rates = search.cv_results_["param_optimizer__learning_rate"]
    assert best["optimizer__learning_rate"] == max(rates) > 1e-3 > min(rates)
    fitted_rate = float(search.best_estimator_.model_.optimizer.learning_rate)
    assert fitted_rate == pytest.approx(best["optimizer__learning_rate"])
    assert search.score(few_digits.X_test, few_digits.y_test) > 0.85


# Fifty images are too few of some digits to hold any out in proportion.
@pytest.mark.filterwarnings("ignore:There are too few samples to hold out:UserWarning")
def test_learning_curve_rises(few_digits):
    clf = accurate_mlp()

    sizes, _, scores = learning_curve(
        clf,
        few_digits.X_train,
        few_digits.y_train,
        train_sizes=[50, 400],
        cv=3,
        shuffle=True,
        random_state=0,
        error_score="raise",
    )

    assert sizes.tolist() == [50, 400]
    assert scores[1].mean() > 0.85
    assert scores[1].mean() > scores[0].mean() + 0.1
