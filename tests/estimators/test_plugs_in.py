"""The estimators inside scikit-learn's tools, and copied, stored and sent elsewhere."""

import copy
import io
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy.stats import loguniform, uniform
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError

# Importing it switches HalvingGridSearchCV on.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.comparing import same_weights

from digitclf import MLPDigitClassifier

PIXELS = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]


# Pipelines


def test_pipeline_with_standard_scaler(clf, digits):
    pipeline = make_pipeline(StandardScaler(), clf)

    pipeline.fit(digits.X_train, digits.y_train)

    assert pipeline.score(digits.X_test, digits.y_test) > 0.9
    assert clf.pixel_range_[0] < 0 < clf.pixel_range_[1]


def test_pipeline_with_pca_before_the_mlp(digits):
    mlp = MLPDigitClassifier(
        hidden_layer_sizes=(64,),
        epochs=6,
        batch_size=25,
        learning_rate=0.01,
        random_state=0,
    )
    pipeline = make_pipeline(StandardScaler(), PCA(20, random_state=0), mlp)

    pipeline.fit(digits.X_train, digits.y_train)

    assert pipeline.score(digits.X_test, digits.y_test) > 0.9
    assert mlp.n_features_in_ == 20


def test_pipeline_on_mnist_pixels(make_classifier, mnist):
    clf = make_classifier(epochs=8)
    pipeline = make_pipeline(StandardScaler(), clf)

    pipeline.fit(mnist.X_train, mnist.y_train)

    assert pipeline.score(mnist.X_test, mnist.y_test) > 0.85


def test_pipeline_that_gives_data_frames(clf, digits):
    X_train = pd.DataFrame(digits.X_train, columns=PIXELS)
    X_test = pd.DataFrame(digits.X_test, columns=PIXELS)
    pipeline = make_pipeline(StandardScaler(), clf).set_output(transform="pandas")

    pipeline.fit(X_train, pd.Series(digits.y_train))

    assert clf.feature_names_in_.tolist() == PIXELS
    assert pipeline.score(X_test, pd.Series(digits.y_test)) > 0.9
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(X_test[PIXELS[::-1]])


def test_data_frame_gives_the_same_fit_as_its_array(make_classifier, few_digits):
    frame = pd.DataFrame(few_digits.X_train, columns=PIXELS)

    from_array = make_classifier().fit(few_digits.X_train, few_digits.y_train)
    from_frame = make_classifier().fit(frame, pd.Series(few_digits.y_train))

    assert same_weights(from_array, from_frame)


# Model selection


def test_cross_val_score(clf, few_digits):
    scores = cross_val_score(clf, few_digits.X_train, few_digits.y_train, cv=3)

    assert scores.min() > 0.85
    with pytest.raises(NotFittedError):
        clf.predict(few_digits.X_test)


def test_cross_validate_with_several_scorers(clf, few_digits):
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


def test_cross_val_predict_gives_probabilities_of_images_not_trained_on(
    clf, few_digits
):
    probabilities = cross_val_predict(
        clf, few_digits.X_train, few_digits.y_train, cv=3, method="predict_proba"
    )

    assert probabilities.shape == (600, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert accuracy_score(few_digits.y_train, probabilities.argmax(axis=1)) > 0.85


def test_grid_search_is_the_same_with_one_job_and_with_two(clf, few_digits):
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


def test_halving_search_is_the_same_with_one_job_and_with_two(clf, few_digits):
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


def assert_same_search(one, other):
    scores = [name for name in one.cv_results_ if name.endswith("_test_score")]
    assert scores
    for name in scores:
        np.testing.assert_array_equal(one.cv_results_[name], other.cv_results_[name])


def test_halving_search_can_spend_epochs(make_classifier, few_digits):
    search = HalvingGridSearchCV(
        make_classifier(),
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


def test_randomized_search_over_own_and_routed_parameters(clf, few_digits):
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


# Fifty images have too few of a digit to share out.
@pytest.mark.filterwarnings("ignore:There are too few samples to hold out:UserWarning")
def test_learning_curve_rises(clf, few_digits):
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


# Meta-estimators


def test_calibrated_classifier(clf, few_digits):
    calibrated = CalibratedClassifierCV(clf, cv=3)

    calibrated.fit(few_digits.X_train, few_digits.y_train)

    probabilities = calibrated.predict_proba(few_digits.X_test)
    assert calibrated.score(few_digits.X_test, few_digits.y_test) > 0.85
    assert log_loss(few_digits.y_test, probabilities) < 0.6


def test_voting_classifier_averages_probabilities(clf, few_digits):
    voting = VotingClassifier(
        [("digits", clf), ("neighbours", KNeighborsClassifier())], voting="soft"
    )

    voting.fit(few_digits.X_train, few_digits.y_train)

    average = np.mean(
        [each.predict_proba(few_digits.X_test) for each in voting.estimators_], axis=0
    )
    np.testing.assert_allclose(voting.predict_proba(few_digits.X_test), average)
    assert voting.score(few_digits.X_test, few_digits.y_test) > 0.85


def test_bagging_classifier_has_members_of_their_own_seed(clf, few_digits):
    bagging = BaggingClassifier(clf, n_estimators=3, random_state=0)

    bagging.fit(few_digits.X_train, few_digits.y_train)

    assert bagging.score(few_digits.X_test, few_digits.y_test) > 0.85
    assert len({each.random_state for each in bagging.estimators_}) == 3


def test_bagging_classifier_repeats_itself(clf, few_digits):
    first, second = (
        BaggingClassifier(clf, n_estimators=2, random_state=0)
        .fit(few_digits.X_train, few_digits.y_train)
        .predict_proba(few_digits.X_test)
        for _ in range(2)
    )

    np.testing.assert_array_equal(first, second)


def test_stacking_classifier(clf, few_digits):
    stacking = StackingClassifier(
        [("digits", clf), ("neighbours", KNeighborsClassifier())],
        final_estimator=LogisticRegression(max_iter=1000),
        cv=3,
    )

    stacking.fit(few_digits.X_train, few_digits.y_train)

    assert stacking.transform(few_digits.X_test).shape == (500, 20)
    assert stacking.score(few_digits.X_test, few_digits.y_test) > 0.85


def test_one_versus_rest_classifier(make_classifier, few_digits):
    digits_up_to_4 = few_digits.y_train < 5
    tested = few_digits.y_test < 5
    rest = OneVsRestClassifier(make_classifier())

    rest.fit(few_digits.X_train[digits_up_to_4], few_digits.y_train[digits_up_to_4])

    assert [each.classes_.tolist() for each in rest.estimators_] == [[0, 1]] * 5
    assert rest.score(few_digits.X_test[tested], few_digits.y_test[tested]) > 0.9


def test_permutation_importance_finds_the_pixels_with_ink(clf, few_digits):
    clf.fit(few_digits.X_train, few_digits.y_train)

    importance = permutation_importance(
        clf, few_digits.X_test, few_digits.y_test, n_repeats=2, random_state=0
    ).importances_mean

    always_blank = np.ptp(few_digits.X_test, axis=0) == 0
    assert always_blank.sum() >= 3
    np.testing.assert_array_equal(importance[always_blank], 0.0)
    image = importance.reshape(8, 8)
    assert image[:, 2:6].mean() > image[:, [0, 1, 6, 7]].mean() + 0.005


# Metadata routing


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def only_digits_below_5_count(labels):
    return (labels < 5).astype(float)


@pytest.mark.usefixtures("routing")
def test_pipeline_routes_sample_weight(clf, few_digits):
    weights = only_digits_below_5_count(few_digits.y_train)
    pipeline = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=False),
        clf.set_fit_request(sample_weight=True),
    )

    pipeline.fit(few_digits.X_train, few_digits.y_train, sample_weight=weights)

    assert pipeline.classes_.tolist() == list(range(10))
    assert (pipeline.predict(few_digits.X_test) < 5).mean() > 0.95
    below_5 = few_digits.y_test < 5
    assert pipeline.score(few_digits.X_test[below_5], few_digits.y_test[below_5]) > 0.9


@pytest.mark.usefixtures("routing")
def test_cross_validate_routes_sample_weight_to_fit_and_score(clf, few_digits):
    weights = only_digits_below_5_count(few_digits.y_train)
    clf.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)

    results = cross_validate(
        clf,
        few_digits.X_train,
        few_digits.y_train,
        params={"sample_weight": weights},
        cv=2,
        return_estimator=True,
        error_score="raise",
    )

    assert results["test_score"].min() > 0.85
    for fitted in results["estimator"]:
        assert (fitted.predict(few_digits.X_test) < 5).mean() > 0.95


@pytest.mark.usefixtures("routing")
def test_pipeline_transforms_validation_images_on_their_way(make_classifier, digits):
    clf = make_classifier(epochs=2)
    clf.set_fit_request(X_val=True, y_val=True)
    pipeline = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])

    pipeline.fit(
        digits.X_train, digits.y_train, X_val=digits.X_test, y_val=digits.y_test
    )

    assert clf.history_["val_accuracy"][clf.best_epoch_ - 1] == pytest.approx(
        pipeline.score(digits.X_test, digits.y_test)
    )


@pytest.mark.usefixtures("routing")
def test_sample_weight_that_nobody_asked_for_is_refused(clf, few_digits):
    pipeline = make_pipeline(clf)

    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        pipeline.fit(
            few_digits.X_train,
            few_digits.y_train,
            sample_weight=np.ones(len(few_digits.y_train)),
        )


# Pickles and copies


@pytest.fixture(scope="module")
def fitted(make_classifier, few_digits):
    return make_classifier().fit(few_digits.X_train, few_digits.y_train)


def through_pickle(clf):
    return pickle.loads(pickle.dumps(clf))


def through_joblib(clf):
    file = io.BytesIO()
    joblib.dump(clf, file)
    file.seek(0)
    return joblib.load(file)


ways_to_copy = pytest.mark.parametrize(
    "copied",
    [through_pickle, through_joblib, copy.deepcopy],
    ids=["pickle", "joblib", "deepcopy"],
)


@ways_to_copy
def test_copy_of_an_unfitted_classifier_fits_to_the_same(
    make_classifier, few_digits, fitted, copied
):
    original = make_classifier(optimizer__learning_rate=0.01)

    duplicate = copied(original)

    assert duplicate.get_params() == original.get_params()
    with pytest.raises(NotFittedError):
        duplicate.predict(few_digits.X_test)
    duplicate.fit(few_digits.X_train, few_digits.y_train)
    assert same_weights(duplicate, fitted)


@ways_to_copy
def test_copy_of_a_fitted_classifier_is_the_same(fitted, few_digits, copied):
    duplicate = copied(fitted)

    np.testing.assert_array_equal(
        duplicate.predict_proba(few_digits.X_test),
        fitted.predict_proba(few_digits.X_test),
    )
    assert duplicate.get_params() == fitted.get_params()
    assert duplicate.history_ == fitted.history_
    assert duplicate.best_epoch_ == fitted.best_epoch_
    assert duplicate.pixel_range_ == fitted.pixel_range_
    assert duplicate.image_shape_ == fitted.image_shape_


@ways_to_copy
def test_training_a_copy_leaves_the_original_alone(fitted, few_digits, copied):
    before = fitted.predict_proba(few_digits.X_test)

    duplicate = copied(fitted)
    duplicate.partial_fit(few_digits.X_train, few_digits.y_train)

    np.testing.assert_array_equal(fitted.predict_proba(few_digits.X_test), before)
    assert duplicate.n_iter_ == fitted.n_iter_ + 1


@pytest.mark.parametrize("start", ["fit", "partial_fit"])
def test_pickle_goes_on_with_partial_fit_as_the_original_does(
    make_classifier, few_digits, start
):
    X, y = few_digits.X_train, few_digits.y_train
    original = make_classifier(epochs=2)
    if start == "fit":
        original.fit(X, y)
    else:
        original.partial_fit(X, y, classes=np.arange(10)).partial_fit(X, y)
    duplicate = through_pickle(original)

    for clf in (original, duplicate):
        clf.partial_fit(X, y).partial_fit(X, y)

    assert same_weights(original, duplicate)
    assert duplicate.score(few_digits.X_test, few_digits.y_test) > 0.85
    assert duplicate.history_ == original.history_


def test_joblib_loads_memory_mapped(fitted, few_digits, tmp_path):
    joblib.dump(fitted, tmp_path / "fitted.joblib")

    mapped = joblib.load(tmp_path / "fitted.joblib", mmap_mode="r")

    assert same_weights(mapped, fitted)
    mapped.partial_fit(few_digits.X_train, few_digits.y_train)


IN_A_NEW_PROCESS = """
import pickle
import sys
from pathlib import Path

import joblib
import numpy as np

folder = Path(sys.argv[1])
digits = np.load(folder / "digits.npz")
probabilities = {}
for path in folder.glob("*.pickle"):
    probabilities[path.name] = pickle.loads(path.read_bytes())
for path in folder.glob("*.joblib"):
    probabilities[path.name] = joblib.load(path)
for name, clf in probabilities.items():
    if "unfitted" in name:
        clf.fit(digits["X_train"], digits["y_train"])
    probabilities[name] = clf.predict_proba(digits["X_test"])
np.savez(folder / "probabilities.npz", **probabilities)
"""


def test_a_new_process_predicts_the_same(make_each_classifier, few_digits, tmp_path):
    X, y, X_test = few_digits.X_train, few_digits.y_train, few_digits.X_test
    np.savez(tmp_path / "digits.npz", X_train=X, y_train=y, X_test=X_test)
    expected = {}
    for clf in make_each_classifier(epochs=2):
        kind = type(clf).__name__
        fitted = clone(clf).fit(X, y)
        pipeline = make_pipeline(StandardScaler(), clone(clf)).fit(X, y)
        for name, stored, same in [
            (f"unfitted {kind}", clf, fitted),
            (f"fitted {kind}", fitted, fitted),
            (f"pipeline with {kind}", pipeline, pipeline),
        ]:
            (tmp_path / f"{name}.pickle").write_bytes(pickle.dumps(stored))
            joblib.dump(stored, tmp_path / f"{name}.joblib")
            for suffix in ("pickle", "joblib"):
                expected[f"{name}.{suffix}"] = same.predict_proba(X_test)

    subprocess.run([sys.executable, "-c", IN_A_NEW_PROCESS, tmp_path], check=True)

    probabilities = np.load(tmp_path / "probabilities.npz")
    assert set(probabilities) == set(expected)
    for name in expected:
        np.testing.assert_array_equal(probabilities[name], expected[name], err_msg=name)
