"""The MNIST images that ship with the package, and a way to read one as numbers."""

from digitclf.datasets._format import format_image
from digitclf.datasets._mnist import load_mnist

__all__ = ["format_image", "load_mnist"]
