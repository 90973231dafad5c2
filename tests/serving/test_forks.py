"""Processes that are forked after a predictor was loaded."""

import subprocess
import sys

from support.command_line import plain_environment
from support.posix import NEEDS_FORK

FORKED = """
import os
import signal
import sys
import numpy as np
from digitclf import load_predictor

images = np.eye(28, dtype=np.uint8)[np.newaxis] * 255
predictor = load_predictor().set_params(n_threads=2)
expected = predictor.predict_proba(images)
children = []
for _ in range(5):
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # ends a process that hangs
        same = np.array_equal(predictor.predict_proba(images), expected)
        sys.exit(0 if same else 1)  # the interpreter ends as usual, unlike os._exit
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 5
"""


@NEEDS_FORK
def test_forked_processes_predict_and_end():
    environment = plain_environment()
    environment.pop("ORT_DISABLE_TELEMETRY", None)

    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
