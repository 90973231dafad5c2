"""Clients that send requests to a server as fast as it answers.

``python -m benchmarks.serving.clients PORT PATH BODY SECONDS`` prints the number of
requests, the seconds, and the processor time of the clients, as JSON.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from pathlib import Path

N_CLIENTS = 8

REQUESTS_PER_CONNECTION = 50
"""New connections go to the worker that is free, so the load is balanced."""

HEADERS = {"Content-Type": "application/json"}


def main() -> None:
    port, path, file, seconds = sys.argv[1:]
    body = Path(file).read_bytes()
    start = time.perf_counter()
    end = start + float(seconds)
    counts = [0] * N_CLIENTS

    def send_requests(client: int) -> None:
        while time.perf_counter() < end:
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
            for _ in range(REQUESTS_PER_CONNECTION):
                connection.request("POST", path, body, HEADERS)
                response = connection.getresponse()
                answer = response.read()
                if response.status != http.HTTPStatus.OK:
                    raise RuntimeError(answer.decode())
                counts[client] += 1
                if time.perf_counter() > end:
                    break
            connection.close()

    clients = [
        threading.Thread(target=send_requests, args=(number,))
        for number in range(N_CLIENTS)
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    elapsed = time.perf_counter() - start
    print(json.dumps([sum(counts), elapsed, time.process_time()]))


if __name__ == "__main__":
    main()
