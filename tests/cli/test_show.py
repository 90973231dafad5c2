"""`digitclf show`: an image of MNIST in the terminal."""

import re
import subprocess

import numpy as np
import pytest
from support.command_line import (
    CONTROL_CHARACTERS,
    command,
    plain_environment,
    run_without,
)
from support.terminal import run_in_terminal

from digitclf.datasets import format_image, load_mnist

HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}


@pytest.fixture(scope="module")
def five():
    """Return the first training image of MNIST."""
    return load_mnist().images[0]


def picture_of(stdout):
    """Return the lines of a picture, which the title and a blank line precede."""
    title, blank, *lines = stdout.splitlines()
    assert blank == ""
    return title, lines


def test_show_prints_ink_as_half_blocks(invoke, five):
    code, stdout, stderr = invoke("show", "0")

    assert (code, stderr) == (0, "")
    title, lines = picture_of(stdout)
    assert title == "Image 0 of the training images of MNIST: 5"
    halves = np.array([[HALVES[character] for character in line] for line in lines])
    np.testing.assert_array_equal(halves[..., 0], five[::2] > 127)
    np.testing.assert_array_equal(halves[..., 1], five[1::2] > 127)
    assert not CONTROL_CHARACTERS.search(stdout)


def test_show_prints_a_test_image_and_its_label(invoke, mnist_test):
    _, stdout, _ = invoke("show", "9999", "--subset", "test")

    title, lines = picture_of(stdout)
    assert title == f"Image 9999 of the test images of MNIST: {mnist_test.target[-1]}"
    assert len(lines) == 14


def test_numbers_are_the_table_of_grey_levels(invoke, five):
    code, stdout, stderr = invoke("show", "0", "--numbers")

    assert (code, stderr) == (0, "")
    _, lines = picture_of(stdout)
    assert "\n".join(lines) == format_image(five)


def test_a_terminal_with_colours_shows_grey_levels(five):
    code, shown = run_in_terminal(command("show", "0"), {"COLORTERM": "truecolor"})

    assert code == 0
    cell = r"\x1b\[38;2;(\d+);\1;\1;48;2;(\d+);\2;\2m▀\x1b\[0m"
    pairs = np.array(re.findall(cell, shown), dtype=int).reshape(14, 28, 2)
    np.testing.assert_array_equal(pairs[..., 0], five[::2])
    np.testing.assert_array_equal(pairs[..., 1], five[1::2])


def test_a_terminal_without_colours_shows_ink(five):
    code, shown = run_in_terminal(command("show", "0"), {"NO_COLOR": "1"})

    assert code == 0
    assert "\x1b" not in shown
    assert "█" in shown


def test_a_terminal_without_block_characters_gets_ascii_shades(five):
    done = subprocess.run(
        command("show", "0"),
        capture_output=True,
        encoding="ascii",
        env=plain_environment() | {"PYTHONIOENCODING": "ascii"},
        check=True,
    )

    _, lines = picture_of(done.stdout)
    ink = (five[::2].astype(int) + five[1::2]) / (2 * 255)
    shades = np.array([[" .:-=+*#%@".index(char) for char in line] for line in lines])
    np.testing.assert_array_equal(shades, np.floor(ink * 9))


def test_show_imports_nothing_that_takes_long():
    done = run_without(["tensorflow", "keras", "sklearn", "pandas"], "show", "0")

    assert (done.returncode, done.stderr) == (0, "")
