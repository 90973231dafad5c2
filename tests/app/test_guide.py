"""The requests of the guide page "The browser app", sent with curl."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from support.command_line import start
from support.png_files import drawn

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "app.md"

EXAMPLES = re.findall(
    r"^```sh\n(curl [^\n]*)\n```\n\n```json\n(.*?)^```",
    GUIDE.read_text(encoding="utf-8"),
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture(scope="module")
def address():
    process = start("app", "--no-browser", "--port", 0)
    yield process.stdout.readline().split()[4]
    process.kill()
    process.communicate()


def form_of(value):
    """Return the names and the types in a JSON value, for lists of one item."""
    if isinstance(value, dict):
        return {name: form_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [form_of(value[0])]
    return float if isinstance(value, (int, float)) else type(value)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(("command", "shown"), EXAMPLES)
def test_an_example_is_answered_in_the_form_shown(
    command, shown, address, mnist_test, page, tmp_path
):
    (tmp_path / "photo.jpg").write_bytes(drawn(mnist_test.images[0]))
    (tmp_path / "page.png").write_bytes(page)
    words = [
        word.replace("http://127.0.0.1:8000/", address) for word in shlex.split(command)
    ]

    done = subprocess.run(
        [*words, "--silent"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    answer, expected = json.loads(done.stdout), json.loads(shown)
    assert form_of(answer) == form_of(expected)
    if "error" in expected:
        assert answer == expected
    elif "digit" in expected:
        assert answer["digit"] == expected["digit"]
    else:
        assert answer["lines"][0][0]["digit"] == expected["lines"][0][0]["digit"]


def test_the_guide_has_an_example_for_each_endpoint():
    assert len(EXAMPLES) == 3
