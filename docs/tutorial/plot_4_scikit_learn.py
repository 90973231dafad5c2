"""
4. In scikit-learn's hands
==========================

The classifiers are scikit-learn estimators. What scikit-learn does with an estimator,
it does with these: cross-validation, pipelines, searches, calibration, ensembles. To
keep this page quick, it uses small networks and the 1,797 digits of 8 × 8 pixels that
come with scikit-learn.
"""

# %%
# Cross-validation
# ----------------
#
# Five networks, each trained on four fifths of the images and tested on the fifth that
# it has not seen:

import matplotlib.pyplot as plt
import numpy as np
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
# Each of the five held out its own validation images from the four fifths. The fifth
# that it was tested on took no part in its early stopping: see :ref:`guide-validation`.
#
# Pipelines
# ---------
#
# A pipeline passes what it makes of the images on to the classifier. Standardised
# pixels have negative values, and the classifier learns that range too:

pipeline = make_pipeline(StandardScaler(), mlp)
pipeline.fit(X_train, y_train)
print(f"standardised: {pipeline.score(X_test, y_test):.3f}")

# %%
# So does anything else that makes numbers of numbers, such as the first 30 principal
# components:

reduced = make_pipeline(PCA(30, random_state=0), mlp).fit(X_train, y_train)
print(f"30 components in the place of 64 pixels: {reduced.score(X_test, y_test):.3f}")

# %%
# A grid search over dropout rates
# --------------------------------
#
# How much should a convolutional network forget? The search trains one for each pair of
# rates and each of three folds. The network is compiled once for all of them.

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
# Its picture: a square for each pair of rates, dark for a good one.

means = search.cv_results_["mean_test_score"].reshape(len(rates), len(rates))
figure, ax = plt.subplots(layout="constrained")
drawn = ax.imshow(means, cmap="Greys")
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
    title="accuracy, mean of three folds",
)
figure.colorbar(drawn)

# %%
# The pairs that are best differ by less than the folds do: a search of this size finds
# what is bad, and cannot tell the good ones apart. One parameter at a time,
# scikit-learn's own display shows that spread:

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
# What is taken for what
# ----------------------
#
# The confusion matrix on the test images: rows are the true digits, columns what they
# were read as.

ConfusionMatrixDisplay.from_estimator(search, X_test, y_test, cmap="Greys")

# %%
# And those images themselves:

DigitsDisplay.from_estimator(
    search, X_test, y_test, which="least_confident", n_images=12
)

# %%
# How good is the probability that an image is an eight? The ROC curve of every
# threshold:

is_eight = y_test == 8
RocCurveDisplay.from_predictions(is_eight, search.predict_proba(X_test)[:, 8])

# %%
# Calibration
# -----------
#
# A probability is well calibrated if, of all images that got 0.8, eight in ten are what
# was said. After one epoch a network is far too modest.
# :class:`~sklearn.calibration.CalibratedClassifierCV` corrects that on images that the
# networks have not seen.

modest = MLPDigitClassifier(hidden_layer_sizes=(128,), epochs=1, random_state=0)
calibrated = CalibratedClassifierCV(modest, method="temperature", cv=3)

figure, ax = plt.subplots(layout="constrained")
for name, clf, line in [
    ("one epoch", modest, {"linestyle": "--", "marker": "o"}),
    ("calibrated", calibrated, {"linestyle": "-", "marker": "s"}),
]:
    clf.fit(X_train, y_train)
    probabilities = clf.predict_proba(X_test)
    said = probabilities.max(axis=1)
    right = clf.classes_[probabilities.argmax(axis=1)] == y_test
    CalibrationDisplay.from_predictions(
        right, said, n_bins=5, strategy="quantile", name=name, ax=ax, **line
    )
ax.set(xlabel="probability of the digit that was read", ylabel="share read right")

# %%
# Ensembles
# ---------
#
# Ask several. Networks of one kind err in the same places; other kinds err in others,
# and a vote among them helps more:

bagging = BaggingClassifier(mlp, n_estimators=5, random_state=0)
voting = VotingClassifier(
    [("mlp", mlp), ("cnn", search.best_estimator_), ("svc", SVC())],
)
for name, clf in [
    ("one dense network", mlp),
    ("five of them", bagging),
    ("a dense one, a convolutional one and a support vector machine", voting),
]:
    print(f"{clf.fit(X_train, y_train).score(X_test, y_test):.3f}  {name}")
