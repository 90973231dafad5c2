"""load_predictor: the answers of an estimator, without TensorFlow."""

import copy
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.pipeline import make_pipeline
from support.classifiers import quick_cnn, quick_mlp
from support.exported import MAKERS, exported_case, grey, with_random_weights
from support.image_forms import as_frame
from support.phone_photos import phone_photo
from support.posix import NEEDS_FORK

from digitclf import (
    CNNDigitClassifier,
    export_model,
    load_predictor,
    load_pretrained,
    save_model,
)
from digitclf._inference import IMAGES_AT_A_TIME, available_threads
from digitclf.preprocessing import DigitNormalizer

OWN_CLASSES = {"strides"}
"""Cases of classes that are not part of the package."""


@pytest.fixture(scope="module")
def predictor():
    return load_predictor()


@pytest.fixture(scope="module")
def pretrained():
    return load_pretrained()


def written(clf, path):
    """Write a model file or an ONNX file, as the name says."""
    (save_model if path.suffix == ".keras" else export_model)(clf, path)
    return path


def assert_same_answers(predictor, clf, X):
    expected, probabilities = clf.predict_proba(X), predictor.predict_proba(X)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)
    assert probabilities.dtype == expected.dtype
    np.testing.assert_array_equal(predictor.predict(X), clf.predict(X))


# Answers


@pytest.mark.parametrize("suffix", [".keras", ".onnx"])
@pytest.mark.parametrize("name", [name for name in MAKERS if name not in OWN_CLASSES])
def test_answers_of_every_network_are_those_of_the_estimator(name, suffix, tmp_path):
    clf, images, _ = exported_case(name)

    loaded = load_predictor(written(clf, tmp_path / f"digits{suffix}"))

    assert_same_answers(loaded, clf, images)
    for attribute in ("n_features_in_", "image_shape_", "pixel_range_"):
        assert getattr(loaded, attribute) == getattr(clf, attribute)
    np.testing.assert_array_equal(loaded.classes_, clf.classes_)
    assert loaded.classes_.dtype == clf.classes_.dtype


@pytest.mark.parametrize("make", [quick_mlp, quick_cnn])
def test_answers_with_an_activation_of_several_operators(make, tmp_path):
    clf, images, _ = with_random_weights(make(activation="sparsemax"), grey(8, 8))

    loaded = load_predictor(written(clf, tmp_path / "digits.keras"))

    assert_same_answers(loaded, clf, images)


@pytest.mark.slow
def test_labels_of_all_test_images(predictor, pretrained, mnist_test):
    assert_same_answers(predictor, pretrained, mnist_test.images)
    assert predictor.score(mnist_test.data, mnist_test.target) == pytest.approx(
        pretrained.score(mnist_test.data, mnist_test.target)
    )


def test_log_probabilities(predictor, mnist):
    np.testing.assert_array_equal(
        predictor.predict_log_proba(mnist.X_test),
        np.log(predictor.predict_proba(mnist.X_test)),
    )


@pytest.mark.parametrize(
    "labels", [list("abc"), [1.0, 2.0, 3.0], np.array([1, 2, 3], np.int8)]
)
@pytest.mark.parametrize("suffix", [".keras", ".onnx"])
def test_labels_keep_their_type(labels, suffix, tmp_path):
    clf = quick_mlp().initialize(grey(8, 8), np.resize(labels, 12))

    loaded = load_predictor(written(clf, tmp_path / f"digits{suffix}"))

    assert loaded.classes_.dtype == clf.classes_.dtype
    assert loaded.classes_.tolist() == clf.classes_.tolist()


def test_names_of_columns_are_kept_and_checked(sixty_digits, tmp_path):
    X, y = sixty_digits
    frame = as_frame(X).add_prefix("pixel_")
    clf = quick_mlp().fit(frame, y)

    for suffix in (".keras", ".onnx"):
        loaded = load_predictor(written(clf, tmp_path / f"digits{suffix}"))

        np.testing.assert_array_equal(loaded.feature_names_in_, clf.feature_names_in_)
        assert_same_answers(loaded, clf, frame)
        with pytest.raises(ValueError, match="feature names should match"):
            loaded.predict(frame[frame.columns[::-1]])
        with pytest.warns(UserWarning, match="does not have valid feature names"):
            loaded.predict(X)


def test_parameters_with_a_prefix_describe_the_network(tmp_path):
    clf = quick_mlp(model__hidden_layer_sizes=(7,), fit__activation="tanh")
    clf, images, _ = with_random_weights(clf, grey(8, 8))

    loaded = load_predictor(written(clf, tmp_path / "digits.keras"))

    assert_same_answers(loaded, clf, images)


@pytest.mark.parametrize("n_images", [1, IMAGES_AT_A_TIME, 5 * IMAGES_AT_A_TIME + 3])
def test_probabilities_do_not_depend_on_the_number_of_threads(
    n_images, predictor, mnist
):
    X = mnist.X_train[:n_images]
    with_threads = [
        clone_of(predictor, n_threads=number).predict_proba(X) for number in (1, 2, 7)
    ]

    np.testing.assert_array_equal(with_threads[0], with_threads[1])
    np.testing.assert_array_equal(with_threads[0], with_threads[2])


def clone_of(predictor, **parameters):
    return copy.copy(predictor).set_params(**parameters)


def test_number_of_threads_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert available_threads() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")
    assert available_threads() == 2
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert 1 <= available_threads() <= os.cpu_count()


@pytest.mark.parametrize("n_threads", [0, -1, 1.5, "2"])
def test_invalid_number_of_threads(predictor, mnist, n_threads):
    with pytest.raises(ValueError, match="'n_threads' parameter of DigitPredictor"):
        clone_of(predictor, n_threads=n_threads).predict(mnist.X_test)


# As an estimator of scikit-learn


def test_predictor_is_a_fitted_classifier_that_cannot_be_fitted(predictor, mnist):
    assert is_classifier(predictor)
    with pytest.raises(NotImplementedError, match="FrozenEstimator"):
        predictor.fit(mnist.X_train, mnist.y_train)
    with pytest.raises(NotFittedError):
        clone(predictor).predict(mnist.X_test)


def test_pipeline_reads_pictures(predictor, mnist_test):
    reader = make_pipeline(DigitNormalizer(), predictor)
    rng = np.random.default_rng(0)
    photos = [phone_photo(image, rng) for image in mnist_test.images[:10]]

    assert reader.predict(photos).tolist() == mnist_test.target[:10].tolist()


def test_meta_estimators_take_a_frozen_predictor(predictor, pretrained, mnist):
    X, y = mnist.X_train[:300], mnist.y_train[:300]
    calibrated = CalibratedClassifierCV(FrozenEstimator(predictor)).fit(X, y)
    voting = VotingClassifier(
        [
            ("first", FrozenEstimator(predictor)),
            ("second", FrozenEstimator(pretrained)),
        ],
        voting="soft",
    ).fit(X, y)

    assert calibrated.score(mnist.X_test, mnist.y_test) > 0.98
    np.testing.assert_allclose(
        voting.predict_proba(mnist.X_test),
        predictor.predict_proba(mnist.X_test),
        atol=1e-5,
    )


def test_display_of_scikit_learn(predictor, mnist):
    display = ConfusionMatrixDisplay.from_estimator(
        predictor, mnist.X_test, mnist.y_test
    )

    assert np.trace(display.confusion_matrix) > 490


# Copies, processes, threads


@pytest.mark.parametrize(
    "copied",
    [
        lambda predictor, path: pickle.loads(pickle.dumps(predictor)),
        lambda predictor, path: copy.deepcopy(predictor),
        lambda predictor, path: joblib.load(joblib.dump(predictor, path)[0]),
    ],
    ids=["pickle", "deepcopy", "joblib"],
)
def test_copies_predict(copied, predictor, mnist, tmp_path):
    same = copied(predictor, tmp_path / "predictor.joblib")

    np.testing.assert_array_equal(
        same.predict_proba(mnist.X_test), predictor.predict_proba(mnist.X_test)
    )


@pytest.mark.parametrize("n_images", [1, IMAGES_AT_A_TIME + 1])
def test_threads_share_a_predictor(n_images, predictor, mnist):
    predictor = clone_of(predictor, n_threads=2)
    X = mnist.X_test[:n_images]
    expected = predictor.predict_proba(X)
    with ThreadPoolExecutor(8) as executor:
        answers = list(executor.map(predictor.predict_proba, [X] * 16))

    for probabilities in answers:
        np.testing.assert_array_equal(probabilities, expected)


@NEEDS_FORK
@pytest.mark.parametrize("n_times", [5, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("n_images", [1, IMAGES_AT_A_TIME + 1])
def test_predictor_works_after_a_fork(n_images, n_times, predictor, mnist):
    predictor = clone_of(predictor, n_threads=2)
    X = mnist.X_test[:n_images]
    expected = predictor.predict_proba(X)
    for _ in range(n_times):
        child = os.fork()
        if child == 0:
            same = np.array_equal(predictor.predict_proba(X), expected)
            os._exit(0 if same else 1)
        assert os.waitpid(child, 0)[1] == 0


WITHOUT_TENSORFLOW = """
import sys
import numpy as np
from digitclf import load_predictor
from digitclf.preprocessing import DigitNormalizer

predictor = load_predictor({path!r})
DigitNormalizer().transform([np.eye(40)])
predictor.predict(np.eye(28)[np.newaxis] * 255)
print(*sorted({{"tensorflow", "keras", "scikeras"}} & set(sys.modules)))
"""


def test_neither_tensorflow_nor_keras_is_imported(tmp_path, pretrained):
    path = written(pretrained, tmp_path / "digits.onnx")
    for given in (None, str(path)):
        script = WITHOUT_TENSORFLOW.format(path=given)

        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )

        assert done.stdout.strip() == ""


# Files


def test_class_of_your_own_is_refused(tmp_path):
    class OwnClassifier(CNNDigitClassifier):
        pass

    clf = OwnClassifier().initialize(grey(8, 8), np.arange(12) % 3)
    path = written(clf, tmp_path / "own.keras")

    with pytest.raises(ValueError, match=r"own\.keras.*'OwnClassifier' is not one of"):
        load_predictor(path)


@pytest.mark.parametrize("name", ["missing.keras", "missing.onnx"])
def test_missing_file(name, tmp_path):
    with pytest.raises(FileNotFoundError, match=f"no model file.*{name}"):
        load_predictor(tmp_path / name)
