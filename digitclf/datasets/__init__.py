"""The bundled MNIST dataset, and images formatted as text."""

from digitclf.datasets._format import format_image
from digitclf.datasets._mnist import load_mnist

__all__ = ["format_image", "load_mnist"]
