"""Connections to a running server: slow clients, many of them, and broken ones."""

import contextlib
import logging
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from support.png_files import drawn
from support.running_app import running_app

from digitclf.app import _connection, make_app

SECONDS = 60

HEADERS = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\n"

HALF_A_REQUEST = HEADERS + b"Content-Length: 1000\r\n\r\nabc"


@pytest.fixture(scope="module")
def address():
    with running_app(make_app()) as address:
        yield urlsplit(address).netloc


@pytest.fixture
def connect(address):
    """Return a function that opens a connection and sends something."""
    host, port = address.split(":")
    with contextlib.ExitStack() as connections:

        def connect(sent=b""):
            connection = socket.create_connection((host, int(port)), SECONDS)
            connections.enter_context(connection)
            connection.sendall(sent)
            return connection

        yield connect


def predict(address, picture):
    connection = HTTPConnection(address, timeout=SECONDS)
    connection.request("POST", "/api/predict", picture)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("sent", [b"", b"GET / HTT", HEADERS], ids=len)
def test_a_connection_without_a_request_is_closed(connect, sent, monkeypatch):
    monkeypatch.setattr(_connection, "SECONDS_TO_ASK", 0.2)

    assert connect(sent).recv(1000) == b""


def test_a_second_request_has_to_arrive_in_time_too(connect, monkeypatch):
    monkeypatch.setattr(_connection, "SECONDS_TO_ASK", 0.2)
    connection = connect(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
    connection.sendall(HEADERS)
    assert connection.recv(1000) == b""


def test_the_connection_that_waited_longest_makes_room(
    address, connect, mnist_test, monkeypatch
):
    monkeypatch.setattr(_connection, "MAX_CONNECTIONS", 5)
    waiting = [connect(HEADERS) for _ in range(5)]

    status = predict(address, drawn(mnist_test.images[0]))

    assert status == 200
    # The server aborts it without an answer.
    with contextlib.suppress(ConnectionResetError):
        assert waiting[0].recv(1000) == b""


def test_slow_bodies_do_not_hold_up_others(address, connect, mnist_test):
    slow = [connect(HALF_A_REQUEST) for _ in range(20)]

    assert predict(address, drawn(mnist_test.images[0])) == 200
    for connection in slow:
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1000)


def test_a_client_that_leaves_is_no_error_of_the_server(
    address, connect, mnist_test, caplog, monkeypatch
):
    monkeypatch.setattr(logging.getLogger("uvicorn"), "propagate", True)

    connect(HALF_A_REQUEST).close()

    assert predict(address, drawn(mnist_test.images[0])) == 200
    assert caplog.records == []
