"""Measure how soon the browser app answers a stroke, and requests at the same time."""

from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.environment import describe_environment
from benchmarks.records import RESULTS, markdown_table, read_records, record

OUTPUT = RESULTS / "app.csv"
KEY = ("task",)

N_STROKES = 200
N_WARM_UP = 10
N_REQUESTS, N_CLIENTS = 50, 8

BROWSERS = ("chromium", "google-chrome", "chrome", "msedge")

MEASURE = """() => {
    const answer = document.getElementById("answer");
    window.measured = [];
    let start = null;
    // The event has reached the pad by now.
    addEventListener("pointerup", () => { start = performance.now(); });
    new MutationObserver(() => {
        if (start === null || answer.getAttribute("aria-busy") === "true") return;
        const began = start;
        start = null;
        requestAnimationFrame(() => setTimeout(() =>
            window.measured.push(performance.now() - began)));
    }).observe(answer, {attributes: true, attributeFilter: ["aria-busy"]});
}"""
"""Collects milliseconds from the end of a stroke to the frame with its bars."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parse(arguments)
    with _app() as port:
        strokes = measure_strokes(port, options.strokes, options.browser)
        _record(options.output, "strokes", len(strokes), strokes)
        requests = measure_requests(port)
        _record(options.output, "requests", len(requests), requests)
    print(f"\n{_table(read_records(options.output))}")


@contextlib.contextmanager
def _app() -> Iterator[int]:
    """Run the app in a process of its own and yield its port."""
    command = [sys.executable, "-m", "digitclf", "app", "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
    assert server.stdout is not None
    try:
        address = server.stdout.readline().split()[4]
        time.sleep(5)  # what the first requests need is loaded in the meantime
        yield int(address.strip("/").rpartition(":")[2])
    finally:
        server.terminate()
        server.wait(30)


def measure_strokes(port: int, n_strokes: int, path: str) -> np.ndarray:
    """Return milliseconds from the end of each stroke to its bars, in a browser."""
    from playwright.sync_api import sync_playwright

    random = np.random.default_rng(0)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] * is_root
        )
        # The policy of the page forbids what Playwright waits with.
        page = browser.new_page(
            viewport={"width": 1280, "height": 900}, bypass_csp=True
        )
        page.goto(f"http://127.0.0.1:{port}/")
        page.evaluate(MEASURE)
        for number in range(N_WARM_UP + n_strokes):
            if number % 3 == 0:
                page.locator("#canvas").press("Delete")
            _draw_stroke(page, random)
            page.wait_for_function(f"window.measured.length > {number}")
            if (number + 1) % 50 == 0:
                print(f"{number + 1} strokes", flush=True)
        measured = page.evaluate("window.measured")
        browser.close()
    return np.array(measured[N_WARM_UP : N_WARM_UP + n_strokes])


def _draw_stroke(page: Any, random: np.random.Generator) -> None:
    box = page.locator("#canvas").bounding_box()
    points = random.uniform(0.2, 0.8, (4, 2)) * (box["width"], box["height"])
    points += (box["x"], box["y"])
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


def measure_requests(port: int) -> np.ndarray:
    """Return milliseconds of requests that clients send at the same time."""
    from digitclf.datasets import load_mnist

    pictures = [
        _as_png(255 - image) for image in load_mnist(subset="test").images[:N_REQUESTS]
    ]
    together = threading.Barrier(N_CLIENTS)
    measured: list[float] = []
    errors: list[Any] = []

    def send(own: Sequence[bytes]) -> None:
        together.wait()
        for picture in own:
            start = time.perf_counter()
            try:
                _post(port, picture)
            except Exception as error:
                errors.append(error)
            measured.append(1000 * (time.perf_counter() - start))

    clients = [
        threading.Thread(target=send, args=(pictures[number::N_CLIENTS],))
        for number in range(N_CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    if errors:
        raise RuntimeError(f"{len(errors)} requests failed: {errors[0]}")
    return np.array(measured)


def _post(port: int, picture: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/predict", picture)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.OK or "digit" not in json.loads(content):
        raise RuntimeError(f"{answer.status}: {content!r}")


def _as_png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).resize((336, 336)).save(file, "PNG")
    return file.getvalue()


def _record(path: Path, task: str, count: int, milliseconds: np.ndarray) -> None:
    row = {
        "task": task,
        "number": count,
        "median": round(float(np.median(milliseconds)), 1),
        "percentile_95": round(float(np.percentile(milliseconds, 95)), 1),
        "largest": round(float(milliseconds.max()), 1),
        "unit": "ms",
    }
    record(path, row | describe_environment(), KEY)


TASKS = {
    "strokes": "end of a stroke to its bars, in Chromium",
    "requests": f"`POST /api/predict`, {N_CLIENTS} clients at once",
}


def _table(records: Any) -> str:
    rows = [
        (
            TASKS[row.task],
            str(row.number),
            *(f"{value:.0f}" for value in (row.median, row.percentile_95, row.largest)),
        )
        for row in records.itertuples(index=False)
    ]
    header = ("milliseconds", "number", "median", "95th percentile", "largest")
    return markdown_table(header, rows)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.app", description="Latency of the browser app."
    )
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    add = parser.add_argument
    add("--strokes", type=int, default=N_STROKES, help=f"strokes ({N_STROKES})")
    add("--browser", default=found, help=f"path of a browser ({found})")
    add("--output", type=Path, default=OUTPUT, help="CSV file")
    options = parser.parse_args(arguments)
    if options.browser is None:
        parser.error("no browser was found: pass --browser PATH")
    return options


if __name__ == "__main__":
    main()
