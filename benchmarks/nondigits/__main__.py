"""Train the network that tells digits from other ink on a page.

It ships with the package beside the pretrained model. The training images are made from
MNIST's training images and from signs that are drawn. The fit can be killed: the same
command goes on from its last epoch.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.nondigits.training_set import LETTERS, training_set
from benchmarks.written_sheets import DIGITS
from digitclf import CNNDigitClassifier, save_model
from digitclf.reading._digit_or_other import LEAST_DIGIT

PARAMETERS = {
    "filters": ((16, 16), (32, 32)),
    "batch_normalization": True,
    "hidden_layer_sizes": (96,),
    "dropout": 0.0,
    "hidden_dropout": 0.1,
    "augment": "light",
    "epochs": 10,
    "batch_size": 128,
    "learning_rate": 4e-3,
    "schedule": "one_cycle",
    "validation_split": 0.04,
    "patience": None,
}

N_SHEETS = {"mixed": 700, "touching": 400, "doodles": 160}
"""Numbers of sheets from which the training images are cut out."""

N_HELD_OUT_SHEETS = {"mixed": 60, "touching": 30, "doodles": 20}

LOST = 0.005
"""Share of the held-out digits that may be lost. The threshold for it is printed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("digit_or_other.keras"))
    parser.add_argument("--work", type=Path, default=Path("nondigits-training"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    X, kinds = _cached(arguments.work / "images.npz", N_SHEETS, arguments.seed, False)
    classifier = CNNDigitClassifier(
        **PARAMETERS,
        checkpoint=arguments.work / "best.keras",
        resume=True,
        verbose=2,
        random_state=arguments.seed,
    )
    classifier.fit(X, labels_of(kinds))
    save_model(classifier, arguments.out)
    X, kinds = _cached(
        arguments.work / "held_out.npz", N_HELD_OUT_SHEETS, arguments.seed, True
    )
    probabilities = pd.DataFrame(
        classifier.predict_proba(X), columns=classifier.classes_
    )
    print_rejections(probabilities, kinds)


def labels_of(kinds: np.ndarray) -> np.ndarray:
    """Return the classes of kinds of images."""
    chosen = [np.isin(kinds, DIGITS), kinds == "pair", np.isin(kinds, LETTERS)]
    return np.select(chosen, ["digit", "several", "letter"], "other")


def print_rejections(probabilities: pd.DataFrame, kinds: np.ndarray) -> None:
    """Print what the held-out images of each kind are taken for."""
    threshold = float(probabilities["digit"][kinds == "digit"].quantile(LOST))
    print(f"{LOST:.1%} of the digits have a probability below {threshold:.3f}.\n")
    labels = ["digit", "several", "letter", "other"]
    print(f"| image | number | {' | '.join(labels)} | below {LEAST_DIGIT} |")
    print("| --- |" + " ---: |" * (len(labels) + 2))
    likeliest = probabilities.idxmax(axis=1)
    for kind in sorted(set(kinds), key=lambda kind: (kind not in DIGITS, kind)):
        chosen = kinds == kind
        shares = [(likeliest[chosen] == label).mean() for label in labels]
        shares.append((probabilities["digit"][chosen] < LEAST_DIGIT).mean())
        figures = " | ".join(f"{share:.3f}" for share in shares)
        print(f"| {kind} | {chosen.sum()} | {figures} |")


def _cached(
    path: Path, n_sheets: dict[str, int], seed: int, is_held_out: bool
) -> tuple[np.ndarray, np.ndarray]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        n_processes = os.cpu_count() or 1
        X, kinds = training_set(
            n_sheets, seed, is_held_out=is_held_out, n_processes=n_processes
        )
        np.savez_compressed(path, X=X, kinds=kinds)
    with np.load(path) as arrays:
        return arrays["X"], arrays["kinds"]


if __name__ == "__main__":
    main()
