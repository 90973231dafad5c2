"""
1. The data
===========

A computer that is to read a digit sees numbers: how dark the paper is at each place.
This chapter looks at an image, at its numbers, and at what the 70,000 images of MNIST
are for.
"""

# %%
# An image
# --------
#
# MNIST comes with the package. :func:`~digitclf.datasets.load_mnist` returns the 60,000
# training images unless told otherwise.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from digitclf.datasets import format_image, load_mnist
from digitclf.plotting import DigitsDisplay

mnist = load_mnist()
mnist.images.shape, mnist.target.shape

# %%
# ``imshow`` with the colour map ``Greys`` draws large numbers dark. This is the first
# image. Its label says that it is a five:

plt.imshow(mnist.images[0], cmap="Greys")
plt.title(f"mnist.target[0] = {mnist.target[0]}")
plt.show()

# %%
# Its grey levels
# ---------------
#
# An image has 28 rows of 28 pixels. Each pixel is an integer from 0, the bare paper, to
# 255, the darkest ink. :func:`~digitclf.datasets.format_image` prints them as a table;
# held at arm's length, the five can be seen in it.

print(format_image(mnist.images[0]))

# %%
# A row of ``mnist.data`` holds the same 784 numbers in one line, the form in which
# scikit-learn takes its samples:

mnist.data.shape, mnist.data.dtype

# %%
# Ten classes
# -----------
#
# People write in many ways. These are the first twenty images with their labels:

DigitsDisplay.from_predictions(
    mnist.images[:20], mnist.target[:20], None, which="all", n_images=20
)

# %%
# The classes are about equally frequent. That makes the accuracy, the share of images
# read right, an honest measure: whoever always guesses the same digit is right one time
# in ten.

digits, counts = np.unique(mnist.target, return_counts=True)
plt.bar(digits, counts, color="lightgrey", edgecolor="black")
plt.xticks(digits)
plt.xlabel("digit")
plt.ylabel("training images")
plt.show()

# %%
# What 60,000 and 10,000 are for
# ------------------------------
#
# Who learns the answers by heart has not learnt to read. So the images are divided:
#
# - On the *training images* the network learns. There are 60,000.
# - The *test images* are for the end: 10,000 that the network has never seen tell how
#   well it reads. Nothing may be chosen by them: a choice is a kind of learning too.
#
# Some things have to be chosen while training goes on: above all, when to stop. For
# that, :meth:`~digitclf.MLPDigitClassifier.fit` holds out a tenth of the training
# images by itself, the *validation images*. The next chapter shows what becomes of
# them.

test = load_mnist(subset="test")
training, held_out = train_test_split(
    np.arange(len(mnist.target)),
    test_size=0.1,
    stratify=mnist.target,
    random_state=0,
)
for name, n_images in [
    ("to learn from", len(training)),
    ("to validate on", len(held_out)),
    ("to test on, once", len(test.target)),
]:
    print(f"{n_images:6,} images {name}")
