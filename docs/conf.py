"""How Sphinx builds the documentation."""

import os
import sys
from pathlib import Path

# Before anything starts TensorFlow in the examples.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - for the gallery

import digitclf

project = "digitclf"
author = "the digitclf developers"
copyright = "the digitclf developers"
version = release = digitclf.__version__

# "owner/name" on GitHub, which sets the variable in its workflows. Where it is not set,
# pages have no links to edit them and no address of their own.
repository = os.environ.get("GITHUB_REPOSITORY", "")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "myst_parser",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinxext.opengraph",
    "inherited_source",
    "inventories",
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

# Every reference has to lead somewhere. Names of other projects are in inventories/.
nitpicky = True

default_role = "literal"  # the names of parameters in docstrings
smartquotes = False  # default="relu" is code

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"  # what is not an alias is not a name
numpydoc_xref_aliases = {
    "Axes": "matplotlib.axes.Axes",
    "Bunch": "sklearn.utils.Bunch",
    "DataFrame": "pandas.DataFrame",
    "Figure": "matplotlib.figure.Figure",
    "Path": "pathlib.Path",
    "path-like": ":class:`path-like <os.PathLike>`",
    "keras.Model": ":class:`keras.Model`",
    "keras.callbacks.Callback": ":class:`keras.callbacks.Callback`",
    "keras.optimizers.Optimizer": ":class:`keras.optimizers.Optimizer`",
    **{
        name: f":class:`~{module}.{name}`"
        for module, names in {
            "digitclf": ["CNNDigitClassifier", "MLPDigitClassifier"],
            "digitclf.plotting": digitclf.plotting.__all__,
        }.items()
        for name in names
    },
}

doctest_test_doctest_blocks = ""  # docstrings are tested by pytest
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# The gallery looks up what its scripts import, even if it does not run them, and
# HalvingGridSearchCV exists only after the import above.
sphinx_gallery_conf = {
    "examples_dirs": "tutorial",
    "gallery_dirs": "auto_tutorial",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "abort_on_example_error": True,
    "capture_repr": ("_repr_html_", "__repr__"),
    "ignore_repr_types": r"matplotlib|Display|list",
    "image_srcset": ["2x"],
    "image_scrapers": ("dark_figures.scrape",),
    "backreferences_dir": "generated/backreferences",
    "remove_config_comments": True,
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
html_logo = html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["digitclf.css"]
html_show_sourcelink = False
html_copy_source = False
html_sidebars = {"index": []}
html_theme_options = {
    "logo": {"text": "digitclf"},
    "navbar_start": ["navbar-logo", "version"],
    "navbar_persistent": ["search-button", "language-switch"],
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "show_toc_level": 2,
    "header_links_before_dropdown": 4,
    "article_header_end": ["chapter-downloads"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {
        "*": ["page-toc", "edit-this-page"],
        "guide/*": ["page-toc", "edit-this-page"],
        "auto_tutorial/*": ["page-toc", "edit-this-page"],
        # Not made of a file in docs alone.
        "generated/*": ["page-toc"],
        "changelog": ["page-toc"],
        "contributing": ["page-toc"],
        "index": [],
    },
    "use_edit_page_button": bool(repository),
}
html_context = {}

# What a page looks like where somebody shares its address.
ogp_site_url = html_baseurl = ""
ogp_image = "_static/social_card.png"
ogp_image_alt = "Handwritten digits in grey levels beside the name digitclf"
ogp_social_cards = {"enable": False}

if repository:
    owner, _, name = repository.partition("/")
    ogp_site_url = html_baseurl = f"https://{owner}.github.io/{name}/"
    root = f"https://github.com/{repository}/edit/main/docs"
    html_context["edit_page_root"] = root
    html_context["edit_page_provider_name"] = "GitHub"
    # A chapter is generated from its script.
    html_context["edit_page_url_template"] = (
        f"{root}/"
        "{{ file_name.replace('auto_tutorial', 'tutorial').replace('.rst', '.py') }}"
    )
