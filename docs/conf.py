"""How Sphinx builds the documentation."""

import os
import sys
from pathlib import Path

# Before anything starts TensorFlow in the examples.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import digitclf

project = "digitclf"
author = "the digitclf developers"
copyright = "the digitclf developers"
version = release = digitclf.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
    "myst_parser",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "translated",
]
exclude_patterns = [
    "_build",
    "tutorial",  # what it is made of; the pages are in auto_tutorial
    "auto_tutorial/index.rst",  # tutorial.md is the list of chapters
    "sg_execution_times.rst",
    "auto_tutorial/sg_execution_times.rst",
]
templates_path = ["_templates"]

# Every reference has to lead somewhere, but for those to other projects: their
# inventories are not fetched, so that no build depends on a network.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(keras|matplotlib|numpy|scikeras|sklearn)\..*"),
    ("py:.*", r"(Path|matplotlib (Axes|Figure))"),
]

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

doctest_test_doctest_blocks = ""  # docstrings are tested by pytest
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": "tutorial",
    "gallery_dirs": "auto_tutorial",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "capture_repr": ("_repr_html_", "__repr__"),
    "ignore_repr_types": r"matplotlib|Display|list",
    "image_srcset": ["2x"],
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    # The time would be another message to translate at every build.
    "min_reported_time": 10**6,
    "doc_module": ("digitclf",),
    "matplotlib_animations": False,
}

language = "en"
locale_dirs = ["locale"]
gettext_compact = False
gettext_location = False
gettext_uuid = False
translations = {
    "ko": ["index", "tutorial", "auto_tutorial/plot_*"],
}
"""The pages that there are in other languages, by language."""

html_theme = "pydata_sphinx_theme"
html_title = "digitclf"
html_static_path = ["_static"]
html_css_files = ["digitclf.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_persistent": ["search-button", "language-switch"],
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "header_links_before_dropdown": 4,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
