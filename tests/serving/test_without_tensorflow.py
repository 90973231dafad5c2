"""Predictions with the packages that the guide page "Serving" lists, and no others."""

import functools
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from PIL import Image
from support.command_line import plain_environment

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples" / "serving"
LISTED = (EXAMPLES / "predicting.txt").read_text(encoding="utf-8").split()

FOR_TRAINING = {"keras", "pandas", "scikeras", "tensorflow"}

REFUSING = """
import importlib.abc
import sys


class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {refused}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Refuse())
"""

READ = """
from digitclf import load_predictor
from digitclf.datasets import load_mnist
from digitclf.preprocessing import DigitNormalizer

mnist = load_mnist(subset="test")
predictor = load_predictor()
assert predictor.score(mnist.data[:100], mnist.target[:100]) > 0.95
print(predictor.predict(DigitNormalizer().transform([{picture!r}])))
"""

ON_THE_COMMAND_LINE = """
from digitclf.cli import main

sys.argv[1:] = ["predict", {picture!r}]
main()
"""


@pytest.fixture
def picture(mnist_test, tmp_path):
    """Return the path of a picture of a seven."""
    path = tmp_path / "seven.png"
    Image.fromarray(255 - mnist_test.images[0]).resize((300, 300)).save(path)
    return str(path)


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_with(requirements):
    """Return the names of packages and of everything that they require."""
    found = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonical(requirement.name)
        if name in found:
            continue
        found.add(name)
        for text in metadata.requires(requirement.name) or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed)
    return found


@functools.cache
def modules_of_other_packages():
    """Return the modules of installed packages that the list does not bring."""
    listed = {*installed_with(LISTED), "digitclf"}
    return sorted(
        module
        for module, packages in metadata.packages_distributions().items()
        if not listed & set(map(canonical, packages))
    )


def run_without_other_packages(code):
    refusing = REFUSING.format(refused=json.dumps(modules_of_other_packages()))
    return subprocess.run(
        [sys.executable, "-c", refusing + code],
        capture_output=True,
        encoding="utf-8",
        env=plain_environment(),
        check=False,
    )


def test_the_list_has_all_dependencies_but_those_of_training():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    dependencies = project["project"]["dependencies"]
    needed = [
        text for text in dependencies if Requirement(text).name not in FOR_TRAINING
    ]

    assert sorted(needed) == LISTED
    assert {"keras", "tensorflow"} <= set(modules_of_other_packages())


def test_pictures_are_read_with_the_listed_packages(picture):
    done = run_without_other_packages(READ.format(picture=picture))

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[7]"


def test_the_command_predict_needs_only_the_listed_packages(picture):
    done = run_without_other_packages(ON_THE_COMMAND_LINE.format(picture=picture))

    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1] == "7"


def test_the_container_installs_the_list():
    commands = (EXAMPLES / "Dockerfile").read_text(encoding="utf-8")

    assert re.search(r"^RUN pip install .*-r predicting\.txt", commands, re.MULTILINE)
    assert re.search(r"^RUN pip install .*--no-deps digitclf-", commands, re.MULTILINE)
