"""Metadata routing: sample weights and validation images through meta-estimators."""

import numpy as np
import pytest
import sklearn
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import (
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.classifiers import accurate_mlp, quick_mlp


@pytest.fixture(autouse=True)
def enabled_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def only_digits_below_5_count(labels):
    return (labels < 5).astype(float)


def test_pipeline_routes_sample_weight(few_digits):
    clf = accurate_mlp()
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


def test_cross_validate_routes_sample_weight_to_fit_and_score(few_digits):
    clf = accurate_mlp()
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


def test_pipeline_transforms_validation_images(digits):
    clf = quick_mlp(epochs=2)
    clf.set_fit_request(X_val=True, y_val=True)
    pipeline = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])

    pipeline.fit(
        digits.X_train, digits.y_train, X_val=digits.X_test, y_val=digits.y_test
    )

    assert clf.history_["val_accuracy"][clf.best_epoch_ - 1] == pytest.approx(
        pipeline.score(digits.X_test, digits.y_test)
    )


def test_sample_weight_without_a_request_is_an_error(few_digits):
    clf = accurate_mlp()
    pipeline = make_pipeline(clf)

    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        pipeline.fit(
            few_digits.X_train,
            few_digits.y_train,
            sample_weight=np.ones(len(few_digits.y_train)),
        )
