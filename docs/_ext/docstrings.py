"""Our docstrings on the site. They say of each parameter in two columns what goes in: ``name    what it is``."""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

# A name, or several with commas; then two blanks or more, or, for one that is indented, one.
_ROW = re.compile(r"( *)([\w.*]+(?:, [\w.*]+)*)(?:  +)(\S.*)")


def _columns(_app: Sphinx, _what: str, _name: str, _of: Any, _options: Any, lines: list[str]) -> None:
    """Turn rows of two columns into a list of fields, and the lines below them, indented, into their text."""
    done: list[str] = []
    inside = False
    for line in lines:
        row = _ROW.fullmatch(line)
        if row:
            if not inside:
                done.append("")
            done.append(f":{row[2]}: {row[3]}")
            inside = True
        elif inside and line.startswith(" ") and line.strip():
            done.append(f"    {line.strip()}")
        else:
            if inside:
                done.append("")
            inside = False
            done.append(line)
    lines[:] = done


def setup(app: Sphinx) -> dict[str, bool]:
    """Say to Sphinx what is here."""
    app.connect("autodoc-process-docstring", _columns)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
