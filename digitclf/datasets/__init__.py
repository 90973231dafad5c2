"""The bundled MNIST dataset, folders of pictures, and images formatted as text."""

from digitclf.datasets._format import format_image
from digitclf.datasets._image_folder import load_image_folder
from digitclf.datasets._mnist import load_mnist

__all__ = ["format_image", "load_image_folder", "load_mnist"]
