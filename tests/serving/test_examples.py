"""The examples of the guide page "Serving", run as they are."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from support.command_line import plain_environment

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "serving"
SECONDS_TO_START = 120

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path, model_file):
    """Return a folder with the examples and a model."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    shutil.copy(model_file, tmp_path / "model.keras")
    return tmp_path


@contextlib.contextmanager
def serving(folder, *command):
    """Run a server on a free port and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", *(part.format(port=port) for part in command)]
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env=plain_environment()
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(address, image):
    """Send an image and return the answer, as soon as the server is running."""
    request = urllib.request.Request(
        address,
        data=json.dumps(image.tolist()).encode(),
        headers={"Content-Type": "application/json"},
    )
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with urllib.request.urlopen(request, timeout=SECONDS_TO_START) as answer:
                return json.load(answer)
        except urllib.error.HTTPError:
            raise
        except OSError:  # not yet
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_fastapi_application_reads_digits(folder, mnist_test, trained_clf):
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    command = ["uvicorn", "serve:app", "--workers", "2", "--port", "{port}"]

    with serving(folder, *command) as address:
        answers = [post(f"{address}/digit", image) for image in mnist_test.images[:20]]

    digits = [answer["digit"] for answer in answers]
    assert digits == trained_clf.predict(mnist_test.images[:20]).tolist()
    assert all(0 < answer["probability"] <= 1 for answer in answers)


def test_preloaded_gunicorn_application_reads_digits(folder, mnist_test, trained_clf):
    pytest.importorskip("gunicorn")
    command = ["gunicorn", "--workers", "2", "--threads", "4", "app:app"]

    with serving(folder, *command, "--bind", "127.0.0.1:{port}") as address:
        answers = [post(address, image) for image in mnist_test.images[:20]]

    digits = [answer["digit"] for answer in answers]
    assert digits == trained_clf.predict(mnist_test.images[:20]).tolist()


def test_pool_of_processes_predicts(folder, mnist_test, trained_clf):
    images = mnist_test.images[:100]
    np.save(folder / "images.npy", images)

    subprocess.run(
        [sys.executable, "pool.py"],
        cwd=folder,
        env=plain_environment(),
        timeout=300,
        check=True,
    )

    labels = np.load(folder / "labels.npy")
    np.testing.assert_array_equal(labels, trained_clf.predict(images))
