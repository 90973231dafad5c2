"""The app without a server, and pictures to send to it."""

import pytest
from starlette.testclient import TestClient
from support.page_writer import PageWriter
from support.png_files import as_png

from digitclf.app import make_app

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def app():
    return make_app()


@pytest.fixture(scope="session")
def client(app):
    """Return a client of the app with the pretrained model."""
    with TestClient(app, base_url=ADDRESS) as client:
        yield client


@pytest.fixture(scope="session")
def page(mnist_test):
    """Return a page with two lines of digits as a PNG file."""
    return as_png(PageWriter(mnist_test)(["314", "27"]))
