"""Test images of MNIST, loaded once."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from digitclf.app._arrays import grey_levels_as_json


@cache
def test_images() -> Any:
    """Return the test images of MNIST with their labels."""
    from digitclf.datasets import load_mnist

    return load_mnist(subset="test")


def random_test_image(random: np.random.Generator) -> dict[str, Any]:
    """Return a test image, as JSON."""
    mnist = test_images()
    number = int(random.integers(len(mnist.target)))
    return {
        "number": number,
        "digit": str(mnist.target[number]),
        "image": grey_levels_as_json(mnist.images[number]),
    }
