"""Measurements in a process of their own, which earlier ones do not affect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def measure_in_own_process(module: str, *arguments: object, **environment: str) -> Any:
    """Run a module and return the value that its last line of output has as JSON.

    If it fails, this program ends with its messages.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"} | environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])
