"""Sphinx extension: links to other projects, without a network.

intersphinx normally downloads the inventory of each project that pages refer to. Here
the inventories are the text files in ``docs/inventories``, one per project, which list
only the names that are referred to. The first line is the address of the project's
documentation, each further line a name, its type and its page::

    https://scikit-learn.org/stable/
    sklearn.svm.SVC py:class modules/generated/$.html#$

``$`` stands for the name.
"""

import zlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

FOLDER = "inventories"
HEADER = """\
# Sphinx inventory version 2
# Project: {project}
# Version:
# The remainder of this file is compressed using zlib.
"""


def setup(app: Sphinx) -> dict:
    """Add the projects to intersphinx before it reads its configuration."""
    app.connect("config-inited", add_projects, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_projects(app: Sphinx, config: Config) -> None:
    """Write an inventory for each text file and tell intersphinx where it is."""
    folder = Path(app.doctreedir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    mapping = dict(config.intersphinx_mapping)
    for source in sorted((Path(app.srcdir) / FOLDER).glob("*.txt")):
        address, *lines = source.read_text(encoding="utf-8").splitlines()
        inventory = folder / f"{source.stem}.inv"
        inventory.write_bytes(
            HEADER.format(project=source.stem).encode()
            + zlib.compress("".join(map(_as_entry, lines)).encode())
        )
        mapping[source.stem] = (address, str(inventory))
    config.intersphinx_mapping = mapping


def _as_entry(line: str) -> str:
    """Return a line as Sphinx writes it, with a priority and a display name."""
    name, kind, page = line.split()
    return f"{name} {kind} 1 {page.replace('$', name)} -\n"
