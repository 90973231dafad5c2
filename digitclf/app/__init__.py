"""A browser app that draws digits, reads pages and trains networks (extra ``app``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitclf._lazy import import_on_first_use

if TYPE_CHECKING:
    from digitclf.app._application import make_app

__all__ = ["make_app"]

__getattr__, __dir__ = import_on_first_use(
    __name__, {"make_app": "digitclf.app._application"}
)
