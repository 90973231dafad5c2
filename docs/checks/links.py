"""Check that every link inside the built pages leads somewhere.

python docs/checks/links.py docs/_build/html
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LINKING = {"a": "href", "img": "src", "link": "href", "script": "src"}


class Page(HTMLParser):
    """The links of a page, and the places in it that a link can lead to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places = {"", "top"}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag links to and what it is called."""
        given = dict(attrs)
        self.places.update(given[key] or "" for key in ("id", "name") if key in given)
        link = given.get(LINKING.get(tag, ""))
        if link:
            self.links.append(link)


def broken_links(site: Path) -> list[str]:
    """Return a line for each link of the site that leads nowhere."""
    pages = {
        path: Page(path)
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts  # templates of the theme
    }
    if not pages:
        raise SystemExit(f"{site} holds no pages: build them first.")
    return [
        f"{path.relative_to(site)}: {link}"
        for path, page in pages.items()
        for link in page.links
        if not _leads_somewhere(path, link, site, pages)
    ]


def _leads_somewhere(
    path: Path, link: str, site: Path, pages: dict[Path, Page]
) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site) or not target.is_file():
        return False
    return target not in pages or unquote(parts.fragment) in pages[target].places


if __name__ == "__main__":
    found = broken_links(Path(sys.argv[1]).resolve())
    print(*found, f"{len(found)} broken links", sep="\n")
    sys.exit(bool(found))
