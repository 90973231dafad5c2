"""``digitclf app``: the server, its address and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from support.command_line import start
from support.png_files import drawn

SECONDS = 60


@pytest.fixture
def server():
    """Return a running app and its address."""
    process = start("app", "--no-browser", "--port", 0)
    line = process.stdout.readline()
    yield process, line.split()[4]
    process.kill()
    process.communicate()


def test_the_app_answers_at_the_printed_address_until_ctrl_c(server, mnist_test):
    process, address = server
    picture = drawn(mnist_test.images[0])

    with urllib.request.urlopen(address, timeout=SECONDS) as answer:
        page = answer.read().decode()
    request = urllib.request.Request(f"{address}api/predict", picture)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        digit = answer.read().decode()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=SECONDS)

    assert address.startswith("http://127.0.0.1:")
    assert "<title>digitclf</title>" in page
    assert '"digit":"7"' in digit
    assert (process.returncode, stderr) == (0, "")
    assert stdout == "The app has ended.\n"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)]
)
def test_the_app_ends_during_a_training(server, number, code):
    process, address = server
    settings = {"network": "cnn", "n_images": 2000, "epochs": 100, "patience": 100}
    request = urllib.request.Request(
        f"{address}api/training",
        json.dumps(settings).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=SECONDS).close()
    wait_for_first_epoch(address)

    process.send_signal(number)
    _, stderr = process.communicate(timeout=SECONDS)

    assert (process.returncode, stderr) == (code, "")


def wait_for_first_epoch(address):
    deadline = time.monotonic() + 2 * SECONDS
    while time.monotonic() < deadline:
        with urllib.request.urlopen(
            f"{address}api/training", timeout=SECONDS
        ) as answer:
            state = json.load(answer)
        assert state["state"] in ("loading", "training"), state
        if state.get("fraction"):
            return
        time.sleep(0.1)
    pytest.fail(f"The training did not begin: {state}")


def test_a_port_in_use_is_an_error_that_names_the_option(invoke):
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]

        code, stdout, stderr = invoke("app", "--no-browser", "--port", port)

    assert (code, stdout) == (1, "")
    assert f"Port {port} is in use" in stderr
    assert "--port 0" in stderr


def test_a_host_that_does_not_exist_is_an_error(invoke):
    code, _, stderr = invoke("app", "--no-browser", "--host", "no.such.host.invalid")

    assert code == 1
    assert "'no.such.host.invalid'" in stderr


def test_other_files_than_models_are_refused_before_the_start(invoke, tmp_path):
    (tmp_path / "notes.keras").write_text("no model")

    code, _, stderr = invoke("app", "--no-browser", "--model", tmp_path / "notes.keras")

    assert code == 1
    assert "is not a model file" in stderr


def test_listening_on_all_interfaces_is_warned_about():
    process = start("app", "--no-browser", "--port", 0, "--host", "0.0.0.0")
    line = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=SECONDS)

    assert "http://localhost:" in line
    assert "There are no passwords" in stderr


def test_drawing_and_reading_need_no_tensorflow(tmp_path, mnist_test):
    picture = tmp_path / "picture.png"
    picture.write_bytes(drawn(mnist_test.images[0]))
    code = (
        "import sys\n"
        "from starlette.testclient import TestClient\n"
        "from digitclf.app import make_app\n"
        "with TestClient(make_app(), base_url='http://localhost') as client:\n"
        f"    picture = open({str(picture)!r}, 'rb').read()\n"
        "    for path in ('predict?feature_maps=1', 'read'):\n"
        "        assert client.post(f'/api/{path}', content=picture).is_success\n"
        "    for path in ('example', 'example_page', 'model', 'training'):\n"
        "        assert client.get(f'/api/{path}').is_success\n"
        "print(*({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )

    assert done.stdout.strip() == ""


def test_pictures_and_models_are_not_written_to_the_disk(tmp_path, mnist_test):
    picture = drawn(mnist_test.images[0])
    start_folder, temporary = tmp_path / "start", tmp_path / "temporary"
    start_folder.mkdir()
    temporary.mkdir()
    code = (
        "import sys, time\n"
        "from starlette.testclient import TestClient\n"
        "from digitclf.app import make_app\n"
        "picture = sys.stdin.buffer.read()\n"
        "settings = {'network': 'mlp', 'n_images': 500, 'epochs': 1}\n"
        "with TestClient(make_app(), base_url='http://localhost') as client:\n"
        "    for path in ('predict', 'read'):\n"
        "        assert client.post(f'/api/{path}', content=picture).is_success\n"
        "    assert client.post('/api/training', json=settings).is_success\n"
        "    while client.get('/api/training').json()['state'] != 'finished':\n"
        "        time.sleep(0.1)\n"
        "    assert client.get('/api/model/file').is_success\n"
    )

    subprocess.run(
        [sys.executable, "-c", code],
        input=picture,
        cwd=start_folder,
        env=os.environ | {"TMPDIR": str(temporary)},
        timeout=5 * SECONDS,
        check=True,
    )

    assert [*start_folder.iterdir(), *temporary.iterdir()] == []
