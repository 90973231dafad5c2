"""The bundled MNIST dataset, folders of pictures, and images formatted as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitclf._lazy import import_on_first_use

if TYPE_CHECKING:
    from digitclf.datasets._format import format_image
    from digitclf.datasets._image_folder import load_image_folder
    from digitclf.datasets._mnist import load_mnist

__all__ = ["format_image", "load_image_folder", "load_mnist"]

__getattr__, __dir__ = import_on_first_use(
    __name__,
    {
        "format_image": "digitclf.datasets._format",
        "load_image_folder": "digitclf.datasets._image_folder",
        "load_mnist": "digitclf.datasets._mnist",
    },
)
