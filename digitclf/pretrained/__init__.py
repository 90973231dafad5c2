"""The model for handwritten digits that is part of the package."""

from digitclf.pretrained._load_pretrained import load_pretrained

__all__ = ["load_pretrained"]
