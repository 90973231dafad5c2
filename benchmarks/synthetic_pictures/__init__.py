"""Pictures of single digits, made from MNIST's images, as pens and cameras make them.

A picture passes these stages, a module each: the strokes of a pen, ink on a sheet, the
paper, the scene that it lies in, and light and camera. `picture` puts them together for
a kind of `kinds`; everything that the kind leaves open is drawn at random.
"""

from benchmarks.synthetic_pictures.camera import light, take
from benchmarks.synthetic_pictures.ink import paste
from benchmarks.synthetic_pictures.kinds import KINDS, PHOTO, Settings
from benchmarks.synthetic_pictures.paper import colours
from benchmarks.synthetic_pictures.picture import draw_picture
from benchmarks.synthetic_pictures.random_values import between, smooth_noise
from benchmarks.synthetic_pictures.strokes import pen_strokes

__all__ = [
    "KINDS",
    "PHOTO",
    "Settings",
    "between",
    "colours",
    "draw_picture",
    "light",
    "paste",
    "pen_strokes",
    "smooth_noise",
    "take",
]
