"""The estimators as the last step of pipelines, and with data frames."""

import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.classifiers import accurate_mlp, quick_mlp
from support.comparing import same_weights

PIXELS = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]


def test_pipeline_with_standard_scaler(make_accurate, digits):
    clf = make_accurate()
    pipeline = make_pipeline(StandardScaler(), clf)

    pipeline.fit(digits.X_train, digits.y_train)

    assert pipeline.score(digits.X_test, digits.y_test) > 0.9
    assert clf.pixel_range_[0] < 0 < clf.pixel_range_[1]


def test_pipeline_with_pca_before_the_mlp(digits):
    mlp = accurate_mlp()
    pipeline = make_pipeline(StandardScaler(), PCA(20, random_state=0), mlp)

    pipeline.fit(digits.X_train, digits.y_train)

    assert pipeline.score(digits.X_test, digits.y_test) > 0.9
    assert mlp.n_features_in_ == 20


def test_pipeline_on_mnist_pixels(make_accurate, mnist):
    clf = make_accurate(epochs=8)
    pipeline = make_pipeline(StandardScaler(), clf)

    pipeline.fit(mnist.X_train, mnist.y_train)

    assert pipeline.score(mnist.X_test, mnist.y_test) > 0.85


def test_pipeline_that_gives_data_frames(digits):
    clf = accurate_mlp()
    X_train = pd.DataFrame(digits.X_train, columns=PIXELS)
    X_test = pd.DataFrame(digits.X_test, columns=PIXELS)
    pipeline = make_pipeline(StandardScaler(), clf).set_output(transform="pandas")

    pipeline.fit(X_train, pd.Series(digits.y_train))

    assert clf.feature_names_in_.tolist() == PIXELS
    assert pipeline.score(X_test, pd.Series(digits.y_test)) > 0.9
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(X_test[PIXELS[::-1]])


def test_data_frame_gives_the_same_fit_as_its_array(few_digits):
    frame = pd.DataFrame(few_digits.X_train, columns=PIXELS)

    from_array = quick_mlp().fit(few_digits.X_train, few_digits.y_train)
    from_frame = quick_mlp().fit(frame, pd.Series(few_digits.y_train))

    assert same_weights(from_array, from_frame)


def test_set_params_of_a_pipeline_reaches_routed_parameters(few_digits):
    pipeline = make_pipeline(StandardScaler(), quick_mlp(epochs=1))
    name = pipeline.steps[-1][0]

    pipeline.set_params(**{f"{name}__optimizer__learning_rate": 0.25})

    clf = pipeline.fit(few_digits.X_train, few_digits.y_train)[-1]
    assert pipeline.get_params()[f"{name}__optimizer__learning_rate"] == 0.25
    assert float(clf.model_.optimizer.learning_rate) == 0.25
