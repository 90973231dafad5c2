"""Memory of the server while it reads the largest pages that are accepted."""

import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from support.command_line import start
from support.png_files import as_png

SECONDS = 300

HEIGHT, WIDTH = 8_000, 10_000

MAX_GIGABYTES = 2.5


@pytest.fixture
def server():
    """Return a running app and its host with the port."""
    process = start("app", "--no-browser", "--port", 0)
    line = process.stdout.readline()
    yield process, urlsplit(line.split()[4]).netloc
    process.kill()
    process.communicate()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("path", ["/api/read", "/api/predict"])
def test_a_page_of_eighty_million_pixels_takes_bounded_memory(server, path, mnist_test):
    process, host = server
    page = np.full((HEIGHT, WIDTH, 3), 250, dtype=np.uint8)
    digit = np.kron(mnist_test.images[0] > 128, np.ones((60, 60), bool))
    page[3000:4680, 4000:5680][digit] = 50

    connection = HTTPConnection(host, timeout=SECONDS)
    connection.request("POST", path, as_png(page))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()

    assert answer.status == 200, content
    assert b'"digit":"7"' in content
    assert peak_memory(process.pid) < MAX_GIGABYTES


def peak_memory(process_id):
    """Return the largest resident memory of a process in gigabytes."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields["VmHWM"].split()[0]) / 1e6
