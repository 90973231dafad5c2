"""Files that describe the project."""

import re
from pathlib import Path

import digitclf

ROOT = Path(__file__).parents[2]


def test_the_citation_has_the_version_of_the_package():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")

    assert re.search(r"^version: (.+)$", citation, re.MULTILINE)[1] == (
        digitclf.__version__
    )
