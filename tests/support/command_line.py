"""Runs of the program in a process of its own."""

import os
import re
import signal
import subprocess
import sys

import pytest

CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")

QUICK = ["train", "--quick", "--epochs", "1", "--model", "mlp"]


def command(*args):
    return [sys.executable, "-m", "digitclf", *map(str, args)]


CHANGING_OUTPUT = {
    *("FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"),
    "TF_CPP_MIN_LOG_LEVEL",
}
"""Variables that force colours on a pipe, or show or hide messages of TensorFlow."""


def plain_environment():
    """Return the environment without variables that change the output."""
    return {
        name: os.environ[name] for name in os.environ if name not in CHANGING_OUTPUT
    }


def run(*args, **kwargs):
    """Run the program in a process of its own, with pipes for its output."""
    return subprocess.run(
        command(*args),
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        timeout=300,
        check=False,
        **kwargs,
    )


def run_without(modules, *args, code=0):
    """Run the program in a process that fails if it imports one of some modules.

    The process exits with 0 if the program exits with `code` and imports none of them.
    """
    check = (
        "import sys\n"
        "from digitclf.cli import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as exit:\n"
        f"    assert exit.code == {code}, exit.code\n"
        f"imported = {set(modules)} & set(sys.modules)\n"
        "assert not imported, imported\n"
    )
    return subprocess.run(
        [sys.executable, "-c", check, *map(str, args)],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        check=False,
    )


class Program(subprocess.Popen):
    """A program that is killed when a test fails, instead of waited for."""

    def __exit__(self, kind, error, traceback):
        if kind is not None:
            self.kill()
        super().__exit__(kind, error, traceback)


def start(*args):
    """Start the program with Ctrl-C enabled, even if the tests ignore it."""
    if os.name == "nt":
        pytest.skip("Windows delivers Ctrl-C to all programs of a console.")
    return Program(
        command(*args),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=plain_environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def single_line(text):
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]
