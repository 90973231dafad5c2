"""Cross-validation on Ray, by Ray's own backend for joblib."""

import os
import sys

import joblib
import pytest
from sklearn.model_selection import cross_val_score
from support.classifiers import ADAM, quick_mlp
from support.workers import tensorflow_threads

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def ray_on_this_machine():
    with pytest.MonkeyPatch.context() as patch:
        # Workers start in another folder. A busy machine starts Ray slowly. Some of
        # these variables are read when Ray is imported.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_raylet_start_wait_time_s", "600")
        ray = pytest.importorskip("ray", reason="Ray is not installed.")
        from ray.util.joblib import register_ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
        register_ray()
        yield
        ray.shutdown()


def test_scores_are_those_of_one_process_and_each_worker_has_its_threads(handful):
    clf = quick_mlp(**ADAM, dropout=0.2)
    expected = cross_val_score(clf, *handful, cv=3)

    with joblib.parallel_config(backend="ray", n_jobs=2):
        scores = cross_val_score(clf, *handful, cv=3)
        threads = joblib.Parallel()(joblib.delayed(tensorflow_threads)() for _ in "ab")

    assert scores.tolist() == expected.tolist()
    assert set(threads) == {1}
