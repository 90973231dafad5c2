"""Make the relative links of a Markdown file absolute: FILE REPOSITORY REVISION."""

import re
import sys
from pathlib import Path

LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)\s]+)\)")


def main() -> None:
    path, repository, revision = sys.argv[1:]
    pages = f"https://github.com/{repository}/blob/{revision}"
    files = f"https://raw.githubusercontent.com/{repository}/{revision}"

    def absolute(link: re.Match) -> str:
        mark, text, target = link.groups()
        return f"{mark}[{text}]({files if mark else pages}/{target})"

    file = Path(path)
    text = file.read_text(encoding="utf-8")
    file.write_text(LINK.sub(absolute, text), encoding="utf-8")


if __name__ == "__main__":
    main()
