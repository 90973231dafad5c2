"""Runs of a program in a terminal of its own."""

import os
import re
import select
import subprocess
import time

import pytest

from support.command_line import plain_environment

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")

TIME_LIMIT = 300
"""Seconds after which a program is killed."""


def show_in_terminal(command, **kwargs):
    """Run a command in a terminal of 80 columns; return its exit code and its text."""
    code, output = run_in_terminal(command, **kwargs)
    return code, ESCAPES.sub("", output)


def run_in_terminal(command, environment=None, time_limit=TIME_LIMIT, **kwargs):
    """Run a command in a terminal; return its exit code and its output.

    The test fails if the program has not ended within the time limit in seconds.
    """
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
    deadline = time.monotonic() + time_limit
    output = b""
    try:
        for chunk in chunks_until(deadline, ours):
            output += chunk
        code = process.wait(max(0, deadline - time.monotonic()))
    except (TimeoutError, subprocess.TimeoutExpired):
        process.kill()
        process.wait()
        pytest.fail(
            f"{command} did not end within {time_limit} seconds. Its output was:\n"
            f"{output.decode(errors='replace')}"
        )
    finally:
        os.close(ours)
    return code, output.decode()


def chunks_until(deadline, terminal):
    """Yield what is written to a terminal until all programs have closed it."""
    while True:
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0 or not select.select([terminal], [], [], seconds_left)[0]:
            raise TimeoutError
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # on Linux, the program has closed its terminal
            return
        if not chunk:
            return
        yield chunk
