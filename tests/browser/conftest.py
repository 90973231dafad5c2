"""A running app and a real browser, one of each for all tests."""

import time
import urllib.request

import pytest
from playwright.sync_api import expect, sync_playwright
from support.browsers import arguments, browser_path
from support.running_app import running_app

from digitclf.app import make_app
from digitclf.app._training_session import is_training

MILLISECONDS = 60_000
"""Time for each step. Machines of CI are slow when they are busy."""


expect.set_options(timeout=MILLISECONDS)

REFUSED = "Failed to load resource"


@pytest.fixture(scope="session")
def address():
    """Return the address of the app with the pretrained model."""
    with running_app(make_app()) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    path = browser_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments())
        yield browser
        browser.close()


@pytest.fixture
def open_page(address, browser):
    """Return a function that opens the app in a new window.

    A test fails if a window writes an error on its console.
    """
    contexts, errors = [], []

    def note_error(message):
        # Chromium writes a line about each answer that is an error of the request.
        if message.type == "error" and REFUSED not in message.text:
            errors.append(message.text)

    def open_page(tab="draw", address=address, **options):
        options = {"locale": "en", "viewport": {"width": 1280, "height": 900}} | options
        context = browser.new_context(**options)
        context.set_default_timeout(MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note_error)
        page.goto(f"{address}#{tab}")
        page.wait_for_selector(f"#{tab}:not([hidden])")
        return page

    yield open_page
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    reset(address)
    assert errors == []


def reset(address):
    """Stop the training of a test, and use the pretrained model again."""
    send(address, "training", "DELETE")
    deadline = time.monotonic() + MILLISECONDS / 1000
    while is_training() and time.monotonic() < deadline:
        time.sleep(0.05)
    send(address, "model", "PUT", b'{"use": "loaded"}')


def send(address, path, method, body=None):
    """Send a request to the app."""
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(
        f"{address}api/{path}", body, headers, method=method
    )
    urllib.request.urlopen(request, timeout=MILLISECONDS / 1000).close()
