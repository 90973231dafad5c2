"""
3. Convolution and pooling
==========================

A dense network does not know which pixels are neighbours: with all pixels shuffled in
the same way, it would learn as well. A convolution looks at neighbours. First by hand,
on an image of 4 × 4 pixels, then with :class:`~digitclf.CNNDigitClassifier`.
"""

# %%
# Convolution by hand
# -------------------
#
# Here is an image with 16 pixels, and a *mask* of 2 × 2 that looks for a piece of a
# diagonal:

import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, MaxPooling2D

from digitclf import CNNDigitClassifier
from digitclf.datasets import load_mnist
from digitclf.plotting import (
    DigitsDisplay,
    FeatureMapsDisplay,
    FiltersDisplay,
    TrainingHistoryDisplay,
)

image = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
mask = np.array([[1, 0], [0, 1]])

figure, axes = plt.subplots(1, 2, layout="constrained", width_ratios=(2, 1))
for ax, numbers, title in zip(axes, (image, mask), ("image", "mask"), strict=True):
    ax.imshow(numbers, cmap="Greys", vmin=0, vmax=2)
    ax.set(title=title, xticks=[], yticks=[])
    for (row, column), number in np.ndenumerate(numbers):
        ax.text(column, row, number, ha="center", va="center", size="large")

# %%
# The mask is laid on the image at every place where it fits: 3 × 3 places. At each of
# them, what lies one on the other is multiplied, and the products are added up. The sum
# is large where the image looks like the mask.
#
# .. doctest::
#
#    >>> import numpy as np
#    >>> image = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
#    >>> mask = np.array([[1, 0], [0, 1]])
#    >>> def convolve(image, mask):
#    ...     windows = np.lib.stride_tricks.sliding_window_view(image, mask.shape)
#    ...     return (windows * mask).sum(axis=(2, 3))
#    >>> convolve(image, mask)
#    array([[2, 1, 1],
#           [0, 2, 2],
#           [0, 1, 1]])
#
# The 2 in the corner: the diagonal from there on is 1 and 1, as in the mask. A
# convolution layer of Keras comes to the same numbers. It would learn the mask; here it
# is told which:
#
# .. doctest::
#
#    >>> from keras.layers import Conv2D
#    >>> layer = Conv2D(filters=1, kernel_size=2, use_bias=False)
#    >>> layer.build((None, 4, 4, 1))
#    >>> layer.set_weights([mask.reshape(2, 2, 1, 1)])
#    >>> np.array(layer(image.reshape(1, 4, 4, 1).astype("float32")))[0, :, :, 0]
#    array([[2., 1., 1.],
#           [0., 2., 2.],
#           [0., 1., 1.]], dtype=float32)
#
# And as a picture, with the place of the mask for each number of the result:

windows = np.lib.stride_tricks.sliding_window_view(image, mask.shape)
figure, axes = plt.subplots(3, 3, figsize=(6, 6.6), layout="constrained")
for (row, column), ax in np.ndenumerate(axes):
    ax.imshow(image, cmap="Greys", vmin=0, vmax=2)
    corner = column - 0.5, row - 0.5
    ax.add_patch(
        plt.Rectangle(corner, 2, 2, fill=False, edgecolor="black", linewidth=3)
    )
    total = (windows[row, column] * mask).sum()
    ax.set(title=f"sum: {total}", xticks=[], yticks=[])

# %%
# Pooling by hand
# ---------------
#
# Where exactly a stroke lies does not matter. *Max pooling* keeps the largest number of
# every square of 2 × 2, and a quarter of the numbers is left:
#
# .. doctest::
#
#    >>> numbers = np.array([[1, 0, 1, 0], [0, 4, 2, 0], [0, 1, 6, 1], [0, 0, 1, 0]])
#    >>> def max_pool(numbers, size):
#    ...     height, width = numbers.shape
#    ...     squares = numbers.reshape(height // size, size, width // size, size)
#    ...     return squares.max(axis=(1, 3))
#    >>> max_pool(numbers, 2)
#    array([[4, 2],
#           [1, 6]])
#
# The layer of Keras agrees:
#
# .. doctest::
#
#    >>> from keras.layers import MaxPooling2D
#    >>> pooling = MaxPooling2D(pool_size=2)
#    >>> np.array(pooling(numbers.reshape(1, 4, 4, 1).astype("float32")))[0, :, :, 0]
#    array([[4., 2.],
#           [1., 6.]], dtype=float32)
#
# In the picture, the largest number of each square is dark:

numbers = np.array([[1, 0, 1, 0], [0, 4, 2, 0], [0, 1, 6, 1], [0, 0, 1, 0]])
pooled = np.array(MaxPooling2D(2)(numbers.reshape(1, 4, 4, 1).astype("float32")))[0]

figure, axes = plt.subplots(1, 2, layout="constrained", width_ratios=(2, 1))
for ax, shown, title in [
    (axes[0], numbers, "numbers"),
    (axes[1], pooled[..., 0].astype(int), "after max pooling"),
]:
    ax.imshow(shown, cmap="Greys", vmin=0, vmax=12)
    ax.set(title=title, xticks=[], yticks=[])
    for (row, column), number in np.ndenumerate(shown):
        ax.text(column, row, number, ha="center", va="center", size="large")
axes[0].axhline(1.5, color="black")
axes[0].axvline(1.5, color="black")

# %%
# The same on a digit
# -------------------
#
# A mask that looks for strokes from the upper left to the lower right, on a five:

mnist = load_mnist()
five = mnist.images[0] / 255
diagonal = np.array([[2.0, -1, -1], [-1, 2, -1], [-1, -1, 2]]) / 6
layer = Conv2D(1, 3, use_bias=False, activation="relu")
layer.build((None, 28, 28, 1))
layer.set_weights([diagonal.reshape(3, 3, 1, 1)])
found = np.array(layer(five.reshape(1, 28, 28, 1)))[0, :, :, 0]

figure, axes = plt.subplots(1, 3, figsize=(8, 3), layout="constrained")
for ax, shown, title in [
    (axes[0], five, "image"),
    (axes[1], diagonal, "mask"),
    (axes[2], found, "where it was found"),
]:
    ax.imshow(shown, cmap="Greys")
    ax.set(title=title, xticks=[], yticks=[])

# %%
# The classifier
# --------------
#
# Nobody has to think of masks: a convolutional network learns them.
# :class:`~digitclf.CNNDigitClassifier` has 32 masks of 3 × 3, then 64 masks that look
# at what those have found, then max pooling, and a dense network of 128 units.
#
# Four epochs with a learning rate that rises and falls (``schedule="one_cycle"``) are
# enough for a good network. ``digitclf train`` does the same.

clf = CNNDigitClassifier(
    epochs=4,
    batch_size=64,
    learning_rate=3e-3,
    ema_momentum=0.998,
    schedule="one_cycle",
    hidden_dropout=0.25,
    loss__label_smoothing=0.05,
    random_state=0,
)
clf.fit(mnist.images, mnist.target)

# %%

test = load_mnist(subset="test")
accuracy = clf.score(test.images, test.target)
print(f"{accuracy:.4f} of the test images are read right")

# %%
# The lecture's network of the same layers read 0.9921, and was stopped by the test
# images.

TrainingHistoryDisplay.from_estimator(clf)

# %%
# While it trains, a network forgets a part of what it sees (*dropout*), and loses on
# the training images for that. So their curve lies on the wrong side of the other.
#
# What it has learnt
# ------------------
#
# These are the 32 masks of the first layer. Dark is positive, white is negative:

FiltersDisplay.from_estimator(clf)

# %%
# And this is what the first eight masks of each layer make of a seven: strokes in
# several directions and edges on one side or the other, more and more of them put
# together, and at last the same in a quarter of the numbers.

FeatureMapsDisplay.from_estimator(clf, test.images[0])

# %%
# What is left of the errors:

DigitsDisplay.from_estimator(clf, test.images, test.target)
