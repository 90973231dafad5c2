"""
7. Searching for hyperparameters
================================

A grid search trains every candidate to the end, the bad ones too. This chapter shows
three ways to spend the time on the promising candidates, with the 1,797 digits of 8 × 8
pixels: successive halving, the search algorithms of Optuna, and pruning.
"""

# %%
# Successive halving
# ------------------
#
# A halving search trains all candidates for a few epochs, keeps the better half, and
# trains it for twice as many epochs, until one or two candidates are left. The
# candidates are twelve combinations of the dropout rate and the learning rate:

import warnings

import matplotlib.pyplot as plt
import optuna
import pandas as pd
from optuna.distributions import FloatDistribution
from optuna_integration import OptunaSearchCV
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV, train_test_split

from digitclf import MLPDigitClassifier
from digitclf.callbacks import OptunaPruning

warnings.filterwarnings("ignore", module="optuna")
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
optuna.logging.set_verbosity(optuna.logging.WARNING)

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

clf = MLPDigitClassifier(hidden_layer_sizes=(128,), batch_size=50, random_state=0)
grid = {"dropout": [0.1, 0.3, 0.5, 0.8], "learning_rate": [1e-4, 1e-3, 1e-2]}
halving = HalvingGridSearchCV(
    clf,
    grid,
    resource="epochs",
    min_resources=2,
    max_resources=16,
    factor=2,
    cv=3,
    random_state=0,
)
halving.fit(X_train, y_train)
halving.best_params_

# %%
# Each line is a candidate. It ends with the last number of epochs that the candidate
# was trained for:

results = pd.DataFrame(halving.cv_results_)
results["candidate"] = results["params"].astype(str)
figure, ax = plt.subplots(layout="constrained")
for _, candidate in results.groupby("candidate"):
    ax.plot(candidate["n_resources"], candidate["mean_test_score"], "o-", color="0.6")
best = results[results["params"] == halving.best_params_]
ax.plot(best["n_resources"], best["mean_test_score"], "o-", color="C0", label="best")
ax.set(xscale="log", xlabel="epochs", ylabel="mean accuracy of three folds")
ax.set_xticks(halving.n_resources_, labels=map(str, halving.n_resources_), minor=False)
ax.legend()

# %%
# A grid search would have trained for 12 × 16 epochs per fold:

epochs = [
    n * r for n, r in zip(halving.n_candidates_, halving.n_resources_, strict=True)
]
print(f"{sum(epochs)} epochs per fold instead of {12 * 16}")

# %%
# Halving compares candidates early. Settings that learn slowly at first, such as a
# small learning rate, are discarded although they might win in the end.
#
# Optuna
# ------
#
# :class:`~optuna_integration.OptunaSearchCV` draws each candidate from
# distributions, more often from regions with good results so far. Otherwise it is used
# like a randomized search:

search = OptunaSearchCV(
    clf.set_params(epochs=8),
    {
        "dropout": FloatDistribution(0.0, 0.9),
        "learning_rate": FloatDistribution(1e-4, 3e-2, log=True),
    },
    n_trials=10,
    cv=3,
    random_state=0,
)
search.fit(X_train, y_train)
print({name: round(value, 4) for name, value in search.best_params_.items()})
print(f"accuracy on the test images: {search.score(X_test, y_test):.3f}")

# %%
# Pruning
# -------
#
# With Optuna's own interface, a function trains a classifier and returns what is to be
# minimised. :class:`~digitclf.callbacks.OptunaPruning` reports the validation loss
# after each epoch. A fit ends at once if its loss is larger than the median of the
# earlier trials at the same epoch:


def objective(trial):
    candidate = MLPDigitClassifier(
        hidden_layer_sizes=(128,),
        batch_size=50,
        epochs=12,
        dropout=trial.suggest_float("dropout", 0.0, 0.9),
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True),
        callbacks=OptunaPruning(trial),
        random_state=0,
    )
    return candidate.fit(X_train, y_train).best_validation_loss_


study = optuna.create_study(
    direction="minimize",
    sampler=optuna.samplers.TPESampler(seed=0),
    pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
)
study.optimize(objective, n_trials=20)

figure, ax = plt.subplots(layout="constrained")
for trial in study.trials:
    is_pruned = trial.state == optuna.trial.TrialState.PRUNED
    epochs, losses = zip(*trial.intermediate_values.items(), strict=True)
    ax.plot(
        [epoch + 1 for epoch in epochs],
        losses,
        color="C1" if is_pruned else "C0",
        marker="x" if is_pruned else None,
        markevery=[-1],
    )
ax.set(xlabel="epoch", ylabel="validation loss", yscale="log")

# %%
# Fits that were pruned are orange and end with a cross.

trained = sum(len(trial.intermediate_values) for trial in study.trials)
print(f"{trained} epochs instead of {20 * 12}")
print({name: round(value, 4) for name, value in study.best_params.items()})

# %%
# The validation images of these fits are the tenth of the training images that each
# classifier holds out. The final classifier is trained with the best parameters and
# measured on the test images, which took no part in the search:

final = MLPDigitClassifier(
    hidden_layer_sizes=(128,), batch_size=50, random_state=0, **study.best_params
)
print(f"{final.fit(X_train, y_train).score(X_test, y_test):.3f}")

# %%
# All three run on several machines, too: see :ref:`guide-scaling`.
