"""Callbacks of scikit-learn, for which every epoch of a fit is a task."""

import warnings

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support.classifiers import quick_mlp
from support.comparing import same_weights


class Recorder:
    """A callback that is passed on to nested estimators."""

    max_propagation_depth = None

    def __init__(self, stop_at=None):
        self.stop_at = stop_at
        self.tasks = []
        self.open = 0

    def setup(self, estimator, context):
        self.open += 1

    def teardown(self, estimator, context):
        self.open -= 1

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.tasks.append((context.task_name, context.task_id, fitted_estimator))
        return context.task_name == "epoch" and context.task_id == self.stop_at


def epochs_of(recorder):
    return [task_id for name, task_id, _ in recorder.tasks if name == "epoch"]


def test_every_epoch_is_a_task(handful):
    recorder = Recorder()

    quick_mlp(epochs=3).set_callbacks(recorder).fit(*handful)

    assert epochs_of(recorder) == [0, 1, 2]
    assert recorder.tasks[-1][0] == "fit"
    assert recorder.open == 0


def test_callbacks_do_not_change_the_result(handful, fitted_mlp):
    clf = quick_mlp().set_callbacks(Recorder()).fit(*handful)

    assert same_weights(clf, fitted_mlp)


def test_callback_sees_the_classifier_of_each_epoch(handful):
    X, y = handful
    recorder = Recorder()

    clf = quick_mlp(epochs=3).set_callbacks(recorder).fit(X, y)

    of_epochs = [fitted for name, _, fitted in recorder.tasks if name == "epoch"]
    probabilities = [fitted.predict_proba(X) for fitted in of_epochs]
    np.testing.assert_array_equal(probabilities[-1], clf.predict_proba(X))
    assert not np.array_equal(probabilities[0], probabilities[-1])


def test_callback_stops_training(handful):
    clf = quick_mlp(epochs=6).set_callbacks(Recorder(stop_at=1)).fit(*handful)

    assert clf.n_iter_ == 2


def test_teardown_follows_a_failed_fit(handful):
    recorder = Recorder()
    clf = quick_mlp(learning_rate=1e30).set_callbacks(recorder)

    with pytest.raises(ValueError, match="diverged"):
        clf.fit(*handful)

    assert recorder.open == 0


def test_scoring_monitor_has_a_score_per_epoch(handful):
    X, y = handful
    monitor = ScoringMonitor(scoring="accuracy")

    clf = quick_mlp(epochs=3).set_callbacks(monitor).fit(X, y)

    scores = [
        row["accuracy"]
        for row in monitor.get_logs().data
        if row["task_name"] == "epoch"
    ]
    assert len(scores) == 3
    assert scores[-1] == accuracy_score(y, clf.predict(X))


def test_progress_bars_reach_into_searches_and_pipelines(handful, capsys):
    search = GridSearchCV(
        make_pipeline(StandardScaler(), quick_mlp()),
        {"mlpdigitclassifier__dropout": [0.0, 0.1]},
        cv=2,
    ).set_callbacks(ProgressBar(max_propagation_depth=None))

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        search.fit(*handful)

    shown = capsys.readouterr().out
    assert "GridSearchCV" in shown
    assert "MLPDigitClassifier - fit" in shown
