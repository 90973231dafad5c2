"""
4. Using scikit-learn
=====================

The classifiers are scikit-learn estimators and work with everything that takes an
estimator: cross-validation, pipelines, searches, calibration and ensembles. To keep run
times short, this chapter uses small networks and the 1,797 digits of 8 × 8 pixels that
are part of scikit-learn.
"""

# %%
# Cross-validation
# ----------------
#
# Five networks are trained, each on four fifths of the images, and tested on the
# remaining fifth:

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.metrics import ConfusionMatrixDisplay, RocCurveDisplay
from sklearn.model_selection import (
    GridSearchCV,
    ValidationCurveDisplay,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from digitclf import CNNDigitClassifier, MLPDigitClassifier
from digitclf.plotting import DigitsDisplay

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

mlp = MLPDigitClassifier(hidden_layer_sizes=(128,), random_state=0)
scores = cross_val_score(mlp, X_train, y_train, cv=5)
print(f"{scores.mean():.3f} ± {scores.std():.3f}")

# %%
# Each network held out its own validation images from these four fifths. The fifth on
# which it was tested was not used for early stopping: see :ref:`guide-validation`.
#
# Pipelines
# ---------
#
# A pipeline transforms the images before it passes them to the classifier. After
# standardisation the pixels have negative values, too. The classifier learns their
# range:

pipeline = make_pipeline(StandardScaler(), mlp)
pipeline.fit(X_train, y_train)
print(f"standardised: {pipeline.score(X_test, y_test):.3f}")

# %%
# Any other numerical transformation works as well, such as a projection onto the first
# 30 principal components:

reduced = make_pipeline(PCA(30, random_state=0), mlp).fit(X_train, y_train)
print(f"30 components instead of 64 pixels: {reduced.score(X_test, y_test):.3f}")

# %%
# Grid search over dropout rates
# ------------------------------
#
# The search trains a convolutional network for every pair of dropout rates, after
# pooling and after the hidden layer, and for each of three folds. All of these fits
# share a few compiled programs.

cnn = CNNDigitClassifier(
    filters=(16, 32),
    hidden_layer_sizes=(64,),
    epochs=15,
    batch_size=50,
    learning_rate=3e-3,
    random_state=0,
)
rates = [0.0, 0.25, 0.5, 0.75]
search = GridSearchCV(cnn, {"dropout": rates, "hidden_dropout": rates}, cv=3)
search.fit(X_train, y_train)
search.best_params_

# %%
# The mean accuracy of each pair of rates, where darker means better:

means = search.cv_results_["mean_test_score"].reshape(len(rates), len(rates))
figure, ax = plt.subplots(layout="constrained")
heatmap = ax.imshow(means, cmap="Greys")
for (row, column), mean in np.ndenumerate(means):
    dark = mean > (means.min() + means.max()) / 2
    ax.text(
        column,
        row,
        f"{mean:.3f}",
        ha="center",
        va="center",
        color="white" if dark else "black",
    )
ax.set(
    xticks=range(len(rates)),
    xticklabels=rates,
    yticks=range(len(rates)),
    yticklabels=rates,
    xlabel="hidden_dropout",
    ylabel="dropout",
    title="mean accuracy of three folds",
)
figure.colorbar(heatmap)

# %%
# The difference between the best pairs is smaller than the spread over the folds. A
# search of this size identifies bad values, but cannot rank the good ones.
# scikit-learn's display for one parameter shows the spread:

ValidationCurveDisplay.from_estimator(
    cnn,
    X_train,
    y_train,
    param_name="hidden_dropout",
    param_range=np.array(rates),
    cv=3,
    score_name="accuracy",
)

# %%
# Evaluation
# ----------
#
# The confusion matrix of the test images. Rows are the true digits, columns the
# predicted ones:

ConfusionMatrixDisplay.from_estimator(search, X_test, y_test, cmap="Greys")

# %%
# The images with the least confident predictions:

DigitsDisplay.from_estimator(
    search, X_test, y_test, which="least_confident", n_images=12
)

# %%
# The ROC curve for recognising an eight by its predicted probability:

is_eight = y_test == 8
RocCurveDisplay.from_predictions(is_eight, search.predict_proba(X_test)[:, 8])

# %%
# Calibration
# -----------
#
# Predicted probabilities are well calibrated if, for example, 80 percent of the
# predictions with a probability of 0.8 are correct. After a single epoch, a network is
# underconfident: its predictions are correct more often than their probabilities
# suggest. :class:`~sklearn.calibration.CalibratedClassifierCV` corrects this, using
# images that the networks were not trained on.

one_epoch = MLPDigitClassifier(hidden_layer_sizes=(128,), epochs=1, random_state=0)
calibrated = CalibratedClassifierCV(one_epoch, method="temperature", cv=3)

figure, ax = plt.subplots(layout="constrained")
for name, clf, line in [
    ("one epoch", one_epoch, {"linestyle": "--", "marker": "o"}),
    ("calibrated", calibrated, {"linestyle": "-", "marker": "s"}),
]:
    clf.fit(X_train, y_train)
    probabilities = clf.predict_proba(X_test)
    confidence = probabilities.max(axis=1)
    correct = clf.classes_[probabilities.argmax(axis=1)] == y_test
    CalibrationDisplay.from_predictions(
        correct, confidence, n_bins=5, strategy="quantile", name=name, ax=ax, **line
    )
ax.set(xlabel="probability of the predicted digit", ylabel="fraction correct")

# %%
# Ensembles
# ---------
#
# An ensemble combines several classifiers by voting. Networks of the same kind tend to
# make the same errors. Classifiers of different kinds make different errors, so
# combining them helps more:

bagging = BaggingClassifier(mlp, n_estimators=5, random_state=0)
voting = VotingClassifier(
    [("mlp", mlp), ("cnn", search.best_estimator_), ("svc", SVC())],
)
for name, clf in [
    ("dense network", mlp),
    ("five dense networks", bagging),
    ("dense network, convolutional network and support vector machine", voting),
]:
    print(f"{clf.fit(X_train, y_train).score(X_test, y_test):.3f}  {name}")

# %%
# Networks whose kernels differ in size make different errors, too. With
# ``voting="soft"`` their probabilities are averaged. An et al. ("An ensemble of simple
# convolutional neural network models for MNIST digit recognition", 2020) combine large
# networks with kernels of 3, 5 and 7 pixels in this way:

kernels = VotingClassifier(
    [
        (
            f"{size} x {size}",
            clone(search.best_estimator_).set_params(kernel_size=size, padding="same"),
        )
        for size in (3, 5, 7)
    ],
    voting="soft",
)
kernels.fit(X_train, y_train)
for name, network in kernels.named_estimators_.items():
    print(f"{network.score(X_test, kernels.le_.transform(y_test)):.3f}  {name}")
print(f"{kernels.score(X_test, y_test):.3f}  together")
