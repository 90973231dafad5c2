"""Pages that are written for a test."""

import pytest
from support.page_writer import PageWriter


@pytest.fixture(scope="module")
def write(mnist_test):
    """Return a function that writes digits of MNIST on a page, a string per line."""
    return PageWriter(mnist_test)
