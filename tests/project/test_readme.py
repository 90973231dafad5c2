"""The README and the pages with measurements."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks/results"
README = (ROOT / "README.md").read_text(encoding="utf-8")

RELATIVE = re.compile(r'(?:\]\(|src=")(?!https?://|#)([^)"\s]+)')


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def median_seconds(task, peer):
    measured = pd.read_csv(RESULTS / "peers.csv")
    chosen = (measured["task"] == task) & (measured["peer"] == peer)
    return measured.loc[chosen, "value"].median()


@pytest.mark.parametrize(
    ("page", "table"),
    [
        ("docs/performance.md", "peers.md"),
        ("docs/performance.md", "serving.md"),
        ("docs/accuracy.md", "headline.md"),
        ("docs/reliability.md", "reliability.md"),
        ("docs/guide/pretrained.md", "robustness.md"),
    ],
)
def test_the_page_has_the_measured_table(page, table):
    measured = (RESULTS / table).read_text(encoding="utf-8")

    text = (ROOT / page).read_text(encoding="utf-8")
    path = "../" * page.count("/") + f"benchmarks/results/{table}"
    assert measured in text or f"```{{include}} {path}\n" in text


def test_the_readme_has_the_measured_times_of_the_small_cross_validation():
    ours = median_seconds("small_cv", "digitclf")
    theirs = median_seconds("small_cv", "scikeras")

    assert f"{theirs / ours:.2g} × faster than scikeras" in README
    assert f"take {ours:.3g} s instead of {theirs:.3g} s" in " ".join(README.split())


def test_the_readme_has_the_measured_accuracy():
    table = (RESULTS / "headline.md").read_text(encoding="utf-8")
    row = next(row for row in table.splitlines() if "CNN, defaults" in row)
    accuracy = row.split("|")[3].strip()

    assert accuracy in " ".join(README.split())


def test_the_readme_is_short():
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)

    assert len(prose.split()) < 600


def test_the_files_that_the_readme_links_to_exist():
    targets = RELATIVE.findall(README)

    assert targets
    assert [path for path in targets if not (ROOT / path).exists()] == []


def test_links_become_absolute_for_a_release(tmp_path):
    copy = tmp_path / "README.md"
    copy.write_text(README, encoding="utf-8")

    subprocess.run(
        [sys.executable, ROOT / ".ci/absolute_links.py", copy, "owner/name", "v0.1.0"],
        check=True,
    )

    text = copy.read_text(encoding="utf-8")
    assert RELATIVE.findall(text) == []
    assert "https://github.com/owner/name/blob/v0.1.0/docs/performance.md" in text
    picture = "owner/name/v0.1.0/docs/_static/app_draw.png"
    assert f"https://raw.githubusercontent.com/{picture}" in text


@pytest.mark.slow
def test_the_code_of_the_readme_prints_what_it_shows(tmp_path):
    code = "\n".join(blocks("python"))

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    printed, shown = (
        [float(number) for number in re.findall(r"\d+\.\d+", text)]
        for text in (done.stdout, "\n".join(blocks("text")))
    )
    # The last digits depend on the processor.
    assert printed == pytest.approx(shown, abs=0.01)
