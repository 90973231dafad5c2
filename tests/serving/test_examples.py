"""The examples of the guide page "Serving", run as they are."""

import contextlib
import http.client
import io
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
from PIL import Image
from support.command_line import plain_environment
from support.posix import NEEDS_FORK

from digitclf import load_predictor
from digitclf.preprocessing import DigitNormalizer

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "serving"
SECONDS_TO_START = 120

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the examples."""
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def pictures(mnist_test):
    """Return PNG files of digits, dark ink on white paper."""
    return [as_png(image) for image in mnist_test.images[:10]]


@pytest.fixture(scope="session")
def digits_in_pictures(pictures):
    return load_predictor().predict(DigitNormalizer().transform(pictures)).tolist()


def as_png(image):
    buffer = io.BytesIO()
    Image.fromarray(255 - image).resize((300, 300)).save(buffer, "PNG")
    return buffer.getvalue()


@contextlib.contextmanager
def serving(folder, *command, **environment):
    """Run a server on a free port and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", *(part.format(port=port) for part in command)]
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=log,
            env=plain_environment() | environment,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            # Less than the time after which gunicorn kills workers that do not end.
            server.wait(20)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def post(address, body, content_type="image/png"):
    """Send a request and return the answer, as soon as the server is running."""
    request = urllib.request.Request(
        address, data=body, headers={"Content-Type": content_type}
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


def post_pixels(address, image):
    return post(address, json.dumps(image.tolist()).encode(), "application/json")


@contextlib.contextmanager
def refused(status, message):
    """Check that a request is answered with an error."""
    with pytest.raises(urllib.error.HTTPError) as error:
        yield
    assert error.value.code == status
    assert message in error.value.read().decode()


def test_fastapi_application_reads_digits(
    folder, model_file, mnist_test, trained_clf, pictures
):
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    command = ["uvicorn", "serve:app", "--workers", "2", "--port", "{port}"]
    images = mnist_test.images[:20]

    with serving(folder, *command, MODEL=str(model_file)) as address:
        answers = [post_pixels(f"{address}/pixels", image) for image in images]
        from_pictures = [post(f"{address}/picture", picture) for picture in pictures]
        with refused(http.client.UNPROCESSABLE_ENTITY, "is not an image"):
            post(f"{address}/picture", b"no picture")
        with refused(http.client.REQUEST_ENTITY_TOO_LARGE, "20,000,000 bytes"):
            post(f"{address}/picture", bytes(20_000_001))
        with refused(http.client.UNPROCESSABLE_ENTITY, "images of shape (2, 2)"):
            post_pixels(f"{address}/pixels", np.zeros((2, 2), dtype=int))
        with refused(http.client.UNPROCESSABLE_ENTITY, "256"):
            post_pixels(f"{address}/pixels", np.full((28, 28), 256))

    digits = [answer["digit"] for answer in answers]
    assert digits == trained_clf.predict(images).tolist()
    assert [answer["probability"] for answer in answers] == pytest.approx(
        trained_clf.predict_proba(images).max(axis=1).tolist(), abs=1e-5
    )
    normalized = DigitNormalizer().transform(pictures)
    assert [answer["digit"] for answer in from_pictures] == (
        trained_clf.predict(normalized).tolist()
    )


@NEEDS_FORK
def test_preloaded_gunicorn_application_reads_digits(
    folder, pictures, digits_in_pictures
):
    pytest.importorskip("gunicorn")
    command = ["gunicorn", "--preload", "--workers", "2", "app:app"]

    with serving(folder, *command, "--bind", "127.0.0.1:{port}") as address:
        answers = [post(address, picture) for picture in pictures]
        with refused(http.client.UNPROCESSABLE_ENTITY, "is not an image"):
            post(address, b"no picture")

    assert [answer["digit"] for answer in answers] == digits_in_pictures


@NEEDS_FORK
def test_pool_of_forked_processes_predicts(folder, mnist_test):
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
    np.testing.assert_array_equal(labels, load_predictor().predict(images))
