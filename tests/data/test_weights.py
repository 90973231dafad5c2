"""Weights of samples and of classes."""

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostClassifier
from sklearn.metrics import recall_score
from support.classifiers import ADAM, quick_mlp
from support.comparing import same_weights

from digitclf._data.weights import weigh

SCALES = [1 / 60_000, 1e-6, 2.0**-10, 2.0**-1000, 2.0**1000, 1e300, 3.0]


@pytest.fixture(scope="session")
def uneven(handful):
    """Return a weight for each image of the handful, 0 for some of them."""
    _, y = handful
    weights = np.random.default_rng(0).exponential(size=len(y))
    weights[::7] = 0.0
    return weights


# Relative weights


def weights_of(sample_weight, class_weight=None, codes=(0, 0, 1, 1, 1), **options):
    codes = np.array(codes)
    return weigh(sample_weight, codes, np.arange(2), class_weight, **options)[0]


def test_without_weights_every_weight_is_exactly_one():
    weights = weights_of(None)

    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, np.ones(5))


@pytest.mark.parametrize("value", [1.0, 0.1, 1 / 60_000, 1e-300, 5e-324, 1e308])
@pytest.mark.parametrize("n_samples", [1, 7, 60_000])
def test_equal_weights_of_any_size_are_exactly_one(value, n_samples):
    codes = np.zeros(n_samples, dtype=int)

    weights = weights_of(np.full(n_samples, value), codes=codes)

    np.testing.assert_array_equal(weights, np.ones(n_samples))


def test_weights_have_a_mean_of_one_over_those_above_zero():
    weights = weights_of([3.0, 0.0, 1.0, 0.0, 2.0])

    assert weights.tolist() == [1.5, 0.0, 0.5, 0.0, 1.0]


@pytest.mark.parametrize("class_weight", [None, {0: 2.0}, "balanced"])
@pytest.mark.parametrize("exponent", [-1000, -149, -1, 1, 100, 1000])
def test_a_power_of_two_changes_no_bit_of_the_weights(exponent, class_weight):
    original = np.array([0.1, 0.2, 0.3, 0.0, 7.0])

    scaled = weights_of(np.ldexp(original, exponent), class_weight)

    np.testing.assert_array_equal(scaled, weights_of(original, class_weight))


@pytest.mark.parametrize("scale", [1e-310, 1e-6, 1 / 3, 1e300])
def test_class_weights_are_relative_too(scale):
    weights = weights_of(None, {0: 2 * scale, 1: scale})

    np.testing.assert_allclose(weights, weights_of(None, {0: 2.0}), rtol=1e-6)


def test_sample_weights_and_class_weights_may_multiply_to_more_than_a_float_holds():
    large = weights_of(np.full(5, 1e300), {0: 1e300, 1: 5e299})
    small = weights_of(np.full(5, 1e-300), {0: 1e-300, 1: 5e-301})

    expected = weights_of(None, {0: 2.0})
    np.testing.assert_allclose(large, expected, rtol=1e-6)
    np.testing.assert_allclose(small, expected, rtol=1e-6)


@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_weights_of_any_spread_are_finite(class_weight):
    weights = weights_of([1e308, 1e308, 5e-324, 5e-324, 5e-324], class_weight)

    assert np.isfinite(weights).all()
    np.testing.assert_array_equal(weights[:2], [1.0, 1.0])


def test_weights_too_small_beside_the_largest_count_as_zero():
    np.testing.assert_array_equal(
        weights_of([3.0, 1e-60, 1.0, 1e-60, 2.0]), weights_of([3.0, 0.0, 1.0, 0.0, 2.0])
    )


@pytest.mark.parametrize("ratio", [1e-40, 1e-300])
def test_class_weight_too_small_beside_the_largest_is_refused(ratio, handful):
    clf = quick_mlp(class_weight={3: ratio * 5, 4: 5.0})

    with pytest.raises(ValueError, match=r"class_weight of class 3 is .* too small"):
        clf.fit(*handful)


def test_balanced_class_weights_give_each_class_the_same_sum():
    weights = weights_of([0.5, 0.5, 2.0, 3.0, 4.0], "balanced")

    assert weights[:2].sum() == pytest.approx(weights[2:].sum())
    assert weights.mean() == pytest.approx(1.0)


def test_validation_images_have_the_class_weights_of_the_training_images():
    weights, by_class = weigh(
        [1.0, 1.0],
        np.array([0, 1]),
        np.arange(2),
        "balanced",
        by_class=np.array([3, 1]),
    )

    assert weights.tolist() == [1.5, 0.5]
    assert by_class.tolist() == [3, 1]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_of_sample_weights_does_not_change_a_fit(
    scale, optimizer, handful, uneven
):
    clf = quick_mlp(optimizer=optimizer, class_weight={3: 2.0})
    original = clf.fit(*handful, sample_weight=uneven)
    weights, history = original.model_.get_weights(), original.history_

    scaled = clf.fit(*handful, sample_weight=uneven * scale)

    for one, another in zip(scaled.model_.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, another)
    assert scaled.history_ == history


@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_of_validation_weights_does_not_change_a_fit(
    scale, handful, validation
):
    weights = np.linspace(0, 2, len(validation["y_val"]))
    fits = [
        quick_mlp(class_weight={3: 2.0}).fit(
            *handful, **validation, sample_weight_val=weights * factor
        )
        for factor in (1, scale)
    ]

    original, scaled = fits
    assert same_weights(scaled, original)
    assert scaled.history_ == original.history_


@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_of_sample_weights_does_not_change_partial_fit(
    scale, handful, uneven
):
    X, y = handful
    original = quick_mlp().partial_fit(X, y, range(10), sample_weight=uneven)

    scaled = quick_mlp().partial_fit(X, y, range(10), sample_weight=uneven * scale)

    assert same_weights(scaled, original)
    assert scaled.history_ == original.history_


def test_boosting_learns_from_weights_that_sum_to_one(few_digits):
    boosted = AdaBoostClassifier(
        quick_mlp(epochs=10, batch_size=25), n_estimators=2, random_state=0
    )

    boosted.fit(few_digits.X_train, few_digits.y_train)

    assert len(boosted.estimators_) == 2
    assert boosted.score(few_digits.X_test, few_digits.y_test) > 0.85


# Weights in training


def test_images_of_weight_zero_are_left_out(make_quick, handful, validation):
    X, y = handful
    weights = np.ones(len(y))
    weights[::3] = 0.0
    kept = weights > 0

    weighted = make_quick().fit(X, y, sample_weight=weights, **validation)
    without = make_quick().fit(X[kept], y[kept], **validation)

    assert same_weights(weighted, without)
    assert weighted.history_ == without.history_


def test_images_of_weight_zero_are_not_held_out(handful):
    X, y = handful
    weights = np.ones(len(y))
    weights[::3] = 0.0
    kept = weights > 0

    weighted = quick_mlp(validation_split=0.1).fit(X, y, sample_weight=weights)

    assert (
        weighted.history_
        == quick_mlp(validation_split=0.1).fit(X[kept], y[kept]).history_
    )


@pytest.mark.parametrize("weight", [1.0, 1 / 200, 1e-6])
def test_equal_weights_change_nothing(weight, validated_mlp, handful, validation):
    X, y = handful

    clf = quick_mlp().fit(X, y, sample_weight=np.full(len(y), weight), **validation)

    assert same_weights(clf, validated_mlp)
    assert clf.history_ == validated_mlp.history_


def test_equal_class_weights_change_nothing(fitted_mlp, handful):
    clf = quick_mlp(class_weight=dict.fromkeys(range(10), 0.1)).fit(*handful)

    assert same_weights(clf, fitted_mlp)
    assert clf.history_ == fitted_mlp.history_


def test_weights_decide_between_two_labels_of_the_same_images(handful):
    X, y = handful
    X, y = np.concatenate([X, X]), np.repeat(["heavy", "light"], len(y))
    weights = np.repeat([5.0, 1.0], len(X) // 2)
    clf = quick_mlp(epochs=4, **ADAM)

    heavy = clf.fit(X, y, sample_weight=weights).predict(X)
    light = clf.fit(X, y, sample_weight=1 / weights).predict(X)

    assert set(heavy) == {"heavy"}
    assert set(light) == {"light"}


@pytest.mark.parametrize("as_label", [int, str])
def test_class_weights_are_weights_of_the_samples_with_that_label(as_label, handful):
    X, y = handful
    y = y.astype(as_label)
    by_label = {as_label(3): 4.0, as_label(7): 0.0}
    by_sample = np.array([by_label.get(label, 1.0) for label in y.tolist()])

    by_class = quick_mlp(class_weight=by_label).fit(X, y)
    one_by_one = quick_mlp().fit(X, y, sample_weight=by_sample)

    assert same_weights(by_class, one_by_one)


def test_class_weights_and_sample_weights_multiply(handful):
    X, y = handful
    by_sample = np.linspace(0.5, 2, len(y))
    product = by_sample * np.where(y == 3, 4.0, 1.0)

    both = quick_mlp(class_weight={3: 4.0})
    both.fit(X, y, sample_weight=by_sample)

    one = quick_mlp().fit(X, y, sample_weight=product)
    assert same_weights(both, one)


def test_balanced_class_weights_do_not_count_images_of_weight_zero(handful):
    X, y = handful
    weights = np.where((np.arange(len(y)) % 2 == 1) & (y == 3), 0.0, 1.0)
    counting = weights > 0
    clf = quick_mlp(class_weight="balanced")

    weighted = clf.fit(X, y, sample_weight=weights).predict_proba(X)

    expected = clf.fit(X[counting], y[counting]).predict_proba(X)
    np.testing.assert_array_equal(weighted, expected)


def test_balanced_class_weights_find_more_of_a_rare_class(digits):
    X, y = digits.X_train, digits.y_train
    rare, common = np.flatnonzero(y == 8)[:10], np.flatnonzero(y == 1)
    chosen = np.concatenate([rare, common])
    test = np.isin(digits.y_test, [1, 8])
    X_test, y_test = digits.X_test[test], digits.y_test[test]
    clf = quick_mlp(epochs=4, batch_size=25, **ADAM)

    recalls = [
        recall_score(
            y_test,
            clf.set_params(class_weight=class_weight)
            .fit(X[chosen], y[chosen])
            .predict(X_test),
            pos_label=8,
        )
        for class_weight in (None, "balanced")
    ]

    unbalanced, balanced = recalls
    assert balanced > unbalanced + 0.1
