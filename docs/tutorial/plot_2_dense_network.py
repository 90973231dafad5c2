"""
2. A dense network
==================

This chapter first computes by hand what a dense network does with an image: the input,
the output, and the loss that measures how wrong the output is. Then
:class:`~digitclf.MLPDigitClassifier` trains such a network on all images, and a plot
shows where training stopped.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# The input
# ---------
#
# The input of a dense network is a vector. *Flattening* an image concatenates its 28
# rows:

import tempfile

import matplotlib.pyplot as plt
import numpy as np

from digitclf import MLPDigitClassifier, load_model
from digitclf.datasets import load_mnist
from digitclf.plotting import (
    DigitsDisplay,
    PredictionDisplay,
    TrainingHistoryDisplay,
)

mnist = load_mnist()
image = mnist.images[0]
flat = image.reshape(-1)
flat.shape, bool((flat == mnist.data[0]).all())

# %%
# Networks train best on small values. *Scaling* maps the pixel values from 0–255 to
# 0–1:

scaled = flat / 255
print(scaled.min(), scaled.max())

# %%
# The target
# ----------
#
# The network has ten outputs, one per digit. The target is a vector of the same length,
# with a 1 for the correct digit and 0 for all others. This is called *one-hot
# encoding*:

one_hot = np.eye(10)[mnist.target[0]]
print(mnist.target[0], "→", one_hot)

# %%
# The output
# ----------
#
# Between input and output there is a *hidden layer* of 512 units. Each unit computes a
# weighted sum of all pixels and replaces negative results by 0. The output layer
# computes ten weighted sums of these 512 values, the scores. Here both layers have
# random weights, because nothing has been learned yet:

rng = np.random.default_rng(0)
hidden = np.maximum(0, scaled @ rng.normal(0, 0.05, (784, 512)))
scores = hidden @ rng.normal(0, 0.05, (512, 10))
print(scores.round(2))

# %%
# The *softmax* function turns the scores into probabilities. It applies the exponential
# function, which makes all of them positive, and divides by their sum, so that they add
# up to 1:


def softmax(scores):
    exponentials = np.exp(scores - scores.max())  # avoids overflow
    return exponentials / exponentials.sum()


probabilities = softmax(scores)
print(probabilities.round(2), "sum:", probabilities.sum().round(6))

# %%
# The *cross-entropy* loss measures how wrong the probabilities are. It is the negative
# logarithm of the probability of the correct digit. It is 0 if that probability is 1,
# about 2.3 if all ten digits are equally likely, and grows without bound as the
# probability approaches 0.

loss = -np.sum(one_hot * np.log(probabilities))
print(f"cross-entropy: {loss:.2f}")
print(f"with ten equal probabilities: {-np.log(1 / 10):.2f}")

probability = np.linspace(0.005, 1, 200)
plt.plot(probability, -np.log(probability), color="black")
plt.xlabel("probability of the correct digit")
plt.ylabel("cross-entropy")
plt.show()

# %%
# Training repeatedly takes a batch of images and changes every weight slightly in the
# direction that reduces the loss of the batch. One pass over all training images is
# called an *epoch*.
#
# The classifier
# --------------
#
# :class:`~digitclf.MLPDigitClassifier` does all of the above. It takes images and
# labels as they are, and flattens, scales and encodes them internally.
#
# It also holds out a tenth of the images and computes the loss on them after each
# epoch. The best epoch so far is saved to a file, the *checkpoint*. If the validation
# loss has not improved for ten epochs (``patience=10``), training stops and the weights
# of the best epoch are restored.

folder = tempfile.TemporaryDirectory()
clf = MLPDigitClassifier(checkpoint=folder.name, random_state=0)
clf.fit(mnist.images, mnist.target)

# %%
# Early stopping
# --------------
#
# The loss on the training images keeps decreasing, because the network can memorise
# them. The loss on the validation images does not. The circle marks the epoch with the
# smallest validation loss, and the dotted line the epoch after which training stopped.

TrainingHistoryDisplay.from_estimator(clf)

# %%
# The checkpoint contains the network of the best epoch, which is also the one in
# ``clf``:

print(f"epochs run: {clf.n_iter_}, best epoch: {clf.best_epoch_}")
print("checkpoint:", clf.checkpoint_path_.name)

best = load_model(clf.checkpoint_path_)
test = load_mnist(subset="test")
bool((best.predict(test.images) == clf.predict(test.images)).all())

# %%
# Test accuracy
# -------------
#
# Only now are the test images used:

accuracy = clf.score(test.images, test.target)
print(f"test accuracy: {accuracy:.4f}")

# %%
# The network returns ten probabilities for each image:

PredictionDisplay.from_estimator(clf, test.images[0], test.target[0])

# %%
# These are some of the misclassified images. Above each are the true digit, the
# predicted digit and its probability. Some of them are difficult for people, too.

DigitsDisplay.from_estimator(clf, test.images, test.target)

# %%
# This tutorial follows a lecture from 2021 that taught the same steps with Keras. Its
# dense network had the same layers, 784 → 512 → 10, and a test accuracy of 0.9831.
# However, its early stopping monitored the loss on the test images. Here the test
# images influenced nothing. ``MLPDigitClassifier(**recipes.LECTURE_MLP)`` has the
# settings of the lecture.

folder.cleanup()
