"""Pictures of digits, brought into the form of MNIST's images."""

from digitclf.preprocessing._normalizer import DigitNormalizer

__all__ = ["DigitNormalizer"]
