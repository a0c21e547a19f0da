"""Settings of the site; docs/build.py lays the pages out and calls Sphinx."""

from __future__ import annotations

import os
from typing import Any

import sphinx.search.zh
from docutils import nodes

import crmlab
from crmlab.pages import _mathml

sphinx.search.zh.SearchChinese.language_name = "English"  # Sphinx 9.0 names a stemmer that is not there

if os.environ.get("CRMLAB_LANG") == "zh":
    import jieba

    jieba.setLogLevel("WARNING")  # it splits Chinese words for the search, and talks while it loads

project = "crmlab"
author = "the crmlab authors"
release = version = crmlab.__version__
language = {"en": "en", "zh": "zh_CN"}[os.environ.get("CRMLAB_LANG", "en")]
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build"]
suppress_warnings = ["mystnb.unknown_mime_type"]

nb_render_markdown_format = "gfm"  # tables in what a cell says
nb_execution_mode = "off"  # the lessons are committed executed
nb_mime_priority_overrides = [("html", "application/vnd.crmlab.record+json", None)]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # nothing is asked from the network
myst_enable_extensions = ["dollarmath", "colon_fence", "amsmath", "attrs_inline"]
myst_heading_anchors = 4
html_math_renderer = "mathml"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
html_title = "crmlab"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = True  # the notebooks can be downloaded
html_context = {"default_mode": "light"}
html_theme_options = {
    "use_download_button": True,
    "use_fullscreen_button": False,
    "navbar_persistent": [],
    "show_toc_level": 2,
    "navigation_with_keys": False,
}


def _inline(self: Any, node: Any) -> None:
    self.body.append(_mathml(node.astext(), display="inline"))
    raise nodes.SkipNode


def _block(self: Any, node: Any) -> None:
    self.body.append(f'<div class="math">{_mathml(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> None:
    """Write formulas as MathML, which a browser draws without a script."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))
