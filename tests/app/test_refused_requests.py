"""Requests that are refused: too large, damaged, of other sites, wrong."""

import json
import os
import sys
from pathlib import Path

import anyio
import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal
from PIL import Image
from starlette.testclient import TestClient
from support.png_files import as_png, bomb

import digitclf
from digitclf.app import _requests, make_app
from digitclf.app._security import HEADERS

FOLDERS = [str(Path(digitclf.__file__).parent), sys.prefix, os.getcwd()]
"""Paths of the machine that no answer contains."""

UNUSABLE = (
    *("unknown_format", "damaged_picture", "too_many_pixels", "several_pictures"),
    *("no_pixels", "blank_picture"),
)
"""Codes of files that are no pictures, or none that can be read."""

OWN = {"host": "127.0.0.1:8000"}


def error_of(answer, status):
    """Return the code of an error after checking that it is one in words."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["message"].endswith((".", ".jpg"))
    assert "Traceback" not in answer.text
    assert not any(folder in answer.text for folder in FOLDERS)
    return error["code"]


# Other sites


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "192.168.0.7", ""],
)
def test_foreign_hosts_are_refused(client, host):
    assert error_of(client.get("/", headers={"host": host}), 403) == "foreign_host"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9", "127.0.0.1", "[::1]:8000"]
)
def test_names_of_the_loopback_interface_are_accepted(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "http://evil.example",
            "null",
            "http://127.0.0.1:9000",
            "http://localhost:8000",
        ),
        *("http://127.0.0.1:8000.evil.example", "http://127.0.0.1:8000, http://evil"),
    ],
)
def test_foreign_origins_are_refused(client, origin):
    answer = client.post("/api/training", json={}, headers={"origin": origin})

    assert error_of(answer, 403) == "foreign_origin"
    assert client.get("/api/training").json()["state"] == "idle"


def test_the_own_origin_is_accepted(client):
    headers = {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"}

    assert client.get("/api/model", headers=headers).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_can_link_to_the_page_but_load_nothing_else(client, site):
    headers = {"sec-fetch-site": site}

    assert client.get("/", headers=headers).status_code == 200
    assert client.get("/api/example", headers=headers).status_code == 403
    assert client.get("/static/main.js", headers=headers).status_code == 403


def test_the_address_of_any_interface_accepts_addresses_but_no_names():
    client = TestClient(make_app(host="0.0.0.0"), base_url="http://192.168.0.7:8000")

    assert client.get("/").status_code == 200
    answer = client.get("/", headers={"host": "evil.example"})
    assert error_of(answer, 403) == "foreign_host"


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/", {}), ("/api/model", {}), ("/nothing", {}), ("/", {"host": "evil.example"})],
)
def test_every_answer_has_the_security_headers(client, path, headers):
    answer = client.get(path, headers=headers)

    assert HEADERS.items() <= dict(
        (name.title(), value) for name, value in answer.headers.items()
    ).items() | {(name, answer.headers[name]) for name in HEADERS}
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "access-control-allow-origin" not in answer.headers


# Pictures


@pytest.mark.parametrize("path", ["/api/predict", "/api/read"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not an image", "unknown_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_format"),
        (b"%PDF-1.7", "unknown_format"),
        (bytes(1000), "unknown_format"),
        (bomb(100_000, 100_000), "too_many_pixels"),
        (bomb(300, 300), "damaged_picture"),
        (b"\x89PNG\r\n\x1a\n", "unknown_format"),
    ],
    ids=["text", "svg", "pdf", "zeros", "bomb", "truncated", "signature"],
)
def test_what_is_no_picture_is_refused_in_words(client, path, body, code):
    assert error_of(client.post(path, content=body), 422) == code


def test_animations_are_refused(client, tmp_path):
    frames = [Image.new("L", (50, 50), level) for level in (0, 255)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])

    answer = client.post("/api/read", content=(tmp_path / "moving.gif").read_bytes())

    assert error_of(answer, 422) == "several_pictures"


def test_a_blank_picture_is_refused_by_predict(client):
    blank = as_png(np.full((100, 100), 200, dtype=np.uint8))

    answer = client.post("/api/predict", content=blank)

    assert error_of(answer, 422) == "blank_picture"


def test_an_empty_body_is_refused(client):
    assert error_of(client.post("/api/predict"), 400) == "empty"


@pytest.mark.parametrize("path", ["/api/predict", "/api/read"])
def test_forms_and_json_are_refused_with_the_right_way_to_send_a_file(client, path):
    form = client.post(path, files={"picture": b"x"})
    as_json = client.post(path, json={"picture": "x"})

    assert error_of(form, 415) == error_of(as_json, 415) == "not_a_picture"
    assert "--data-binary" in form.json()["error"]["message"]


def test_a_body_that_is_declared_too_large_is_not_received(client):
    headers = {"content-length": str(10**15)}

    answer = client.post("/api/predict", content=b"x", headers=headers)

    assert error_of(answer, 413) == "too_large"


def send_parts(app, parts, path="/api/read"):
    """Send a request part by part; return its status and the number of parts read."""
    received, sent = 0, []

    async def receive():
        nonlocal received
        received += 1
        return await parts(received)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in OWN.items()],
    }
    # In a thread: the browser of other tests has an event loop in this one.
    with start_blocking_portal() as portal:
        portal.call(app, scope, receive, send)
    return sent[0]["status"], received


def test_an_endless_body_is_refused_at_the_limit(monkeypatch):
    monkeypatch.setattr(_requests, "MAX_PICTURE_BYTES", 10_000)

    async def endless(number):
        return {"type": "http.request", "body": bytes(1000), "more_body": True}

    assert send_parts(make_app(), endless) == (413, 11)


def test_a_body_that_does_not_arrive_is_refused(monkeypatch):
    monkeypatch.setattr(_requests, "SECONDS_TO_SEND", 0.05)

    async def stuck(number):
        if number > 1:
            await anyio.sleep_forever()
        return {"type": "http.request", "body": b"x", "more_body": True}

    assert send_parts(make_app(), stuck) == (408, 2)


def test_thousand_random_bodies_are_refused_or_read(client):
    random = np.random.default_rng(0)
    signatures = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"BM"]
    signatures += [b"II*\x00", b"MM\x00*", b"RIFF\x00\x00\x00\x00WEBPVP8 "]
    valid = as_png(random.integers(0, 256, (20, 20), dtype=np.uint8))

    for number in range(1000):
        body = bytearray(random.bytes(random.integers(1, 2000)))
        if number % 2:
            body = signatures[number % len(signatures)] + body
        elif number % 4 == 0:
            body = bytearray(valid)
            for place in random.integers(8, len(valid), 5):
                body[place] = random.integers(256)
        path = ("/api/predict", "/api/read")[number % 10 == 0]
        answer = client.post(path, content=bytes(body))
        assert answer.status_code in (200, 422), (number, answer.text)
        if answer.status_code != 200:
            assert error_of(answer, 422) in UNUSABLE


# Parameters, JSON and paths


@pytest.mark.parametrize(
    "query",
    [
        *("min_probability=2", "min_probability=nan", "min_probability=x"),
        *("ink=red", "feature_maps=yes", "other=1"),
    ],
)
def test_wrong_parameters_are_refused(client, query):
    answer = client.post(f"/api/predict?{query}", content=b"x")

    assert error_of(answer, 400) == "bad_parameter"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"1", b"\xff", b'{"a": NaN}', b"[" * 5000, b'{"a":1,"a":2}'],
)
def test_what_is_no_json_object_is_refused(client, body):
    headers = {"content-type": "application/json"}

    answer = client.post("/api/training", content=body, headers=headers)

    assert error_of(answer, 400) == "not_json"


def test_json_of_another_type_is_refused(client):
    answer = client.post("/api/training", content=b"{}")

    assert error_of(answer, 415) == "not_json"


def test_long_json_is_refused(client):
    answer = client.post("/api/training", json={"network": "x" * 20_000})

    assert error_of(answer, 413) == "too_large"
    assert "picture" not in answer.text


@pytest.mark.parametrize(
    "settings",
    [
        *({"epochs": 0}, {"epochs": 10**9}, {"epochs": 1.5}, {"epochs": True}),
        *({"epochs": "3"}, {"n_images": 99}, {"dropout": 1}, {"patience": None}),
        *({"network": "other"}, {"network": ["mlp"]}, {"callbacks": []}),
    ],
    ids=json.dumps,
)
def test_invalid_settings_are_refused(client, settings):
    answer = client.post("/api/training", json=settings)

    assert error_of(answer, 400) == "bad_setting"
    assert client.get("/api/training").json()["state"] == "idle"


@pytest.mark.parametrize("body", [{}, {"use": "other"}, {"use": None}, {"use": [1]}])
def test_invalid_choices_of_the_model_are_refused(client, body):
    assert error_of(client.put("/api/model", json=body), 400) == "bad_setting"


def test_a_model_that_was_not_trained_cannot_be_used_or_saved(client):
    answer = client.put("/api/model", json={"use": "trained"})

    assert error_of(answer, 409) == "no_trained_model"
    assert error_of(client.get("/api/model/file"), 404) == "no_trained_model"


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/static/", "/static/nothing.js", "/static/../_api.py"),
        *("/static/%2e%2e/_api.py", "/static//etc/passwd", "/static/..%5c_api.py"),
    ],
)
def test_other_paths_do_not_exist(client, path):
    assert error_of(client.get(path), 404) == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/predict"), ("DELETE", "/api/model"), ("POST", "/")],
)
def test_other_methods_are_refused(client, method, path):
    assert error_of(client.request(method, path), 405) == "method_not_allowed"
