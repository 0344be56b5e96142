"""``{configuration-files}``: every file that is looked into, strongest first, from pep786/config/table.py."""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from pep786.config import table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

    from pep786.config.table import Row

#: What the names in the table's templates stand for: how it is shown, and what is said of it.
NAMES = {
    "PROJECT": ("…", "the project: the nearest folder, from the current one upward, that has this file"),
    "UV_TOML": ("…/uv.toml", "as uv finds its project: a `uv.toml` beats the `[tool.uv]` beside it"),
    "UV_PYPROJECT": ("…/pyproject.toml", "likewise"),
    "HOME": ("~", "the person's home: `HOME`, on Windows `USERPROFILE`"),
    "PREFIX": ("PREFIX", "the Python environment that runs the tool: `sys.prefix`"),
    "XDG_CONFIG_HOME": ("~/.config", "`XDG_CONFIG_HOME` where it is set to an absolute path"),
    "XDG_CONFIG_DIRS_FIRST": ("/etc/xdg", "the first folder of `XDG_CONFIG_DIRS`"),
    "XDG_CONFIG_DIRS_REVERSED": ("/etc/xdg", "the folders of `XDG_CONFIG_DIRS`, the last one first"),
    "XDG_DATA_DIRS_REVERSED": ("XDG_DATA_DIRS", "its folders, the last one first"),
    "UV_SYSTEM": ("/etc/xdg, /etc", "the folders of `XDG_CONFIG_DIRS`, then `/etc`; only the first file counts"),
    "MACOS_CONFIG": ("~/Library/Application Support", "or `XDG_CONFIG_HOME`"),
    "MACOS_PIP": ("~/.config/pip", "or `~/Library/Application Support/pip`, if that is there"),
    "MACOS_SITE_FIRST": ("/Library/Application Support", "or the first of `XDG_CONFIG_DIRS`, or Homebrew's `share`"),
    "HOMEBREW": ("/opt/homebrew", "the prefix of a Homebrew Python; elsewhere there is none"),
    "APPDATA": ("%APPDATA%", "a person's roaming folder on Windows"),
    "LOCALAPPDATA": ("%LOCALAPPDATA%", "a person's local folder on Windows"),
    "PROGRAMDATA": ("%PROGRAMDATA%", "the machine's folder on Windows"),
    "SYSTEMDRIVE": ("%SYSTEMDRIVE%", "mostly `C:`"),
}
_NAME = re.compile(r"\{(\w+)\}")
_SCOPES = {
    "named": "named by a variable",
    "site": "Python environment",
    "user": "person",
    "global": "machine",
    "project": "project",
}
_RULES = {
    "set": "`{}` is set",
    "true": "`{}` is true",
    "file": "`{}` names a file",
    "null": "`{}` is the null device",
    "isolated": "`--isolated`",
}


def shown(template: str) -> str:
    """A template as a person would write the path; "" stays: the platform has no such file."""
    return _NAME.sub(lambda name: NAMES[name[1]][0] if name[1] in NAMES else f"${name[1]}", template)


class ConfigurationFiles(SphinxDirective):
    """A section and a table for each tool, and what the names in them stand for."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        self.env.note_reread()  # it changes with the code
        made = [self._section(tool, rows) for tool, rows in table.TOOLS.items()]
        made.append(self._section("any other tool", (table.pyproject("NAME"),)))
        made.append(self._section("below them, for every tool", table.NEUTRAL))
        made.append(self._legend())
        return list(made)

    def _section(self, title: str, rows: Iterable[Row]) -> nodes.section:
        lines = [_line(number, row) for number, row in enumerate(rows, 1)]
        head = ["", "whose", "Linux", "macOS", "Windows", "the key stands in", "not read where"]
        return self._titled(title, _table(head, lines))

    def _legend(self) -> nodes.section:
        rows = [[f"`{shown_as}`", meaning] for shown_as, meaning in dict.fromkeys(NAMES.values()) if shown_as != "…"]
        return self._titled("What the paths stand for", _table(["path", "is"], [["`…/`", NAMES["PROJECT"][1]], *rows]))

    def _titled(self, title: str, *content: nodes.Node) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(f"files-{title}")], names=[f"files {title}"])
        self.state.document.note_explicit_target(section)
        return nodes.section.__iadd__(section, [nodes.title("", title), *content])


def _line(number: int, row: Row) -> list[str]:
    paths = [shown(template) for template in (row.linux, row.macos, row.windows)]
    paths[2] = paths[2].replace("/", "\\")
    holds = "`[COMMAND]`, `[global]`" if row.table == "ini" else f"`[{row.table}]`" if row.table else "top"
    rules = (rule.partition(":") for rule in row.unless)
    silenced = ", ".join(_RULES[what].format(variable) for what, _, variable in rules)
    return [str(number), _SCOPES[row.scope], *(f"`{path}`" if path else "" for path in paths), holds, silenced]


def _table(head: list[str], rows: list[list[str]]) -> nodes.table:
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["colwidths-auto", "paths"])


def _row(cells: list[str]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *_inline(cell))) for cell in cells))


def _inline(text: str) -> list[nodes.Node]:
    """Text with literals in backquotes."""
    parts = text.split("`")
    return [nodes.literal("", part) if odd % 2 else nodes.Text(part) for odd, part in enumerate(parts) if part]


def setup(app: Sphinx) -> dict[str, bool]:
    """Say to Sphinx what is here."""
    app.add_directive("configuration-files", ConfigurationFiles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
