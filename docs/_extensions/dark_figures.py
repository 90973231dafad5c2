"""Sphinx-Gallery scraper: saves each figure for the light and for the dark theme.

In the dark version the background is transparent, and black, white and grey are mapped
to the colours of the dark theme. Images keep their colours: in the tutorial, dark means
large in both themes.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.colors import to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from sphinx_gallery.scrapers import matplotlib_scraper

INK = np.array([0xCE, 0xD6, 0xDD]) / 255
PAPER = np.array([0x14, 0x18, 0x1E]) / 255
"""Text and background of the dark theme."""

GREY = 0.05
"""Largest difference between the channels of a colour that counts as grey."""


def scrape(block: object, block_vars: dict, gallery_conf: dict) -> str:
    """Save the open figures twice and return the markup that shows both versions."""
    figures = [plt.figure(number) for number in plt.get_fignums()]
    names = block_vars["image_path_iterator"].paths
    n_before = len(names)
    light = matplotlib_scraper(block, block_vars, gallery_conf)
    if not light:
        return light
    for figure, name in zip(figures, names[n_before:], strict=True):
        darken(figure)
        for path, scale in _files(Path(name), gallery_conf["image_srcset"]):
            figure.savefig(path, dpi=scale * figure.dpi, facecolor="none")
    dark = re.sub(r"(images/sphx_glr_\w+?_\d{3})(\w*\.png)", r"\1_dark\2", light)
    return "".join(
        f"\n.. container:: {theme}\n\n{indent(markup, '    ')}\n"
        for theme, markup in (("only-light", light), ("only-dark", dark))
    )


def darken(figure: Figure) -> None:
    """Draw a figure in the colours of the dark theme, without a background."""
    figure.patch.set_visible(False)
    pictures = set()
    for ax in figure.axes:
        if ax.images:
            pictures.update(_drawn_on(ax))
        else:
            ax.patch.set_visible(False)
    for artist in figure.findobj():
        if artist not in pictures:
            _recolour(artist)


def _drawn_on(ax: Axes) -> Iterator[Artist]:
    """Return what lies on an image and has to contrast with it."""
    for artist in (ax.patch, *ax.texts, *ax.lines, *ax.patches, *ax.collections):
        yield from artist.findobj()


def _recolour(artist: Artist) -> None:
    if isinstance(artist, Text):
        artist.set_color(_dark(artist.get_color()))
    elif isinstance(artist, Line2D):
        artist.set_color(_dark(artist.get_color()))
        artist.set_markeredgecolor(_dark(artist.get_markeredgecolor()))
        artist.set_markerfacecolor(_dark(artist.get_markerfacecolor()))
    elif isinstance(artist, Patch):
        edge = _dark(artist.get_edgecolor())
        artist.set_facecolor(_dark(artist.get_facecolor()))
        artist.set_edgecolor(edge)
    elif isinstance(artist, Collection) and artist.get_array() is None:
        edges = _dark(artist.get_edgecolor())
        artist.set_facecolor(_dark(artist.get_facecolor()))
        artist.set_edgecolor(edges)


def _dark(colour: object) -> np.ndarray:
    """Return colours with black, white and grey replaced by those of the dark theme."""
    colours = to_rgba_array(colour)
    rgb = colours[:, :3]
    grey = np.ptp(rgb, axis=1) < GREY
    lightness = rgb[grey].mean(axis=1, keepdims=True)
    colours[grey, :3] = INK + lightness * (PAPER - INK)
    return colours[0] if len(colours) == 1 else colours


def _files(path: Path, scales: list[float]) -> Iterator[tuple[Path, float]]:
    """Return the files of the dark version with their resolutions."""
    yield path.with_stem(f"{path.stem}_dark"), 1
    for scale in scales:
        suffix = f"{scale:.2f}".replace(".", "_")
        yield path.with_stem(f"{path.stem}_dark_{suffix}x"), scale
