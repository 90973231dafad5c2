"""Marks of tests that Windows cannot run."""

import os

import pytest

ON_WINDOWS = os.name == "nt"

NEEDS_SIGKILL = pytest.mark.skipif(ON_WINDOWS, reason="Windows has no SIGKILL.")
NEEDS_LIMITS = pytest.mark.skipif(
    ON_WINDOWS, reason="Windows cannot limit the files or the memory of a process."
)
NEEDS_FORK = pytest.mark.skipif(ON_WINDOWS, reason="Windows cannot fork processes.")
NEEDS_ANY_FILE_NAME = pytest.mark.skipif(
    ON_WINDOWS, reason="Windows has no names with control characters."
)
