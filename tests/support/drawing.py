"""Digits as strokes on the pad of the browser app."""

STROKES = {
    "1": [[(0.5, 0.2), (0.5, 0.8)]],
    "3": [
        [(0.33, 0.25), (0.5, 0.18), (0.65, 0.28), (0.6, 0.42), (0.47, 0.48)],
        [(0.47, 0.48), (0.64, 0.56), (0.66, 0.7), (0.5, 0.82), (0.32, 0.74)],
    ],
    "7": [[(0.3, 0.24), (0.7, 0.22), (0.46, 0.82)]],
}
"""Points of strokes, relative to the pad."""


def draw(page, digit):
    """Draw a digit with the mouse on the pad of the browser app."""
    box = page.locator("#canvas").bounding_box()
    for stroke in STROKES[digit]:
        points = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"])
            for x, y in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()
