"""Train the classifier that ships with the package.

The training images are made from MNIST's 60,000 training images alone. The fit can be
killed: the same command goes on from its last epoch.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

from benchmarks.pretrained.training_set import training_set
from digitclf import CNNDigitClassifier, save_model

PARAMETERS = {
    "filters": ((48, 48), (96, 96)),
    "batch_normalization": True,
    "dropout": 0.1,
    "hidden_dropout": 0.3,
    "augment": "strong",
    "epochs": 18,
    "batch_size": 128,
    "learning_rate": 4e-3,
    "schedule": "one_cycle",
    "validation_split": 0.04,
    "patience": None,
}

NUMBERS = {
    "picture": 24_000,
    "disturbed": 24_000,
    "form": 11_000,
    "picture of a form": 8_000,
    "cutout": 24_000,
}
"""Numbers of images that are made, by their kind."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("digits.keras"))
    parser.add_argument("--work", type=Path, default=Path("pretrained-training"))
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    X, y = _cached_training_set(arguments.work / "images.npz", arguments.seed)
    classifier = CNNDigitClassifier(
        **PARAMETERS,
        checkpoint=arguments.work / "best.keras",
        resume=True,
        verbose=2,
        random_state=arguments.seed,
    )
    classifier.fit(X, y)
    save_model(classifier, arguments.out)
    print(f"{arguments.out}: validation loss {classifier.best_validation_loss_:.4f}")


def _cached_training_set(path: Path, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        X, y = training_set(NUMBERS, seed, os.cpu_count() or 1)
        np.savez_compressed(path, X=X, y=y)
    with np.load(path) as arrays:
        return arrays["X"], arrays["y"]


if __name__ == "__main__":
    main()
