"""Digits on a page: found, ordered and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digitclf._lazy import import_on_first_use

if TYPE_CHECKING:
    from digitclf.reading._read import find_digits, read_digits

__all__ = ["find_digits", "read_digits"]

__getattr__, __dir__ = import_on_first_use(
    __name__,
    {
        "find_digits": "digitclf.reading._read",
        "read_digits": "digitclf.reading._read",
    },
)
