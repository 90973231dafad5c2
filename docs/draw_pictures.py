"""Draw the pictures in docs/_static.

python docs/draw_pictures.py
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import SubFigure
from PIL import Image
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import load_digits

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS / "_extensions"))

from dark_figures import darken  # noqa: E402 - found by the line above

from digitclf import (  # noqa: E402 - after the path is set
    CNNDigitClassifier,
    load_predictor,
)
from digitclf._augmentation import (  # noqa: E402 - after the path is set
    LIGHT,
    STRONG,
    Augmentation,
)
from digitclf._compiled.distortions import augment  # noqa: E402 - after the path is set
from digitclf.datasets import load_mnist  # noqa: E402 - after the path is set
from digitclf.plotting import FeatureMapsDisplay  # noqa: E402 - after the path is set
from digitclf.preprocessing import DigitNormalizer  # noqa: E402 - after the path is set

STATIC = DOCS / "_static"
BACKGROUND = "#10222e"
ACCENT = "#e69f00"
"""The colours of the logo."""


def draw_feature_maps() -> None:
    """Draw the feature maps of a seven, for the light and for the dark theme."""
    mnist = load_mnist()
    clf = CNNDigitClassifier(epochs=4, batch_size=50, random_state=0)
    clf.fit(mnist.images[:5000], mnist.target[:5000])
    seven = load_mnist(subset="test").images[0]
    display = FeatureMapsDisplay.from_estimator(clf, seven)
    maps = {name: strongest(maps, 5) for name, maps in display.maps.items()}
    figure = FeatureMapsDisplay(display.image, maps).plot().figure_
    figure.savefig(STATIC / "feature_maps.png", dpi=150)
    darken(figure)
    figure.savefig(STATIC / "feature_maps_dark.png", dpi=150, facecolor="none")


def strongest(maps: np.ndarray, n_maps: int) -> np.ndarray:
    """Return the maps with the largest sums, in their order."""
    largest_last = np.argsort(maps.sum(axis=(0, 1)))
    return maps[..., np.sort(largest_last[-n_maps:])]


def draw_distortions() -> None:
    """Draw each distortion alone, and the two named sets."""
    mnist = load_mnist()
    digits = np.stack([mnist.images[mnist.target == digit][3] for digit in range(10)])
    alone = {
        name: [distort(digits, Augmentation(**{name: largest}))]
        for name, largest in STRONG._asdict().items()
    }
    sets = {
        "original": [digits],
        '"light"': [distort(digits, LIGHT, seed) for seed in range(4)],
        '"strong"': [distort(digits, STRONG, seed) for seed in range(6)],
    }
    figure = plt.figure(figsize=(11, 5.4), layout="constrained")
    for part, rows in zip(figure.subfigures(1, 2), (alone, sets), strict=True):
        draw_rows(part, rows)
    figure.savefig(STATIC / "distortions.png", dpi=120)
    darken(figure)
    figure.savefig(STATIC / "distortions_dark.png", dpi=120, facecolor="none")


def distort(
    images: np.ndarray, augmentation: Augmentation, seed: int = 0
) -> np.ndarray:
    """Return distorted images, of grey levels between 0 and 255."""
    return augment(images, augmentation, (seed, 1), (0, 255)).numpy()


def draw_rows(figure: SubFigure, rows: dict[str, list[np.ndarray]]) -> None:
    """Draw groups of rows of images, with the name of a group at its first row."""
    axes = figure.subplots(sum(map(len, rows.values())))
    names = [
        name if number == 0 else ""
        for name, group in rows.items()
        for number in range(len(group))
    ]
    images = [images for group in rows.values() for images in group]
    for ax, name, row in zip(axes, names, images, strict=True):
        with_gaps = np.pad(row, ((0, 0), (1, 1), (1, 1)), constant_values=128)
        ax.imshow(np.hstack(with_gaps), cmap="gray", interpolation="nearest")
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_visible(False)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")


def draw_reliability() -> None:
    """Draw how often the pretrained model is right, against its probabilities."""
    reader = load_predictor()
    mnist, digits = load_mnist(subset="test"), load_digits()
    # scikit-learn's digits are enlarged, as pictures that users draw are larger.
    pictures = [
        np.asarray(Image.fromarray(np.uint8(image * 255 / 16)).resize((64, 64)))
        for image in digits.images
    ]
    sets = {
        "MNIST's test images": (mnist.data, mnist.target),
        "scikit-learn's digits": (DigitNormalizer().transform(pictures), digits.target),
    }
    figure, ax = plt.subplots(figsize=(5, 4.6), layout="constrained")
    for name, (images, labels) in sets.items():
        probabilities = reader.predict_proba(images)
        is_right = probabilities.argmax(axis=1) == labels
        CalibrationDisplay.from_predictions(
            is_right, probabilities.max(axis=1), n_bins=10, name=name, ax=ax
        )
    ax.set(xlabel="Probability of the answer", ylabel="Share of right answers")
    figure.savefig(STATIC / "reliability.png", dpi=130)
    darken(figure)
    figure.savefig(STATIC / "reliability_dark.png", dpi=130, facecolor="none")


def draw_social_card() -> None:
    """Draw the picture that is shown where somebody shares a page."""
    images = load_mnist().images
    ink = LinearSegmentedColormap.from_list("ink", (BACKGROUND, "white"))
    figure = plt.figure(figsize=(12, 6.3), facecolor=BACKGROUND)
    for number in range(30):
        row, column = divmod(number, 5)
        ax = figure.add_axes((0.55 + 0.08 * column, 0.05 + 0.15 * row, 0.075, 0.143))
        ax.imshow(images[number], cmap=ink, interpolation="nearest")
        ax.set_axis_off()
    figure.text(0.07, 0.6, "digitclf", color="white", size=72, weight="bold")
    figure.text(
        0.07,
        0.24,
        "Handwritten digit classifiers:\nscikit-learn estimators\naround Keras models",
        color="white",
        size=22,
        linespacing=1.4,
    )
    figure.add_artist(plt.Line2D((0.075, 0.2), (0.51, 0.51), color=ACCENT, linewidth=5))
    figure.savefig(STATIC / "social_card.png", dpi=100)


if __name__ == "__main__":
    draw_feature_maps()
    draw_distortions()
    draw_reliability()
    draw_social_card()
