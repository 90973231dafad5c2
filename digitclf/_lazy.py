"""Names of a package that are imported on first use, by PEP 562."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def import_on_first_use(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions ``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package : str
        Name of the package.
    homes : mapping of str to str
        The module that defines each public name. A name that is a submodule has its
        own module as its home.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 - the name of PEP 562
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = importlib.import_module(homes[name])
        if homes[name] == f"{package}.{name}":
            return home
        value = getattr(home, name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807 - the name of PEP 562
        own = vars(sys.modules[package])
        return sorted({*homes, *(name for name in own if name == "__version__")})

    return __getattr__, __dir__
