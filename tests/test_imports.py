"""What is imported when: nobody waits for TensorFlow who does not use it."""

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


def test_the_package_itself_imports_nothing_heavy():
    assert imported_by("import digitclf; dir(digitclf)") == set()


@pytest.mark.parametrize("name", ["datasets", "plotting"])
def test_data_and_displays_import_no_tensorflow(name):
    imported = imported_by(f"import digitclf; digitclf.{name}")

    assert not imported & {"tensorflow", "keras", "scikeras", "matplotlib"}


@pytest.mark.parametrize("name", digitclf.__all__)
def test_every_public_name_is_there(name):
    assert getattr(digitclf, name).__name__.rpartition(".")[2] == name
    assert name in dir(digitclf)
