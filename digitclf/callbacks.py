"""Keras callbacks for the estimators.

Pruning requires Optuna: ``pip install "digitclf[search]"``.
"""

from __future__ import annotations

from typing import Any

from digitclf._compiled.startup import keras

__all__ = ["OptunaPruning"]

BETTER = {"loss": "minimize", "accuracy": "maximize"}


class OptunaPruning(keras.callbacks.Callback):
    """End a fit early if an Optuna study considers its trial unpromising.

    After each epoch, the callback reports a value of the history to the trial and asks
    its pruner whether to go on. If not, `fit` raises `optuna.TrialPruned`, by which the
    study records the trial as pruned.

    Parameters
    ----------
    trial : optuna.Trial
        The trial that the fit belongs to. Its pruner compares fits epoch by epoch, so
        that a trial should have only one fit.
    monitor : str, default="val_loss"
        Name of the reported value in the logs of an epoch.

    Raises
    ------
    ValueError
        In `fit`, if the study has another direction than the reported value, or if the
        value is not measured.

    See Also
    --------
    sklearn.model_selection.HalvingGridSearchCV : Search that trains the better
        candidates for longer.

    Examples
    --------
    >>> import optuna
    >>> from sklearn.datasets import load_digits
    >>> from digitclf import MLPDigitClassifier
    >>> from digitclf.callbacks import OptunaPruning
    >>> X, y = load_digits(return_X_y=True)
    >>> def objective(trial):
    ...     clf = MLPDigitClassifier(
    ...         dropout=trial.suggest_float("dropout", 0.0, 0.9),
    ...         epochs=5,
    ...         callbacks=OptunaPruning(trial),
    ...         random_state=0,
    ...     )
    ...     return clf.fit(X, y).best_validation_loss_
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> study = optuna.create_study(
    ...     direction="minimize",
    ...     sampler=optuna.samplers.RandomSampler(seed=0),
    ...     pruner=optuna.pruners.MedianPruner(n_startup_trials=2),
    ... )
    >>> study.optimize(objective, n_trials=4)
    >>> len(study.trials)
    4
    """

    def __init__(self, trial: Any, monitor: str = "val_loss") -> None:
        super().__init__()
        self.trial = trial
        self.monitor = monitor

    def __deepcopy__(self, memo: dict[int, Any]) -> OptunaPruning:
        """Return a callback of the same trial, for copies of an estimator."""
        return type(self)(self.trial, self.monitor)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Check that smaller or larger values are better for the study, too.

        Parameters
        ----------
        logs : dict, optional
            Ignored.
        """
        expected = BETTER.get(self.monitor.removeprefix("val_"))
        direction = self.trial.study.direction.name.lower()
        if expected is not None and direction != expected:
            raise ValueError(
                f"monitor={self.monitor!r} does not fit the study, whose direction is "
                f"{direction!r}: the best trials would be pruned. Create the study "
                f"with direction={expected!r}, or monitor another value."
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Report the value of an epoch and end the fit if the pruner says so.

        Parameters
        ----------
        epoch : int
            Number of the epoch, counted from 0.
        logs : dict, optional
            Values of the epoch.

        Raises
        ------
        optuna.TrialPruned
            If the fit should end.
        """
        from optuna import TrialPruned

        logs = logs or {}
        if self.monitor not in logs:
            raise ValueError(
                f"monitor={self.monitor!r} is not measured: the logs of an epoch have "
                f"{', '.join(map(repr, logs))}. Names with val_ need validation_split "
                "or X_val."
            )
        self.trial.report(float(logs[self.monitor]), epoch)
        if self.trial.should_prune():
            raise TrialPruned(
                f"The trial was pruned after epoch {epoch + 1}, with {self.monitor} = "
                f"{logs[self.monitor]:.4f}."
            )
