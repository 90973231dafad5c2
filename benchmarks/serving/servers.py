"""Requests per second of web applications, and their memory (Linux only)."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.serving.networks import save_network
from benchmarks.serving.records import Measurement
from digitclf.datasets import load_mnist

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "serving"

N_WORKERS = 2
SECONDS_TO_START = 180
SECONDS_OF_WARM_UP = 3.0

APPLICATIONS = {
    "predictor": ["serve:app", "--app-dir", str(EXAMPLES)],
    "keras": ["benchmarks.peers.keras_server:app", "--app-dir", str(ROOT)],
}


def measure_requests(seconds: float) -> Iterator[Measurement]:
    """Yield the requests per second of each application, and its memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_network("cnn", folder / "cnn.keras")
        body = folder / "body.json"
        image = load_mnist(subset="test").images[0]
        body.write_text(json.dumps(image.tolist()))
        for peer, application in APPLICATIONS.items():
            command = ["uvicorn", *application, "--no-access-log", "--log-level"]
            command += ["warning", "--workers", str(N_WORKERS), "--port", "{port}"]
            with _serving(command, folder / "cnn.keras") as (server, port):
                _wait_for_answer(port, "/pixels", body.read_bytes())
                _send_requests(port, "/pixels", body, SECONDS_OF_WARM_UP)
                workers = _workers(server.pid)
                before = sum(map(_processor_seconds, workers))
                n_requests, elapsed, clients = _send_requests(
                    port, "/pixels", body, seconds
                )
                servers = sum(map(_processor_seconds, workers)) - before
                yield Measurement("requests", peer, n_requests / elapsed)
                # The clients must not be what limits the rate.
                print(
                    "processor time per request: "
                    f"workers {1000 * servers / n_requests:.2f} ms, "
                    f"clients {1000 * clients / n_requests:.2f} ms"
                )
                yield Measurement(
                    "server_memory", peer, _megabytes([server.pid, *workers])
                )


def measure_preloaded() -> Iterator[Measurement]:
    """Yield the memory of a server that loads the model before it forks workers."""
    with tempfile.TemporaryDirectory() as name:
        picture = Path(name) / "digit.png"
        _save_picture(picture)
        command = ["gunicorn", "--preload", "--workers", str(N_WORKERS), "--chdir"]
        command += [str(EXAMPLES), "app:app", "--bind", "127.0.0.1:{port}"]
        command += ["--log-level", "warning"]
        with _serving(command) as (server, port):
            _wait_for_answer(port, "/", picture.read_bytes())
            _send_requests(port, "/", picture, SECONDS_OF_WARM_UP)
            processes = [server.pid, *_workers(server.pid)]
            yield Measurement("preloaded_memory", "predictor", _megabytes(processes))


def _save_picture(path: Path) -> None:
    from PIL import Image

    digit = Image.fromarray(255 - load_mnist(subset="test").images[0])
    digit.resize((400, 400)).save(path)


@contextlib.contextmanager
def _serving(
    command: Sequence[str], model: Path | None = None
) -> Iterator[tuple[subprocess.Popen, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PYTHONPATH"] = str(ROOT)
    if model is not None:
        environment["MODEL"] = str(model)
    server = subprocess.Popen(
        [sys.executable, "-m", *(part.format(port=port) for part in command)],
        env=environment,
    )
    try:
        yield server, port
    finally:
        server.terminate()
        server.wait(60)


def _wait_for_answer(port: int, path: str, body: bytes) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=body,
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            opener.open(request, timeout=SECONDS_TO_START).read()
        except OSError:  # not yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _send_requests(
    port: int, path: str, body: Path, seconds: float
) -> tuple[int, float, float]:
    """Return the number of requests, the seconds, and the clients' processor time."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.serving.clients"),
            *(str(port), path, str(body), str(seconds)),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    n_requests, elapsed, clients = json.loads(done.stdout)
    return n_requests, elapsed, clients


def _workers(server: int) -> list[int]:
    """Return the processes that a server has started and that answer requests."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _megabytes(processes: Sequence[int]) -> float:
    """Return the memory of processes. Pages that they share count once."""
    kilobytes = 0
    for process in processes:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
        kilobytes += next(
            int(line.split()[1])
            for line in text.splitlines()
            if line.startswith("Pss:")
        )
    return kilobytes / 2**10
