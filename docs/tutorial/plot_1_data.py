"""
1. The data
===========

To a computer, an image of a digit is an array of numbers. This chapter looks at one
image and its pixel values, then at the 70,000 images of MNIST and how they are divided
for training, validation and testing.
"""

# sphinx_gallery_thumbnail_number = 2

# %%
# An image
# --------
#
# MNIST is part of the package. :func:`~digitclf.datasets.load_mnist` returns the 60,000
# training images by default.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from digitclf.datasets import format_image, load_mnist
from digitclf.plotting import DigitsDisplay

mnist = load_mnist()
mnist.images.shape, mnist.target.shape

# %%
# The colour map ``Greys`` of ``imshow`` draws large values dark. The first image has
# the label 5:

plt.imshow(mnist.images[0], cmap="Greys")
plt.title(f"mnist.target[0] = {mnist.target[0]}")
plt.show()

# %%
# Pixel values
# ------------
#
# An image has 28 rows of 28 pixels. Each pixel is an integer from 0 (paper) to 255
# (darkest ink). :func:`~digitclf.datasets.format_image` formats them as a table, in
# which the shape of the digit is still visible.

print(format_image(mnist.images[0]))

# %%
# Each row of ``mnist.data`` holds the same 784 values as a flat vector, which is the
# format that scikit-learn expects:

mnist.data.shape, mnist.data.dtype

# %%
# Ten classes
# -----------
#
# Handwriting varies a lot. These are the first twenty images with their labels:

DigitsDisplay.from_predictions(
    mnist.images[:20], mnist.target[:20], None, which="all", n_images=20
)

# %%
# All ten classes occur about equally often. The accuracy, which is the fraction of
# images classified correctly, is therefore a meaningful score: always predicting the
# same digit gives an accuracy of about 0.1.

digits, counts = np.unique(mnist.target, return_counts=True)
plt.bar(digits, counts, color="lightgrey", edgecolor="black")
plt.xticks(digits)
plt.xlabel("digit")
plt.ylabel("training images")
plt.show()

# %%
# Training, validation and test images
# ------------------------------------
#
# A network may memorise the images it is trained on, so its accuracy has to be measured
# on other images. MNIST is divided into two parts:
#
# - The 60,000 *training images* are used to train the network.
# - The 10,000 *test images* are used once, at the end, to measure the accuracy on
#   images that the network has never seen. They must not influence any decision before
#   that.
#
# Some decisions are made during training. The most important one is when to stop. For
# this purpose, :meth:`~digitclf.MLPDigitClassifier.fit` holds out a tenth of the
# training images, the *validation images*. The next chapter shows how they are used.

test = load_mnist(subset="test")
training, validation = train_test_split(
    np.arange(len(mnist.target)),
    test_size=0.1,
    stratify=mnist.target,
    random_state=0,
)
for name, n_images in [
    ("training", len(training)),
    ("validation", len(validation)),
    ("test", len(test.target)),
]:
    print(f"{n_images:6,} {name} images")
