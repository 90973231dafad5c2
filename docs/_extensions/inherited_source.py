"""Sphinx extension: [source] links for methods that public classes inherit.

``sphinx.ext.viewcode`` looks for ``CNNDigitClassifier.fit`` under that name in the
module that defines it, where it is called ``BaseDigitClassifier.fit``. Here it is found
under both names.
"""

from sphinx.application import Sphinx
from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

import digitclf


def setup(app: Sphinx) -> dict:
    """Answer when viewcode looks for the source of a module."""
    app.connect("viewcode-find-source", find_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def find_source(app: Sphinx, modname: str) -> tuple[str, dict] | None:
    """Return the code of a module and where in it each object is defined."""
    try:
        analyzer = ModuleAnalyzer.for_module(modname)
        analyzer.find_tags()
    except PycodeError:
        return None
    tags = dict(analyzer.tags)
    for public, base in _public_classes_and_bases(modname):
        for name, place in analyzer.tags.items():
            if name.startswith(f"{base}."):
                tags.setdefault(f"{public}.{name.removeprefix(f'{base}.')}", place)
    return analyzer.code, tags


def _public_classes_and_bases(modname: str) -> list[tuple[str, str]]:
    """Return the public classes with those of their bases that a module defines."""
    public = (getattr(digitclf, name) for name in digitclf.__all__)
    return [
        (cls.__qualname__, base.__qualname__)
        for cls in public
        if isinstance(cls, type)
        for base in cls.__mro__[1:]
        if base.__module__ == modname
    ]
