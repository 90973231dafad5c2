"""Pictures of digits, brought into the form of MNIST's images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitclf._lazy import import_on_first_use

if TYPE_CHECKING:
    from digitclf.preprocessing._normalizer import DigitNormalizer

__all__ = ["DigitNormalizer"]

__getattr__, __dir__ = import_on_first_use(
    __name__, {"DigitNormalizer": "digitclf.preprocessing._normalizer"}
)
