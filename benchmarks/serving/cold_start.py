"""Programs that read the digit in one picture, from their start to their end."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from benchmarks.serving.records import Measurement
from digitclf.datasets import load_mnist
from digitclf.pretrained._file import pretrained_file

# The process that starts the program is small: Linux adds the memory of the parent at
# the start of a process to its peak.
STARTER = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
seconds = time.perf_counter() - start
kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([seconds, kilobytes / 2**10]))
"""

SIDE = 400


def measure() -> Iterator[Measurement]:
    """Yield the seconds and the peak memory of each program."""
    with tempfile.TemporaryDirectory() as folder, pretrained_file() as model:
        picture = Path(folder) / "digit.png"
        digit = Image.fromarray(255 - load_mnist(subset="test").images[0])
        digit.resize((SIDE, SIDE)).save(picture)
        read_picture = ["-m", "benchmarks.peers.read_picture"]
        for peer, arguments in {
            "predictor": ["-m", "digitclf", "predict", picture],
            "estimator": [*read_picture, "estimator", model, picture],
            "keras": [*read_picture, "keras", model, picture],
        }.items():
            seconds, megabytes = _run([sys.executable, *map(str, arguments)])
            yield Measurement("cold_start", peer, seconds)
            yield Measurement("cold_start_memory", peer, megabytes)


def _run(command: list[str]) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", STARTER, *command],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stderr)
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes
