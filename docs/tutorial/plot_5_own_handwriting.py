"""
5. Your own handwriting
=======================

A network that classifies 99 percent of MNIST's test images correctly may still misread
a photo of a digit that you have just written. This chapter shows what MNIST's images
have in common, brings a photo into the same form step by step, and lets
:class:`~digitclf.preprocessing.DigitNormalizer` do this in a pipeline. *Augmentation*
then prepares a network for digits that are written differently.
"""

# %%
# The form of MNIST's images
# --------------------------
#
# The authors of MNIST describe how the images were made (Y. LeCun, C. Cortes and C. J.
# C. Burges, "The MNIST database of handwritten digits", README of the data set).
# Black-and-white scans of digits were scaled to fit into a box of 20 × 20 pixels. Their
# aspect ratio was kept, and anti-aliasing produced the grey levels. Each digit was then
# placed in an image of 28 × 28 pixels so that its centre of mass is in the middle. This
# can be measured:

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from digitclf import CNNDigitClassifier, load_pretrained
from digitclf.datasets import load_mnist
from digitclf.plotting import DigitsDisplay, PredictionDisplay
from digitclf.preprocessing import DigitNormalizer


def centre_of_mass(image):
    moments = cv2.moments(image)
    return moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]


mnist = load_mnist()
boxes = np.array([cv2.boundingRect(image) for image in mnist.images])
longer_sides = boxes[:, 2:].max(axis=1)
print(f"longer side is 20 pixels: {np.mean(longer_sides == 20):.2%} of the images")

centres = np.array([centre_of_mass(image) for image in mnist.images])
distances = np.abs(centres - 14).max(axis=1)
print(f"centre of mass in pixel (14, 14): {np.mean(distances < 0.5):.2%} of the images")

# %%
# The frames are the bounding boxes of the digits, and the dots their centres of mass.
# The box of a one is narrow, and the box of a seven lies below the middle, because most
# of its ink is at the top:

figure, axes = plt.subplots(1, 5, figsize=(8, 2), layout="constrained")
for ax, number in zip(axes, (0, 1, 3, 7, 15), strict=True):
    ax.imshow(mnist.images[number], cmap="Greys")
    left, top, width, height = boxes[number]
    ax.add_patch(plt.Rectangle((left - 0.5, top - 0.5), width, height, fill=False))
    ax.plot(*centres[number], "o", color="tab:orange")
    ax.set(xticks=[], yticks=[])

# %%
# A photo
# -------
#
# The photos in this chapter are drawn, so that everyone sees the same ones. The
# function takes an image of MNIST and draws it with a thin blue pen on yellowish paper:
# larger, slightly rotated and anywhere on the sheet. The light comes from one side, and
# the camera adds noise. To continue with a photo of your own instead, read it with
# ``photo = np.asarray(PIL.Image.open("photo.jpg"))``.

HEIGHT, WIDTH = 320, 240
PAPER = np.array([240, 230, 205])
PEN = np.array([50, 70, 150])


def photograph(image, rng):
    # The digit: rotated, enlarged and moved, with soft edges.
    matrix = cv2.getRotationMatrix2D((14, 14), rng.uniform(-12, 12), rng.uniform(4, 7))
    matrix[:, 2] += rng.uniform(70, (WIDTH - 70, HEIGHT - 70)) - 14
    grey = image.astype(np.float32) / 255
    ink = cv2.warpAffine(grey, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
    ink = np.clip((ink - 0.5) / 0.2, 0, 1)  # thinner strokes
    # Light that decreases in a random direction.
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    direction = rng.uniform(0, 2 * np.pi)
    light = 0.75 + 0.2 * (x * np.cos(direction) + y * np.sin(direction))
    # Colours, and the noise of the camera.
    photo = (PAPER + ink[..., np.newaxis] * (PEN - PAPER)) * light[..., np.newaxis]
    photo += rng.normal(0, 6, photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8)


test = load_mnist(subset="test")
digits, labels = test.images[:100], test.target[:100]
rng = np.random.default_rng(0)
photos = [photograph(digit, rng) for digit in digits]

photo, label = photos[0], labels[0]
plt.imshow(photo)
plt.title(f"label: {label}")
plt.show()

# %%
# The photos show the first 100 test images, on which none of the networks in this
# chapter was trained. The first network is small, and is trained on 5,000 images only.
# It has two convolutions with 16 and 32 filters, each followed by pooling:

cnn = CNNDigitClassifier(
    filters=((16,), (32,)),
    hidden_layer_sizes=(64,),
    epochs=8,
    batch_size=50,
    learning_rate=3e-3,
    schedule="one_cycle",
    random_state=0,
)
images, target = mnist.images[:5000], mnist.target[:5000]
cnn.fit(images, target)
print(f"accuracy on the digits of the photos: {cnn.score(digits, labels):.2f}")

# %%
# A photo shrunk to 28 × 28 pixels
# --------------------------------
#
# The obvious way to classify a photo is to convert it to grey levels, to shrink it to
# 28 × 28 pixels, and to invert it, because the ink of MNIST has large values:


def shrink(photo):
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    return 255 - cv2.resize(grey, (28, 28), interpolation=cv2.INTER_AREA)


PredictionDisplay.from_estimator(cnn, shrink(photo), label)

# %%
# The digit is still easy for people to recognise, but the network was trained on
# different images. The paper is grey instead of 0, and darker on one side. The digit is
# too small, it is not in the middle, and it is distorted, because the photo is not
# square. Its strokes are thinner, too.
#
# A photo in the form of MNIST
# ----------------------------
#
# All of this can be corrected. Blue ink absorbs red light, so it is darkest in the red
# channel of the photo:

red = cv2.GaussianBlur(photo[:, :, 0], (5, 5), 0)

# %%
# The brightness of the paper is what remains of the photo when everything narrower than
# a window of 61 × 61 pixels is removed. This operation is called a *morphological
# closing*. Subtracting the photo leaves the ink, light on a black background as in
# MNIST, and the gradient of the light disappears:

paper = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((61, 61), dtype=np.uint8))
difference = paper - red

# %%
# A threshold separates ink and paper. Otsu's method chooses it such that both groups of
# pixels vary as little as possible:

_, ink = cv2.threshold(difference, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)

# %%
# The digit is cut out and scaled so that its longer side is 20 pixels. ``INTER_AREA``
# averages over the pixels that fall into one, which results in grey levels:

left, top, width, height = cv2.boundingRect(ink)
cut_out = ink[top : top + height, left : left + width]
scale = 20 / max(width, height)
size = max(1, round(scale * width)), max(1, round(scale * height))
scaled = cv2.resize(cut_out, size, interpolation=cv2.INTER_AREA)

# %%
# Finally, its centre of mass is moved to the middle:

x, y = centre_of_mass(scaled)
left, top = round(14 - x), round(14 - y)
by_hand = np.zeros((28, 28), dtype=np.uint8)
by_hand[top : top + size[1], left : left + size[0]] = scaled

figure, axes = plt.subplots(1, 5, figsize=(10, 2.7), layout="constrained")
for ax, shown, title in [
    (axes[0], photo, "photo"),
    (axes[1], difference, "without paper"),
    (axes[2], ink, "ink"),
    (axes[3], cut_out, "cut out"),
    (axes[4], by_hand, "as in MNIST"),
]:
    ax.imshow(shown, cmap="Greys")
    ax.set(title=title, xticks=[], yticks=[])

# %%
# The normaliser
# --------------
#
# These lines are enough for this photo, but not for shadows, ruled paper, a piece of
# the next digit, a yellow pen or white chalk.
# :class:`~digitclf.preprocessing.DigitNormalizer` takes the same steps and handles
# these cases as well: see :ref:`guide-own-pictures`. It also brings the strokes to the
# width that they have in MNIST. This is its result, beside the one above and the image
# of MNIST from which the photo was drawn:

X_photos = DigitNormalizer().transform(photos)
X_photos.shape, X_photos.dtype

# %%

figure, axes = plt.subplots(1, 3, figsize=(7, 2.7), layout="constrained")
for ax, shown, title in [
    (axes[0], by_hand, "by hand"),
    (axes[1], X_photos[0].reshape(28, 28), "DigitNormalizer"),
    (axes[2], digits[0], "image of MNIST"),
]:
    ax.imshow(shown, cmap="Greys")
    ax.set(title=title, xticks=[], yticks=[])

# %%
# The network now classifies the photo correctly:

PredictionDisplay.from_estimator(cnn, X_photos[0], label)

# %%
# A pipeline
# ----------
#
# The normaliser has nothing to learn, so a pipeline with a fitted classifier is ready
# to use. :func:`~digitclf.load_pretrained` returns a pretrained network that is part of
# the package. It was trained with augmentation, on MNIST's images and on pictures of
# many kinds that were drawn from them:

reader = make_pipeline(DigitNormalizer(), load_pretrained())
reader.predict(photos[:10]), labels[:10]

# %%
# Pictures may also be files, as in ``reader.predict(["photo.jpg"])``. On the command
# line, ``digitclf predict photo.jpg`` does the same.
#
# Augmentation
# ------------
#
# The form of an image can be corrected, the handwriting cannot: the digits of other
# people may be more slanted, wider or shakier than those in the training images.
# Augmentation trains the network on distorted copies of the images, which keep their
# labels. This function rotates and scales an image, and displaces its pixels by a
# random field that is smooth, so that strokes bend but do not break. The latter is
# called *elastic distortion* (Simard, Steinkraus and Platt, 2003):


def distort(image, rng):
    matrix = cv2.getRotationMatrix2D(
        (13.5, 13.5), rng.uniform(-15, 15), rng.uniform(0.85, 1.15)
    )
    image = cv2.warpAffine(image, matrix, (28, 28))
    displacement = cv2.GaussianBlur(rng.normal(size=(28, 28, 2)), (0, 0), 4)
    displacement *= 1.2 / displacement.std()  # pixels
    rows, columns = np.mgrid[:28, :28]
    return cv2.remap(
        image,
        (columns + displacement[:, :, 0]).astype(np.float32),
        (rows + displacement[:, :, 1]).astype(np.float32),
        cv2.INTER_LINEAR,
    )


five = mnist.images[0]
distorted = np.array([five] + [distort(five, rng) for _ in range(19)])
DigitsDisplay.from_predictions(
    distorted, np.full(20, mnist.target[0]), None, which="all", n_images=20
)

# %%
# The first image is the original. With the parameter ``augment``, a classifier distorts
# the training images itself, differently in each epoch. The held-out images stay as
# they are. ``augment="strong"`` also changes the thickness of strokes and the contrast,
# erases small parts, and adds blur and noise. :ref:`guide-augmentation` shows each
# distortion.

augmented = clone(cnn).set_params(augment="strong")
augmented.fit(images, target)

# %%
# Comparison
# ----------
#
# The accuracy of each network on the 100 photos, shrunk and normalised:

X_shrunk = np.array([shrink(photo) for photo in photos])
networks = {
    "5,000 images": cnn,
    "5,000 images, augmented": augmented,
    "pretrained": load_pretrained(),
}
pd.DataFrame(
    {
        "shrunk": [clf.score(X_shrunk, labels) for clf in networks.values()],
        "normalised": [clf.score(X_photos, labels) for clf in networks.values()],
    },
    index=list(networks),
)

# %%
# The normaliser makes the largest difference. The networks differ by a few photos, and
# a hundred photos are too few to rank them: the standard error of an accuracy of 0.95
# is 0.02. Drawn photos are also easier than real ones. :ref:`guide-pretrained` has
# figures for real handwriting.
#
# Doubtful digits
# ---------------
#
# These are the photos with the least confident predictions of the pretrained network.
# The titles show the labels and the predicted probabilities. An application can ask a
# person about such digits. ``digitclf predict --min-probability 0.9`` prints a question
# mark for digits with a lower probability.

DigitsDisplay.from_estimator(
    networks["pretrained"], X_photos, labels, which="least_confident", n_images=10
)

# sphinx_gallery_thumbnail_number = 2
