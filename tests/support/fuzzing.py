"""Tests with generated input: any error must be one that names its argument."""

import contextlib
import os
import re
import warnings

import pytest
from hypothesis import HealthCheck, given, settings

FEW, MANY = 60, 200
"""Examples per test in the default run, and with ``-m slow``."""


def fuzz(few=FEW, many=MANY, **strategies):
    """Return a decorator of a check, which becomes a test with generated arguments.

    The default run has the same examples every time, and so has ``.ci/run``, which
    must not fail because of a change that it does not test. ``-m slow`` has others each
    time.
    """

    def as_test(check):
        def test(n_examples):
            configure = settings(
                max_examples=n_examples,
                derandomize=n_examples == few or "CI" in os.environ,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                configure(given(**strategies)(check))()

        return pytest.mark.parametrize(
            "n_examples", [few, pytest.param(many, marks=pytest.mark.slow)]
        )(test)

    return as_test


@contextlib.contextmanager
def only_errors_that_name(*arguments):
    """Catch errors of input whose message has the name of an argument."""
    try:
        yield
    except (ValueError, TypeError) as error:
        names = "|".join(map(re.escape, arguments))
        if not re.search(rf"(?<!\w)({names})(?!\w)", str(error)):
            raise
        if "enable_unsafe_deserialization" in str(error):
            raise
