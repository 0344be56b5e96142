"""The documentation's build: ``sphinx-build -W --keep-going docs SITE``."""
# ruff: noqa: INP001  Sphinx reads it by its path

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(CHECKOUT / "docs" / "_ext"), str(CHECKOUT)]

from pep786 import __version__  # noqa: E402
from pep786.cli import DRAFT  # noqa: E402

project = "pep786"
author = "The pep786 maintainers"
release = version = __version__
html_title = "pep786"
html_short_title = f"pep786 {release}, {DRAFT}"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "repository",  # ours, in _ext, and so are the next
    "docstrings",
    "commands",
    "configuration",
    "matrix",
    "measured",
]
exclude_patterns = ["_ext", "_static", "generate"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
highlight_language = "text"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
autodoc_mock_imports = ["click"]  # its page needs no more than that it can be imported
nitpicky = True
# Types of the standard library and of other projects: their documentation is elsewhere, and a build asks no network.
nitpick_ignore_regex = [("py:class", r".*"), ("py:exc", r"\w+")]
linkcheck_ignore = [r"https?://.*"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["pep786.css"]
html_js_files = ["matrix.js"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00695c", "color-brand-content": "#00695c"},
    "dark_css_variables": {"color-brand-primary": "#5ad1bd", "color-brand-content": "#5ad1bd"},
}
copybutton_prompt_text = "$ "
