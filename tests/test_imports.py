"""Imports: heavy packages are loaded only by names that need them."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import digitclf

HEAVY = {"tensorflow", "keras", "scikeras", "matplotlib", "sklearn", "pandas"}


def imported_by(code):
    """Return the heavy packages that a fresh process has imported after some code."""
    check = f"import sys\n{code}\nprint(*({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "code",
    ["dir(digitclf)", "from digitclf import recipes", "from digitclf import cli"],
)
def test_package_recipes_and_command_line_import_nothing_heavy(code):
    assert imported_by(f"import digitclf; {code}") == set()


@pytest.mark.parametrize("name", ["datasets", "plotting"])
def test_datasets_and_displays_import_no_tensorflow(name):
    imported = imported_by(f"import digitclf; digitclf.{name}")

    assert not imported & {"tensorflow", "keras", "scikeras", "matplotlib"}


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    pixels = np.zeros((28, 28), dtype=np.uint8)
    pixels[4:24, 13:15] = 255
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["predict", "{}"], set()),
        (["predict", "{}", "--json", "--top", "3"], set()),
        (["read", "{}", "--csv"], {"sklearn", "pandas"}),
        (["evaluate", "--data", "{}"], {"sklearn", "pandas"}),
    ],
)
def test_commands_that_predict_import_no_tensorflow(arguments, allowed, picture):
    folder = picture.parent / "digits" / "1"
    folder.mkdir(parents=True)
    shutil.copy(picture, folder)
    given = [
        argument.format(folder.parent if "--data" in arguments else picture)
        for argument in arguments
    ]
    code = (
        "import contextlib\n"
        "from digitclf.cli import app\n"
        f"with contextlib.suppress(SystemExit): app({given!r})"
    )

    assert imported_by(code) <= allowed


def test_onnx_models_are_built_without_tensorflow():
    assert imported_by("import digitclf._onnx") == set()


@pytest.mark.parametrize("name", digitclf.__all__)
def test_public_names_are_listed_and_importable(name):
    assert getattr(digitclf, name).__name__.rpartition(".")[2] == name
    assert name in dir(digitclf)
