"""Take the pictures of the browser app in docs/_static, with an installed browser.

python docs/draw_app.py                # all of them; trains for a minute
python docs/draw_app.py --only draw    # some of them
"""

import argparse
import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from digitclf.app._pages import example_page

STATIC = Path(__file__).resolve().parent / "_static"

BROWSERS = ("chromium", "google-chrome", "chrome", "msedge")
NAMES = ("draw", "maps", "read", "phone", "train")
"""The pretrained model is used until a training ends."""

DESKTOP = {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1.5}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
}

SEED = 5
"""A page with a doubtful digit."""

SEVEN = [(0.29, 0.24), (0.71, 0.21), (0.61, 0.43), (0.53, 0.62), (0.46, 0.83)]
TWO = [
    *((0.32, 0.32), (0.4, 0.2), (0.55, 0.17), (0.66, 0.26), (0.62, 0.42), (0.48, 0.6)),
    *((0.32, 0.78), (0.5, 0.76), (0.7, 0.78)),
]

SECONDS_OF_TRAINING = 600


def main() -> None:
    """Take the pictures in both themes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    parser.add_argument("--browser", default=found, help="path of a browser")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    options = parser.parse_args()
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with running_app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.browser, args=["--no-sandbox"] * is_root
        )
        for name in options.only:
            for scheme in ("light", "dark"):
                size = PHONE if name == "phone" else DESKTOP
                context = browser.new_context(
                    **size, color_scheme=scheme, locale="en", reduced_motion="reduce"
                )
                context.set_default_timeout(1000 * SECONDS_OF_TRAINING)
                page = context.new_page()
                PICTURES[name](page, address)
                suffix = "" if scheme == "light" else "_dark"
                save(page, STATIC / f"app_{name}{suffix}.png")
                context.close()
        browser.close()


@contextlib.contextmanager
def running_app() -> Iterator[str]:
    """Run the app and yield its address."""
    command = [sys.executable, "-m", "digitclf", "app", "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
    try:
        yield server.stdout.readline().split()[4]
    finally:
        server.terminate()
        server.wait(60)


def take_draw(page: Page, address: str) -> None:
    """Draw a seven."""
    page.goto(f"{address}#draw")
    draw(page, SEVEN)


def take_maps(page: Page, address: str) -> None:
    """Open the feature maps of the seven."""
    page.set_viewport_size({"width": 1280, "height": 900})
    take_draw(page, address)
    page.locator("#inside summary").click()
    button = page.get_by_role("button", name="Map 28 of Convolution 1-1")
    page.locator("#inside").evaluate("item => item.scrollIntoView()")
    page.mouse.wheel(0, 80)
    page.wait_for_timeout(500)
    button.hover()
    page.wait_for_timeout(500)


def take_read(page: Page, address: str) -> None:
    """Read a page."""
    page.goto(f"{address}#read")
    page.locator("#file").set_input_files(
        {
            "name": "page.png",
            "mimeType": "image/png",
            "buffer": example_page(np.random.default_rng(SEED)),
        }
    )
    page.locator(".box").first.wait_for()


def take_train(page: Page, address: str) -> None:
    """Train the convolutional network, unless that is done."""
    page.set_viewport_size({"width": 1280, "height": 1080})
    page.goto(f"{address}#train")
    page.wait_for_timeout(1000)
    if not page.locator("#numbers tr").count():
        page.locator("[name=n_images]").fill("1500")
        page.locator("[name=epochs]").fill("12")
        page.locator("[name=patience]").fill("2")
        page.locator("#start").click()
    page.get_by_text("Finished after").wait_for()
    page.wait_for_timeout(500)


def take_phone(page: Page, address: str) -> None:
    """Draw a two."""
    page.goto(f"{address}#draw")
    draw(page, TWO)


PICTURES = {
    "draw": take_draw,
    "maps": take_maps,
    "read": take_read,
    "train": take_train,
    "phone": take_phone,
}


def draw(page: Page, points: Sequence[tuple[float, float]]) -> None:
    """Draw a stroke through points, relative to the pad."""
    box = page.locator("#canvas").bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    page.locator("#answer[aria-busy=false]").wait_for()
    page.wait_for_timeout(500)  # the bars move


def save(page: Page, path: Path) -> None:
    """Save a picture of the window with few colours, which makes the file small."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
