"""
6. Reading a page
=================

The networks of the previous chapters classify images of single digits. A sheet of paper
has many of them: in lines that are not quite straight, between printed lines, and some
touch each other. This chapter finds the digits on a page step by step, and then lets
:func:`~digitclf.reading.read_digits` do it.
"""

# %%
# A page
# ------
#
# The page is drawn, like the photos of the previous chapter. Test images of MNIST are
# written with a blue pen on ruled paper, which is darker towards one corner. A space
# leaves a gap, and ``~`` moves the next digit to the left, so that it touches the one
# before:

import cv2
import matplotlib.pyplot as plt
import numpy as np

from digitclf import load_predictor
from digitclf.datasets import load_mnist
from digitclf.plotting import DigitsDisplay, PageDisplay, ReadingStepsDisplay
from digitclf.preprocessing import DigitNormalizer
from digitclf.reading import read_digits

HEIGHT, WIDTH = 560, 760
PAPER = np.array([243, 238, 224])
PEN = np.array([45, 60, 130])
RULE = np.array([150, 185, 215])

test = load_mnist(subset="test")
rng = np.random.default_rng(4)


def write(ink, text, left, base, slope=0.0):
    """Write digits on a sheet, from the left end of a base line."""
    start = left
    for sign in text:
        if sign in " ~":
            left += 45 if sign == " " else -21
            continue
        image = test.images[rng.choice(np.flatnonzero(test.target == int(sign)))]
        size = int(rng.integers(68, 80))
        strokes = cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC)
        strokes = np.clip((strokes / 255.0 - 0.35) / 0.35, 0, 1)
        columns = np.flatnonzero(strokes.max(axis=0) > 0.5)
        strokes = strokes[:, columns[0] : columns[-1] + 1]
        top = round(base - size + slope * (left - start) + rng.normal(0, 2))
        part = ink[top : top + size, left : left + strokes.shape[1]]
        np.maximum(part, strokes, out=part)
        left += strokes.shape[1] + 18


def photograph(ink, rules):
    """Return a photo of ink on paper with printed lines, uint8 (height, width, 3)."""
    page = PAPER + rules[..., np.newaxis] * (RULE - PAPER)
    page = page + ink[..., np.newaxis] * (PEN - page)
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    light = 1 - 0.45 * np.clip(0.7 * x + 0.6 * y - 0.2, 0, 1)
    page = page * light[..., np.newaxis] + rng.normal(0, 3, page.shape)
    return np.clip(page, 0, 255).astype(np.uint8)


ink, rules = np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH))
rules[95::110] = rules[96::110] = 0.8
lines = ["8 1250", "3460 71", "29 516", "4 983~07"]
for number, text in enumerate(lines):
    write(ink, text, 60 + 25 * (number % 2), 110 + 125 * number, 0.03 * (number - 1))

page = photograph(ink, rules)
plt.figure(figsize=(7, 5.2), layout="constrained")
plt.imshow(page)
plt.axis("off")
plt.show()

# %%
# The background removed
# ----------------------
#
# The paper is about half as bright in the lower right corner as in the upper left one.
# As in the previous chapter, a morphological closing estimates the brightness of the
# paper, and the difference is the ink:

red = cv2.GaussianBlur(page[:, :, 0], (3, 3), 0)
paper = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((61, 61), dtype=np.uint8))
contrast = paper - red
_, strokes = cv2.threshold(contrast, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)

# %%
# The threshold may lie below the contrast of the printed lines, which are then ink as
# well. A morphological *opening* with a long, flat window keeps what is at least that
# long: the lines. They are removed, and a closing mends the strokes that they cross:

printed = cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones((1, 101), np.uint8))
strokes = cv2.morphologyEx(
    strokes - printed, cv2.MORPH_CLOSE, np.ones((5, 3), np.uint8)
)

figure, axes = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")
for ax, shown, title in [
    (axes[0], red, "red channel"),
    (axes[1], contrast, "without paper"),
    (axes[2], strokes, "ink"),
]:
    ax.imshow(shown, cmap="gray" if title == "red channel" else "Greys")
    ax.set(title=title, xticks=[], yticks=[])

# %%
# What was found
# --------------
#
# Pixels of ink that touch each other are a *connected component*. Each component that
# is as tall as a digit is a candidate:

_, labels, stats, _ = cv2.connectedComponentsWithStats(strokes)
candidates = [number for number in range(1, len(stats)) if stats[number, 3] > 30]
boxes = stats[candidates, :4]

figure, ax = plt.subplots(figsize=(7, 5.2), layout="constrained")
ax.imshow(page)
ax.axis("off")
for left, top, width, height in boxes:
    frame = plt.Rectangle((left, top), width, height, fill=False, color="tab:orange")
    ax.add_patch(frame)

# %%
# Lines
# -----
#
# Reading order is from top to bottom and from left to right, but the digits of a line
# are not at the same height, and the line may slant. A digit therefore continues the
# line whose last digit is at about its height:


def in_lines(boxes):
    """Return the positions of the boxes, a list per line."""
    centres = boxes[:, 1] + boxes[:, 3] / 2
    lines = []
    for place in np.argsort(boxes[:, 0]):
        for line in lines:
            if abs(centres[line[-1]] - centres[place]) < 40:
                line.append(place)
                break
        else:
            lines.append([place])
    return sorted(lines, key=lambda line: centres[line[0]])


found = in_lines(boxes)
[len(line) for line in found]

# %%
# Digits
# ------
#
# Each candidate is cut out and brought into MNIST's form.
# :func:`~digitclf.load_predictor` returns the pretrained network without TensorFlow:

predictor = load_predictor()
normalizer = DigitNormalizer()


def cut_out(place):
    """Return a candidate, dark on white."""
    left, top, width, height = boxes[place]
    part = labels[top : top + height, left : left + width] == candidates[place]
    return np.pad(np.where(part, 0, 255).astype(np.uint8), 8, constant_values=255)


for line, text in zip(found, lines, strict=True):
    X = normalizer.transform([cut_out(place) for place in line])
    answer = "".join(str(label) for label in predictor.predict(X))
    print(f"written: {text:9}  read: {answer}")

# %%
# The 3 and the 0 in the last line touch. They are one candidate, and the network gives
# it a single label.
#
# Digits that touch
# -----------------
#
# The candidate has to be cut at some column. Several columns have little ink, and the
# one with the least is not always the right one. The network decides: if the cut is
# right, both parts look like digits. The curve shows the product of their probabilities
# for each column:

widest = max(range(len(boxes)), key=lambda place: boxes[place][2])
pair = cut_out(widest)
columns = np.arange(20, pair.shape[1] - 20)
halves = [[pair[:, :column], pair[:, column:]] for column in columns]
X = normalizer.transform([half for parts in halves for half in parts])
probabilities = predictor.predict_proba(X).max(axis=1).reshape(-1, 2)
products = probabilities.prod(axis=1)
best = columns[products.argmax()]

figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained")
axes[0].imshow(pair, cmap="gray")
axes[0].axvline(best, color="tab:orange")
axes[0].set(xticks=[], yticks=[])
axes[1].plot(columns, products)
axes[1].axvline(best, color="tab:orange")
axes[1].set(xlabel="column", ylabel="product of probabilities", ylim=(0, 1.05))

# %%

X = normalizer.transform([pair[:, :best], pair[:, best:]])
predictor.predict(X)

# %%
# ``read_digits``
# ---------------
#
# This was enough for this page. Other pages have broken strokes, grids, stains or
# letters, and may be rotated. :func:`~digitclf.reading.read_digits` takes the same
# steps and handles these cases as well. The result is a table with a row per digit:

digits = read_digits(page)
digits.drop(columns="image").head(8).round(3)

# %%
# The lines as text:

text = digits["digit"].astype("string").fillna("?")
text.groupby(digits["line"]).agg("".join)

# %%
# :class:`~digitclf.plotting.ReadingStepsDisplay` shows the page after each step. The
# last panel has the digits as the network gets them:

ReadingStepsDisplay.from_page(page)

# %%
# Doubtful digits
# ---------------
#
# The label of a digit is missing if its probability is below ``min_probability``. A
# person can then look at it: :class:`~digitclf.plotting.PageDisplay` draws it in
# another colour with a question mark. This page is easy to read, so the example takes a
# bound that the four least probable digits do not reach:

bound = digits["probability"].nsmallest(5).max()
doubtful = read_digits(page, min_probability=bound)
PageDisplay.from_reading(page, doubtful)

# %%
# These are the doubtful digits as the network sees them:

least = digits[doubtful["digit"].isna()]
DigitsDisplay.from_predictions(
    np.stack(least["image"]), least["digit"].astype(int), None, which="all"
)

# %%
# A table
# -------
#
# Marks are often written into the cells of a table. The same functions draw one with
# four rows and three columns:

marks = [["12", "9", "15"], ["7", "14", "11"], ["10", "8", "13"], ["16", "5", "9"]]
ink, rules = np.zeros((HEIGHT, WIDTH)), np.zeros((HEIGHT, WIDTH))
for row in range(len(marks) + 1):
    cv2.line(rules, (40, 40 + 120 * row), (700, 40 + 120 * row), 1.0, 2)
for column in range(len(marks[0]) + 1):
    cv2.line(rules, (40 + 220 * column, 40), (40 + 220 * column, 520), 1.0, 2)
for row, numbers in enumerate(marks):
    for column, number in enumerate(numbers):
        write(ink, number, 90 + 220 * column, 135 + 120 * row)

sheet = photograph(ink, rules)
table = read_digits(sheet, cells=True)
PageDisplay.from_reading(sheet, table)

# %%
# With ``cells=True``, the table of the digits also has the row and the column of the
# cell, and the number in it. One line turns this into the table on the sheet:

table.pivot_table(index="row", columns="column", values="number", aggfunc="first")

# %%
# On the command line, ``digitclf read page.jpg`` prints the lines of a page, and
# ``digitclf read page.jpg --plot read.png`` draws them. :ref:`guide-reading` describes
# which pages can be read, and how well.

# sphinx_gallery_thumbnail_number = 1
