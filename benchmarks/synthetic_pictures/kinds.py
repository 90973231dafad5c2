"""Kinds of synthetic pictures, as ranges and probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Settings:
    """Ranges (low, high) and probabilities from which a picture is drawn."""

    digit_height: tuple[float, float] = (40, 260)  # pixels, drawn on a log scale
    fill: tuple[float, float] = (0.45, 0.92)  # height of the digit / of the picture
    aspect: tuple[float, float] = (0.8, 1.25)  # width / height of the picture
    stroke: tuple[float, float] = (0.04, 0.15)  # width / height of the digit
    rotation: float = 10.0  # degrees, standard deviation of half of it
    corner: float = 0.05
    colour: float = 0.4  # of ink and of paper
    light_on_dark: float = 0.14
    contrast: tuple[float, float] = (0.35, 1.0)
    pressure: tuple[float, float] = (0.0, 0.35)  # unevenness of the ink
    gaps: float = 0.0  # in the strokes
    jagged: float = 0.0  # drawn with a mouse, in straight pieces of whole pixels
    texture: tuple[float, float] = (0.0, 0.03)
    gradient: tuple[float, float] = (0.0, 0.25)
    vignette: float = 0.1
    shadow: float = 0.1
    creases: float = 0.05
    ruled: float = 0.08
    squared: float = 0.05
    line_contrast: tuple[float, float] = (0.2, 0.7)
    line_tilt: float = 1.5  # degrees, standard deviation
    frame: float = 0.05
    neighbour: float = 0.1
    neighbour_sides: int = 1
    table: float = 0.05
    table_sides: int = 1
    finger: float = 0.0
    show_through: float = 0.0
    specks: float = 0.1
    blur: tuple[float, float] = (0.0, 1.2)  # pixels
    noise: tuple[float, float] = (0.0, 0.03)
    moire: float = 0.0
    jpeg: float = 0.5
    quality: tuple[float, float] = (30, 95)
    resolution: int = 0  # longer side in pixels that the picture is reduced to
    stretched: float = 0.0  # to a square
    binary: float = 0.0


CLEAN = Settings(
    colour=0,
    light_on_dark=0,
    corner=0,
    contrast=(0.8, 1.0),
    pressure=(0, 0),
    texture=(0, 0),
    gradient=(0, 0),
    vignette=0,
    shadow=0,
    ruled=0,
    creases=0,
    squared=0,
    frame=0,
    neighbour=0,
    table=0,
    specks=0,
    blur=(0, 0.5),
    noise=(0, 0),
    jpeg=0,
)
PHOTO = Settings(
    ruled=0, squared=0, frame=0, neighbour=0, table=0, vignette=0, shadow=0
)
RECORD = replace(
    PHOTO,
    digit_height=(30, 110),
    fill=(0.6, 0.98),
    aspect=(0.6, 1.1),
    stroke=(0.04, 0.14),
    contrast=(0.25, 0.7),
    pressure=(0.1, 0.6),
    texture=(0.0, 0.05),
    neighbour=0.7,
    neighbour_sides=3,
    show_through=0.4,
    ruled=0.2,
    line_contrast=(0.2, 0.8),
    blur=(0.3, 1.5),
    jpeg=1.0,
)

KINDS: dict[str, Settings] = {
    "drawn": CLEAN,
    "hair-thin": replace(CLEAN, stroke=(0.008, 0.03)),
    "marker": replace(CLEAN, stroke=(0.15, 0.24)),
    "inverted": replace(CLEAN, light_on_dark=1.0),
    "coloured": replace(CLEAN, colour=1.0, contrast=(0.2, 1.0)),
    "corner": replace(CLEAN, corner=1.0, fill=(0.2, 0.5)),
    "tight": replace(CLEAN, fill=(0.96, 1.0)),
    "tiny": replace(CLEAN, digit_height=(9, 20), stroke=(0.09, 0.18)),
    "huge": replace(PHOTO, digit_height=(500, 1600), fill=(0.3, 0.8)),
    "photo": PHOTO,
    "faint": replace(PHOTO, contrast=(0.08, 0.25), noise=(0, 0.01), texture=(0, 0.01)),
    "texture": replace(PHOTO, texture=(0.03, 0.07)),
    "gradient": replace(PHOTO, gradient=(0.3, 0.7)),
    "vignette": replace(PHOTO, vignette=1.0),
    "shadow": replace(PHOTO, shadow=1.0),
    "creases": replace(PHOTO, creases=1.0),
    "noise": replace(PHOTO, noise=(0.03, 0.1)),
    "blur": replace(PHOTO, blur=(1.5, 4.0)),
    "ruled": replace(PHOTO, ruled=1.0),
    "squared": replace(PHOTO, squared=1.0),
    "frame": replace(PHOTO, frame=1.0),
    "neighbour": replace(PHOTO, neighbour=1.0),
    "table": replace(PHOTO, table=1.0),
    "specks": replace(PHOTO, specks=1.0),
    "dark grid": replace(PHOTO, squared=1.0, line_contrast=(0.7, 1.0), line_tilt=2.5),
    "dark lines": replace(PHOTO, ruled=1.0, line_contrast=(0.7, 1.0), line_tilt=2.5),
    "neighbours": replace(PHOTO, neighbour=1.0, neighbour_sides=4),
    "desk": replace(PHOTO, table=1.0, table_sides=3),
    "finger": replace(PHOTO, finger=1.0),
    "pencil": replace(
        PHOTO,
        contrast=(0.12, 0.4),
        pressure=(0.4, 0.9),
        stroke=(0.02, 0.06),
        noise=(0, 0.015),
    ),
    "gaps": replace(PHOTO, gaps=1.0),
    "mouse": replace(CLEAN, jagged=1.0, stroke=(0.01, 0.08), blur=(0, 0)),
    "chalk": replace(
        PHOTO, light_on_dark=1.0, pressure=(0.4, 0.9), texture=(0.02, 0.07)
    ),
    "screen": replace(PHOTO, moire=1.0),
    "compressed": replace(PHOTO, jpeg=1.0, quality=(5, 20)),
    "church record": RECORD,
    "16 pixels": replace(
        CLEAN, fill=(1.0, 1.0), stroke=(0.08, 0.2), resolution=16, light_on_dark=0.5
    ),
    "8 pixels": replace(
        CLEAN, fill=(1.0, 1.0), stroke=(0.08, 0.16), resolution=8, light_on_dark=0.5
    ),
    "stretched": replace(
        CLEAN,
        fill=(1.0, 1.0),
        stroke=(0.06, 0.16),
        resolution=16,
        stretched=1.0,
        binary=1.0,
        light_on_dark=0.5,
    ),
    "anything": Settings(
        stroke=(0.015, 0.2), contrast=(0.2, 1.0), digit_height=(20, 400)
    ),
}
"""Kinds of pictures. Each has a single difficulty, except `anything`."""
