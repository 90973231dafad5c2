"""Make the relative links of a Markdown file absolute: FILE REPOSITORY REVISION."""

import re
import sys
from pathlib import Path

TARGET = r"(?!https?://|#)([^)\"\s]+)"
LINK = re.compile(rf"\]\({TARGET}\)")
PICTURE = re.compile(rf'src="{TARGET}"')


def main() -> None:
    path, repository, revision = sys.argv[1:]
    pages = f"https://github.com/{repository}/blob/{revision}"
    files = f"https://raw.githubusercontent.com/{repository}/{revision}"
    file = Path(path)
    text = file.read_text(encoding="utf-8")
    text = LINK.sub(rf"]({pages}/\1)", text)
    text = PICTURE.sub(rf'src="{files}/\1"', text)
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
