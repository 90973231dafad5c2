"""
2. A dense network
==================

First by hand: what goes into the network, what comes out of it, and what it is told
about its mistakes. Then :class:`~digitclf.MLPDigitClassifier` does all of it, and a
curve shows where it stops.
"""

# %%
# What goes in
# ------------
#
# A dense network takes a row of numbers, not a square of them. *Flattening* puts the 28
# rows of an image one after the other:

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
# Networks learn best from small numbers. *Scaling* brings the grey levels from 0 … 255
# to 0 … 1:

scaled = flat / 255
print(scaled.min(), scaled.max())

# %%
# What should come out
# --------------------
#
# Ten numbers come out, one for each digit. The answer to learn is therefore written as
# ten numbers too: a 1 at the place of the right digit and 0 elsewhere, *one-hot*.

one_hot = np.eye(10)[mnist.target[0]]
print(mnist.target[0], "→", one_hot)

# %%
# What comes out
# --------------
#
# Between the two lies one *hidden layer* of 512 units. Each unit adds up all pixels,
# each times a weight of its own, and passes on what is above zero. The output layer
# does the same with the 512 results. Here are such layers with random weights, before
# anything is learnt:

rng = np.random.default_rng(0)
hidden = np.maximum(0, scaled @ rng.normal(0, 0.05, (784, 512)))
scores = hidden @ rng.normal(0, 0.05, (512, 10))
print(scores.round(2))

# %%
# *Softmax* turns scores into probabilities. It takes e to the power of each score,
# which makes all of them positive, and divides by their sum, which makes them add up to
# 1:


def softmax(scores):
    powers = np.exp(scores - scores.max())  # no overflow
    return powers / powers.sum()


probabilities = softmax(scores)
print(probabilities.round(2), "sum:", probabilities.sum().round(6))

# %%
# *Cross-entropy* says how wrong that is: minus the logarithm of the probability that
# the right digit got. It is 0 where the network is sure and right, about 2.3 where it
# has no idea, and grows without bound where it is sure and wrong.

loss = -np.sum(one_hot * np.log(probabilities))
print(f"cross-entropy: {loss:.2f}")
print(f"of ten equal chances: {-np.log(1 / 10):.2f}")

chance = np.linspace(0.005, 1, 200)
plt.plot(chance, -np.log(chance), color="black")
plt.xlabel("probability of the right digit")
plt.ylabel("cross-entropy")
plt.show()

# %%
# Training moves every weight a little in the direction in which the loss of a batch of
# images becomes smaller, again and again. One pass over all training images is an
# *epoch*.
#
# The classifier
# --------------
#
# :class:`~digitclf.MLPDigitClassifier` does what stands above, for all images. It takes
# the grey levels and the labels as they are: it flattens, scales and encodes by itself.
#
# It also holds out a tenth of the images and measures its loss on them after each
# epoch. The best epoch so far is written to a file, the *checkpoint*. When the loss has
# not become smaller for ten epochs (``patience=10``), training stops, and the network
# gets the weights of the best epoch back.

folder = tempfile.TemporaryDirectory()
clf = MLPDigitClassifier(checkpoint=folder.name, random_state=0)
clf.fit(mnist.images, mnist.target)

# %%
# Where training stopped
# ----------------------
#
# The loss on the training images goes on falling: the network could learn them by
# heart. The loss on the validation images does not. The ring marks the epoch where it
# was smallest, the dotted line the one after which training stopped.

TrainingHistoryDisplay.from_estimator(clf)

# %%
# The file holds the network of the best epoch, the same that ``clf`` has now:

print(f"epochs run: {clf.n_iter_}, the best: {clf.best_epoch_}")
print("checkpoint:", clf.checkpoint_path_.name)

best = load_model(clf.checkpoint_path_)
test = load_mnist(subset="test")
bool((best.predict(test.images) == clf.predict(test.images)).all())

# %%
# How well it reads
# -----------------
#
# Now, and only now, the test images:

accuracy = clf.score(test.images, test.target)
print(f"{accuracy:.4f} of the test images are read right")

# %%
# For one image the network gives ten probabilities:

PredictionDisplay.from_estimator(clf, test.images[0], test.target[0])

# %%
# These are some of those that it got wrong, each with the true digit, with what it was
# read as, and with how sure the network was. Some are hard for people, too.

DigitsDisplay.from_estimator(clf, test.images, test.target)

# %%
# The lecture's network was the same, 784 → 512 → 10, and read 0.9831 of the test
# images. It had stopped by looking at them, though. Here they decided nothing.

folder.cleanup()
