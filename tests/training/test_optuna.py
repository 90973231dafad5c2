"""Optuna: its search, and fits that its pruners end early."""

import pickle

import optuna
import pytest
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState
from optuna_integration import OptunaSearchCV
from sklearn.base import clone
from support.classifiers import ADAM, quick_mlp

from digitclf.callbacks import OptunaPruning

VALIDATED = ADAM | {"validation_split": 0.2}


@pytest.fixture(autouse=True, scope="module")
def quiet():
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def study_of(rates, digits, pruner, **params):
    """Return a study with a trial per dropout rate."""
    study = optuna.create_study(direction="minimize", pruner=pruner)
    for rate in rates:
        study.enqueue_trial({"dropout": rate})

    def objective(trial):
        clf = quick_mlp(
            **VALIDATED,
            epochs=4,
            dropout=trial.suggest_float("dropout", 0.0, 0.99),
            callbacks=OptunaPruning(trial),
            **params,
        )
        return clf.fit(*digits).best_validation_loss_

    study.optimize(objective, n_trials=len(rates))
    return study


def test_an_unpromising_trial_is_pruned_and_the_best_one_is_not(handful):
    pruner = optuna.pruners.MedianPruner(n_startup_trials=2)

    study = study_of([0.1, 0.2, 0.98, 0.15], handful, pruner)

    states = [trial.state for trial in study.trials]
    assert states[:3] == [TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED]
    assert len(study.trials[2].intermediate_values) < 4
    assert study.best_params["dropout"] in (0.1, 0.15, 0.2)


def test_reported_losses_are_those_of_the_history(handful):
    (trial,) = study_of([0.1], handful, optuna.pruners.NopPruner()).trials

    clf = quick_mlp(**VALIDATED, epochs=4, dropout=0.1).fit(*handful)
    assert trial.intermediate_values == dict(enumerate(clf.history_["val_loss"]))
    assert trial.value == clf.best_validation_loss_


def test_a_pruned_fit_leaves_an_earlier_one_unchanged(handful):
    trial = optuna.create_study(pruner=optuna.pruners.ThresholdPruner(upper=0)).ask()
    clf = quick_mlp(**VALIDATED).fit(*handful)
    expected = clf.predict_proba(handful[0])

    clf.set_params(callbacks=OptunaPruning(trial))
    with pytest.raises(optuna.TrialPruned, match="after epoch 1, with val_loss = "):
        clf.fit(*handful)

    assert clf.predict_proba(handful[0]).tolist() == expected.tolist()


def test_copies_of_a_classifier_report_to_the_same_trial(handful):
    trial = optuna.create_study().ask()

    clone(quick_mlp(**VALIDATED, callbacks=OptunaPruning(trial))).fit(*handful)

    assert len(trial.study.get_trials()[0].intermediate_values) == 2


def test_a_fitted_classifier_can_be_pickled(handful):
    trial = optuna.create_study().ask()
    clf = quick_mlp(**VALIDATED, callbacks=OptunaPruning(trial)).fit(*handful)

    copy = pickle.loads(pickle.dumps(clf))

    assert copy.predict(handful[0]).tolist() == clf.predict(handful[0]).tolist()


@pytest.mark.parametrize(
    ("direction", "monitor", "message"),
    [
        ("maximize", "val_loss", r"monitor='val_loss' .*direction='minimize'"),
        ("minimize", "val_accuracy", r"monitor='val_accuracy' .*direction='maximize'"),
        ("minimize", "val_los", r"monitor='val_los' is not measured: .*'val_loss'"),
    ],
)
def test_a_value_that_does_not_fit_the_study_is_an_error(
    handful, direction, monitor, message
):
    trial = optuna.create_study(direction=direction).ask()
    clf = quick_mlp(**VALIDATED, callbacks=OptunaPruning(trial, monitor))

    with pytest.raises(ValueError, match=message):
        clf.fit(*handful)


def test_without_held_out_images_the_error_names_validation_split(handful):
    trial = optuna.create_study().ask()

    with pytest.raises(ValueError, match=r"'val_loss' is not .*validation_sp"):
        quick_mlp(callbacks=OptunaPruning(trial)).fit(*handful)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("enable_pruning", [False, True])
def test_optuna_search_finds_the_better_region(handful, enable_pruning):
    search = OptunaSearchCV(
        quick_mlp(**ADAM, epochs=4),
        {"dropout": FloatDistribution(0.0, 0.99)},
        n_trials=4,
        cv=2,
        max_iter=4,
        enable_pruning=enable_pruning,
        random_state=0,
    )

    search.fit(*handful)

    assert len(search.trials_) == 4
    assert search.best_params_["dropout"] < 0.9
    assert search.score(*handful) > 0.5
