"""The model for handwritten digits that is part of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitclf._lazy import import_on_first_use

if TYPE_CHECKING:
    from digitclf.pretrained._load_pretrained import load_pretrained

__all__ = ["load_pretrained"]

__getattr__, __dir__ = import_on_first_use(
    __name__, {"load_pretrained": "digitclf.pretrained._load_pretrained"}
)
