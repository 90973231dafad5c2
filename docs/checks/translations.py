"""Check that every message of the translated pages has its translation.

python -m sphinx -b gettext docs docs/_build/gettext
python docs/checks/translations.py docs/_build/gettext

With ``--update`` it first brings the files in docs/locale up to date: what is new gets
an empty translation to be filled in, what has changed is marked as fuzzy.
"""

import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

DOCS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(DOCS))

from conf import translations  # noqa: E402 - found by the line above


def catalogs(templates: Path) -> Iterator[tuple[Path, Path, str]]:
    """Return, for each translated page, its template, its catalog and the language."""
    for language, patterns in translations.items():
        for template in sorted(templates.rglob("*.pot")):
            page = template.relative_to(templates).with_suffix("")
            if any(fnmatch(page.as_posix(), pattern) for pattern in patterns):
                folder = DOCS / "locale" / language / "LC_MESSAGES"
                yield template, folder / page.with_suffix(".po"), language


def read(path: Path, language: str | None = None) -> Catalog:
    """Return the messages of a file, none if there is no such file."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(template: Path, path: Path, language: str) -> None:
    """Bring a catalog up to date with its template."""
    catalog = read(path, language)
    catalog.update(read(template), no_fuzzy_matching=False)
    catalog.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=88, omit_header=False, ignore_obsolete=True)


def problems(template: Path, path: Path, language: str) -> Iterator[str]:
    """Return a line for each message without a translation."""
    catalog = read(path, language)
    for message in read(template):
        if not message.id:
            continue
        translated = catalog.get(message.id)
        state = None
        if translated is None:
            state = "is missing"
        elif translated.fuzzy:
            state = "is fuzzy"
        elif not translated.string:
            state = "is empty"
        if state:
            yield f"{path.relative_to(DOCS)}: {state}: {message.id!r}"


def main() -> None:
    """Run the check from the command line."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--update"]
    found = list(catalogs(Path(arguments[0])))
    if not found:
        raise SystemExit(f"{arguments[0]} holds no templates: build them first.")
    if "--update" in sys.argv:
        for paths in found:
            update(*paths)
    lines = [line for paths in found for line in problems(*paths)]
    print(*lines, f"{len(lines)} messages without a translation", sep="\n")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
