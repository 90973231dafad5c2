"""A TCP proxy that counts the bytes it passes on."""

import contextlib
import socket
import threading


@contextlib.contextmanager
def counting_proxy(host, port):
    """Yield a proxy of a server: its `port`, and its `n_sent` to the server."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(listener, (host, port))
        threading.Thread(target=proxy.accept, daemon=True).start()
        yield proxy


class Proxy:
    """Passes on connections, and counts what clients send."""

    def __init__(self, listener, server):
        self.port = listener.getsockname()[1]
        self.n_sent = 0
        self._listener = listener
        self._server = server
        self._lock = threading.Lock()

    def accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            server = socket.create_connection(self._server)
            for source, target, count in [
                (client, server, self._count),
                (server, client, lambda n_bytes: None),
            ]:
                threading.Thread(
                    target=pass_on, args=(source, target, count), daemon=True
                ).start()

    def _count(self, n_bytes):
        with self._lock:
            self.n_sent += n_bytes


def pass_on(source, target, count):
    with contextlib.suppress(OSError), source, target:
        while chunk := source.recv(1 << 16):
            count(len(chunk))
            target.sendall(chunk)
