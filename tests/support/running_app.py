"""The server of the browser app in a thread."""

import contextlib
import threading

from digitclf.app._server import Server, address_of, open_socket


@contextlib.contextmanager
def running_app(app):
    """Serve an app and yield its address."""
    listening = open_socket("127.0.0.1", 0)
    has_started = threading.Event()
    server = Server(app, has_started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    assert has_started.wait(60)
    try:
        yield address_of(listening, "127.0.0.1")
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
