"""From the table's rows to paths: which files a tool would read, here and now, strongest first."""

from __future__ import annotations

import os
import sys

from . import table
from .folders import Folders, present
from .values import boolean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..decision import Scope
    from .table import Row


class Place:
    """A file to read: its scope, its path, and the TOML table in it ("" the top level, "ini" pip's format)."""

    __slots__ = ("path", "scope", "table")

    def __init__(self, scope: Scope, path: str, table: str) -> None:
        self.scope: Scope = scope
        self.path = path
        self.table = table

    def __repr__(self) -> str:
        return f"Place({self.scope!r}, {self.path!r}, {self.table!r})"


def places(
    tool: str,
    environ: Mapping[str, str],
    cwd: str | None = None,
    *,
    isolated: bool = False,
    platform: str = sys.platform,
    prefix: str | None = None,
) -> list[Place]:
    """Every file that may hold the key for the tool, strongest first, each once; it need not exist.

    tool, environ, cwd, isolated as for ``settings``. platform is a ``sys.platform``; prefix a
    ``sys.prefix``, this interpreter's if None. Files of the project are found, so they do exist.
    """
    survey = _Survey(environ, cwd, isolated, platform, prefix)
    rows = table.TOOLS.get(tool) or (table.pyproject(tool),)
    found: list[Place] = []
    seen = set()
    for row in (*rows, *table.NEUTRAL):
        for path in survey.paths(row):
            if (path, row.table) not in seen:
                seen.add((path, row.table))
                found.append(Place(row.scope, path, row.table))
    return found


def own(environ: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Our own files, the person's and the machine's, strongest first (design, D17a); they need not be there."""
    survey = _Survey(environ, None, False, platform, None)  # pragma: no mutate  pip's --isolated silences none of them
    return [path for row in table.OWN for path in survey.paths(row)]


class _Survey:
    """One environment, one directory, one platform."""

    def __init__(
        self, environ: Mapping[str, str], cwd: str | None, isolated: bool, platform: str, prefix: str | None
    ) -> None:
        self.environ = environ
        self.isolated = isolated
        self.platform = platform
        self.folders = Folders(environ, platform, prefix)
        self.path = self.folders.path
        self.null = "nul" if platform == "win32" else "/dev/null"
        self.cwd = self._absolute(cwd)

    def _absolute(self, cwd: str | None) -> str:
        """The directory to start from; "" when the current one is gone: then there is no project."""
        try:
            if not cwd:
                return os.getcwd()
            return str(self.path.normpath(cwd)) if self.path.isabs(cwd) else os.path.abspath(cwd)
        except (OSError, ValueError):
            return ""

    def paths(self, row: Row) -> list[str]:
        """The row's paths, strongest first; none when something silences the row."""
        template = row.template(self.platform)
        if not template or any(self._silences(rule) for rule in row.unless):
            return []
        paths = self._expanded(template)
        if row.first:
            paths = [path for path in paths if os.path.exists(path)][:1]
        return paths

    def _silences(self, rule: str) -> bool:
        what, _, variable = rule.partition(":")
        value = self.environ.get(variable, "")
        if what == "isolated":
            return self.isolated
        if what == "set":
            return bool(value)
        if what == "true":
            return boolean(value) is True
        if what == "file":
            return bool(value) and os.path.exists(self.path.join(self.cwd, value))
        return value == self.null

    def _expanded(self, template: str) -> list[str]:
        if not template.startswith("{"):
            return [template]
        name, _, rest = template[1:].partition("}")  # pragma: no mutate  there is one
        rest = rest[1:]
        if name == "PROJECT":
            return self._nearest(rest)
        if name in ("UV_TOML", "UV_PYPROJECT"):
            from .uv import project

            return project(self._upward(), self.path.join)[name == "UV_PYPROJECT"]
        if self.platform == "win32":
            rest = rest.replace("/", "\\")
        # A relative path in a variable is taken from where the tool is started.
        roots = [self.path.join(self.cwd, root) for root in self.folders[name]]
        return [self.path.join(root, rest) if rest else root for root in roots]

    def _upward(self) -> Iterator[str]:
        folder = self.cwd
        while folder:
            yield folder
            parent = self.path.dirname(folder)
            if parent == folder:
                return
            folder = parent

    def _nearest(self, name: str) -> list[str]:
        """The nearest file of that name from the directory upward (D6)."""
        for folder in self._upward():
            if present(self.path.join(folder, name)):
                return [self.path.join(folder, name)]
        return []
