"""Synthetic pages: handwritten digits of MNIST as people write and cameras see them.

A page passes these stages, a module each: digits are written in a layout, with other
ink beside them, on a printed paper of some colour, which lies in a scene under some
light. `kinds` puts them together.
"""

from benchmarks.pages.synthetic.kinds import KINDS, Page, draw_page

__all__ = ["KINDS", "Page", "draw_page"]
