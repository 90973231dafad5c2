"""Sheets with digits and other ink, and the candidates of `digitclf.reading` on them.

What each pixel belongs to is known, so that networks can be trained on candidates with
the faults that those of real pages have.
"""

from benchmarks.written_sheets.cutouts import DIGITS, Cutout, cutouts_of
from benchmarks.written_sheets.sheet import WRITINGS, Sheet, Writing, draw_sheet

__all__ = [
    "DIGITS",
    "WRITINGS",
    "Cutout",
    "Sheet",
    "Writing",
    "cutouts_of",
    "draw_sheet",
]
