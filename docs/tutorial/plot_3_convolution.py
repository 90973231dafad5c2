"""
3. Convolution and pooling
==========================

A dense network does not use the positions of the pixels: if the pixels of all images
were shuffled in the same way, it would learn just as well. A convolution looks at
neighbouring pixels together. This chapter computes a convolution and max pooling by
hand, on 4 × 4 pixels, and then trains a :class:`~digitclf.CNNDigitClassifier`.
"""

# sphinx_gallery_thumbnail_number = 7

# %%
# Convolution by hand
# -------------------
#
# This is an image of 4 × 4 pixels and a *kernel* of 2 × 2 weights that detects part of
# a diagonal. (The lecture that this tutorial follows calls the kernel a mask.)

import matplotlib.pyplot as plt
import numpy as np
from keras.layers import Conv2D, MaxPooling2D

from digitclf import CNNDigitClassifier, recipes
from digitclf.datasets import load_mnist
from digitclf.plotting import (
    DigitsDisplay,
    FeatureMapsDisplay,
    FiltersDisplay,
    TrainingHistoryDisplay,
)

image = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
kernel = np.array([[1, 0], [0, 1]])

figure, axes = plt.subplots(1, 2, layout="constrained", width_ratios=(2, 1))
for ax, values, title in zip(axes, (image, kernel), ("image", "kernel"), strict=True):
    ax.imshow(values, cmap="Greys", vmin=0, vmax=2)
    ax.set(title=title, xticks=[], yticks=[])
    for (row, column), value in np.ndenumerate(values):
        ax.text(column, row, value, ha="center", va="center", size="large")

# %%
# The kernel is placed at every position where it fits into the image: 3 × 3 positions
# in total. At each position, the kernel and the pixels below it are multiplied element
# by element, and the products are summed. The sum is large where the image resembles
# the kernel. The result is called a *feature map*.
#
# .. doctest::
#
#    >>> import numpy as np
#    >>> image = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 1, 0]])
#    >>> kernel = np.array([[1, 0], [0, 1]])
#    >>> def convolve(image, kernel):
#    ...     windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
#    ...     return (windows * kernel).sum(axis=(2, 3))
#    >>> convolve(image, kernel)
#    array([[2, 1, 1],
#           [0, 2, 2],
#           [0, 1, 1]])
#
# The value in the upper left is 2, because the diagonal of the image is 1, 1 there, as
# in the kernel. A Keras convolution layer computes the same values. Its kernel is
# normally learned; here it is set explicitly:
#
# .. doctest::
#
#    >>> from keras.layers import Conv2D
#    >>> layer = Conv2D(filters=1, kernel_size=2, use_bias=False)
#    >>> layer.build((None, 4, 4, 1))
#    >>> layer.set_weights([kernel.reshape(2, 2, 1, 1)])
#    >>> np.array(layer(image.reshape(1, 4, 4, 1).astype("float32")))[0, :, :, 0]
#    array([[2., 1., 1.],
#           [0., 2., 2.],
#           [0., 1., 1.]], dtype=float32)
#
# The nine positions of the kernel, each with its sum:

windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
figure, axes = plt.subplots(3, 3, figsize=(6, 6.6), layout="constrained")
for (row, column), ax in np.ndenumerate(axes):
    ax.imshow(image, cmap="Greys", vmin=0, vmax=2)
    corner = column - 0.5, row - 0.5
    ax.add_patch(
        plt.Rectangle(corner, 2, 2, fill=False, edgecolor="black", linewidth=3)
    )
    total = (windows[row, column] * kernel).sum()
    ax.set(title=f"sum: {total}", xticks=[], yticks=[])

# %%
# Pooling by hand
# ---------------
#
# To recognise a digit, the exact position of a stroke is not important. *Max pooling*
# keeps only the largest value of each 2 × 2 window, which leaves a quarter of the
# values:
#
# .. doctest::
#
#    >>> values = np.array([[1, 0, 1, 0], [0, 4, 2, 0], [0, 1, 6, 1], [0, 0, 1, 0]])
#    >>> def max_pool(values, size):
#    ...     height, width = values.shape
#    ...     windows = values.reshape(height // size, size, width // size, size)
#    ...     return windows.max(axis=(1, 3))
#    >>> max_pool(values, 2)
#    array([[4, 2],
#           [1, 6]])
#
# The Keras layer gives the same result:
#
# .. doctest::
#
#    >>> from keras.layers import MaxPooling2D
#    >>> pooling = MaxPooling2D(pool_size=2)
#    >>> np.array(pooling(values.reshape(1, 4, 4, 1).astype("float32")))[0, :, :, 0]
#    array([[4., 2.],
#           [1., 6.]], dtype=float32)
#
# The lines separate the four pooling windows. Larger values are darker:

values = np.array([[1, 0, 1, 0], [0, 4, 2, 0], [0, 1, 6, 1], [0, 0, 1, 0]])
pooled = np.array(MaxPooling2D(2)(values.reshape(1, 4, 4, 1).astype("float32")))[0]

figure, axes = plt.subplots(1, 2, layout="constrained", width_ratios=(2, 1))
for ax, shown, title in [
    (axes[0], values, "values"),
    (axes[1], pooled[..., 0].astype(int), "after max pooling"),
]:
    ax.imshow(shown, cmap="Greys", vmin=0, vmax=12)
    ax.set(title=title, xticks=[], yticks=[])
    for (row, column), value in np.ndenumerate(shown):
        ax.text(column, row, value, ha="center", va="center", size="large")
axes[0].axhline(1.5, color="black")
axes[0].axvline(1.5, color="black")

# %%
# Convolution of a digit
# ----------------------
#
# This 3 × 3 kernel detects strokes that run from the upper left to the lower right. It
# is applied to the image of a five:

mnist = load_mnist()
five = mnist.images[0] / 255
diagonal = np.array([[2.0, -1, -1], [-1, 2, -1], [-1, -1, 2]]) / 6
layer = Conv2D(1, 3, use_bias=False, activation="relu")
layer.build((None, 28, 28, 1))
layer.set_weights([diagonal.reshape(3, 3, 1, 1)])
feature_map = np.array(layer(five.reshape(1, 28, 28, 1)))[0, :, :, 0]

figure, axes = plt.subplots(1, 3, figsize=(8, 3), layout="constrained")
for ax, shown, title in [
    (axes[0], five, "image"),
    (axes[1], diagonal, "kernel"),
    (axes[2], feature_map, "feature map"),
]:
    ax.imshow(shown, cmap="Greys")
    ax.set(title=title, xticks=[], yticks=[])

# %%
# The classifier
# --------------
#
# Kernels do not have to be designed by hand: a convolutional network learns them.
# :class:`~digitclf.CNNDigitClassifier` has a convolution with 32 filters, each with a 3
# × 3 kernel, and a second convolution with 64 filters, which combine the feature maps
# of the first. They are followed by max pooling and a dense layer of 128 units.
#
# The recipe ``recipes.STANDARD`` trains it for three epochs with a learning rate that
# first rises and then falls, on images that are slightly distorted at random.
# ``digitclf train`` uses the same recipe.

clf = CNNDigitClassifier(**recipes.STANDARD, random_state=0)
clf.fit(mnist.images, mnist.target)

# %%

test = load_mnist(subset="test")
accuracy = clf.score(test.images, test.target)
print(f"test accuracy: {accuracy:.4f}")

# %%
# The lecture's network has the same layers and a test accuracy of 0.9921, obtained with
# early stopping on the test images. ``recipes.LECTURE_CNN`` has its settings.

TrainingHistoryDisplay.from_estimator(clf)

# %%
# The training loss is larger than the validation loss. During training, the images are
# distorted, and *dropout* sets a random part of the values to zero. Both make the task
# harder. The validation loss is computed without them.
#
# Learned kernels
# ---------------
#
# These are the kernels of the 32 filters in the first layer. Positive weights are dark,
# negative weights are white:

FiltersDisplay.from_estimator(clf)

# %%
# For an image of a seven, these are the first eight feature maps of each layer. The
# first convolution detects strokes and edges in several directions, and the second
# combines them. Max pooling reduces the result to a quarter of the values.

FeatureMapsDisplay.from_estimator(clf, test.images[0])

# %%
# Some of the images that are still misclassified:

DigitsDisplay.from_estimator(clf, test.images, test.target)
