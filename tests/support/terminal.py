"""Runs of a program in a terminal of its own."""

import os
import re
import subprocess

import pytest

from support.command_line import plain_environment

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def show_in_terminal(command, **kwargs):
    """Run a command in a terminal of 80 columns; return its exit code and its text."""
    code, output = run_in_terminal(command, **kwargs)
    return code, ESCAPES.sub("", output)


def run_in_terminal(command, environment=None, **kwargs):
    """Run a command in a terminal; return its exit code and its output."""
    pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals.")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=plain_environment()
        | {"TERM": "xterm", "COLUMNS": "80"}
        | (environment or {}),
        **kwargs,
    )
    os.close(theirs)
    output = read_all(ours)
    return process.wait(), output


def read_all(terminal):
    chunks = []
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # on Linux, the program has closed its terminal
            chunk = b""
        if not chunk:
            return b"".join(chunks).decode()
        chunks.append(chunk)
