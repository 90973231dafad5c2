"""The README says what was measured."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("page", ["README.md", "docs/performance.md"])
def test_the_table_beside_the_peers_is_the_measured_one(page):
    measured = (ROOT / "benchmarks/results/peers.md").read_text(encoding="utf-8")

    assert measured in (ROOT / page).read_text(encoding="utf-8")
