"""Imports: heavy packages are loaded only by names that need them."""

import subprocess
import sys

import pytest

import digitclf

HEAVY = {"tensorflow", "keras", "scikeras", "matplotlib", "sklearn", "pandas"}


def imported_by(code):
    """Return the heavy packages that a fresh process has imported after some code."""
    check = f"import sys\n{code}\nprint(*({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", check], capture_output=True, encoding="utf-8", check=True
    )
    return set(done.stdout.split())


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


def test_onnx_models_are_built_without_tensorflow():
    assert imported_by("import digitclf._onnx") == set()


@pytest.mark.parametrize("name", digitclf.__all__)
def test_public_names_are_listed_and_importable(name):
    assert getattr(digitclf, name).__name__.rpartition(".")[2] == name
    assert name in dir(digitclf)
