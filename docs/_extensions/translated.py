"""Sphinx extension: builds the pages that are translated, below those in English.

The configuration value ``translations`` lists the pages of each language. After the
HTML pages in English are built, those pages are built into a folder with the name of
the language. What they refer to and is not among them is found in the English pages.
"""

import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

ORIGINAL = "en"
NAMES = {"en": "English", "ko": "한국어"}
"""What each language calls itself."""


def setup(app: Sphinx) -> dict:
    """Connect the steps to Sphinx's events."""
    app.add_config_value("translations", {}, "env")
    app.connect("config-inited", select_translated_pages)
    app.connect("doctree-resolved", mend_links_in_code)
    app.connect("html-page-context", add_language_links)
    app.connect("build-finished", build_translations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def select_translated_pages(app: Sphinx, config: Config) -> None:
    """Leave out of a translation what is not translated."""
    if config.language == ORIGINAL:
        return
    config.include_patterns = [
        f"{page}.*" for page in config.translations[config.language]
    ]
    config.suppress_warnings = [*config.suppress_warnings, "toc.not_readable"]
    # Examples have been run for the English pages.
    config.sphinx_gallery_conf["plot_gallery"] = "False"
    config.intersphinx_disabled_reftypes = []
    english = ("..", str(Path(app.outdir).parent / "objects.inv"))
    config.intersphinx_mapping = {**config.intersphinx_mapping, "english": english}
    _point_to_translation(config)


def _point_to_translation(config: Config) -> None:
    """Describe the translated pages, not the English ones, in links and metadata."""
    language = config.language
    if config.html_baseurl:
        config.html_baseurl = config.ogp_site_url = f"{config.html_baseurl}{language}/"
    if config.html_context.get("edit_page_url_template"):
        root = config.html_context["edit_page_root"]
        config.html_context["edit_page_url_template"] = (
            f"{root}/locale/{language}/LC_MESSAGES/"
            "{{ file_name.rpartition('.')[0] }}.po"
        )


def mend_links_in_code(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Lead to the English pages from where a page is, not from the first page."""
    if app.config.language == ORIGINAL:
        return
    for link in doctree.findall(nodes.reference):
        in_code = any(name.startswith("sphx-glr-backref") for name in link["classes"])
        if in_code and link.get("refuri", "").startswith("../"):
            link["refuri"] = "../" * docname.count("/") + link["refuri"]


def add_language_links(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object
) -> None:
    """Tell the template where the same page is in each language."""
    config = app.config
    root = context["pathto"]("", 1).removesuffix("index.html").rstrip("/#")
    top = root or "."
    if config.language != ORIGINAL:
        top = f"{top}/.."
    context["languages"] = [
        {
            "code": language,
            "name": NAMES[language],
            "url": f"{top}/{folder}{_page_in(config, language, pagename)}.html",
        }
        for language, folder in [
            (ORIGINAL, ""),
            *((code, f"{code}/") for code in config.translations),
        ]
    ]


def _page_in(config: Config, language: str, pagename: str) -> str:
    """Return the page itself where it is translated, else the first page."""
    if language == ORIGINAL:
        return pagename if pagename not in ("search", "genindex") else "index"
    patterns = config.translations[language]
    translated = any(fnmatch(pagename, pattern) for pattern in patterns)
    return pagename if translated else config.root_doc


def build_translations(app: Sphinx, exception: Exception | None) -> None:
    """Build the pages of each language in a Sphinx of its own."""
    config = app.config
    if exception or app.builder.name != "html" or config.language != ORIGINAL:
        return
    for language in config.translations:
        command = [sys.executable, "-m", "sphinx", "-b", "html"]
        command += ["-D", f"language={language}"]
        command += ["-d", f"{app.doctreedir}-{language}"]
        command += ["--fail-on-warning"] if app.warningiserror else []
        command += ["--quiet"] if app.quiet else []
        command += [str(app.srcdir), str(Path(app.outdir) / language)]
        if subprocess.run(command, check=False).returncode:
            raise ExtensionError(f"The pages in {NAMES[language]} cannot be built.")
