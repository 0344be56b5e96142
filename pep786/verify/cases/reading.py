"""From a TOML file to cases, each key checked: what is wrong is told with the file and the case."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import DataError
from ..places import fill, stays_inside
from ..tables import check, read
from .case import Case, Expected, Unsigned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

_FILE = {"tool": "a text", "own_file": "a text", "own_table": "a text", "case": "an array of tables"}
_CASE = {
    "id": "a text",
    "name": "a text",
    "section": "a text",
    "rule": "a text",
    "tried_on": "an array of texts",
    "extension": "true or false",
    "except_native": "a text",
    "platform": "a text",
    "wire": "true or false",
    "environment": "a table of texts",
    "files": "a table of texts",
    "command": "a text",
    "before": "an array of texts",
    "arguments": "an array of texts",
    "requirement": "a text",
    "index": "a text",
    "runs": "a whole number from 1 on",
    "request": "a table of texts",
    "expect": "a table",
}
_EXPECT = {
    "opted_out": "true or false",
    "source": "a text",
    "origin": "a text",
    "prefer": "a text",
    "user_agent": "a text",
    "warning": "true or false",
}
_REQUEST = dict.fromkeys(("method", "url", "prefer", "user_agent", "by"), "a text")
#: The values that a key may have.
_WORDS = {
    "source": ("flag", "environment", "config", "default"),
    "tried_on": ("pip", "tools", "old"),
    "platform": ("linux", "darwin", "win32"),
    "requirement": ("demo-wheel", "demo-sdist", "demo-nested"),
    "index": ("redirected",),
}
#: What may stand in braces in a path, a text or a variable's value.
PLACEHOLDERS = (
    *("home", "project", "config", "local_config", "machine", "pip_conf"),
    *("own_file", "own_table", "tool", "index"),
)
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Own:
    """Where a tool has the key, and the header of the table it is in ("": the file's top)."""

    file: str = "{project}/pyproject.toml"
    table: str = "[tool.{tool}]"

    def among(self, places: Mapping[str, str], tool: str) -> dict[str, str]:
        """The places of a run, and these two as they are for the tool."""
        named = {**places, "tool": tool}
        return {**named, "own_file": fill(self.file, named), "own_table": fill(self.table, named)}


@dataclass(frozen=True)
class CasesFile:
    """One file: whose it is ("": every tool's), where that tool has the key, and the cases."""

    tool: str
    own: Own
    cases: tuple[Case, ...]


def load(path: str) -> CasesFile:
    """The cases of a file. Raises :class:`DataError`."""
    document = read(path)
    check(document, _FILE, path)
    tool = document.get("tool", "")
    if not stays_inside(document.get("own_file", Own.file)):
        raise DataError(f"{path}: own_file is not below the run's own folder")
    own = Own(document.get("own_file", Own.file), document.get("own_table", Own.table))
    return CasesFile(
        tool, own, tuple(_case(made, tool, f"{path}, {_place(at, made)}") for at, made in _numbered(document))
    )


def _numbered(document: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(document.get("case", ()), 1))


def _place(at: int, made: dict[str, Any]) -> str:
    return f"case {made['id']}" if isinstance(made.get("id"), str) else f"case number {at}"


def _case(made: dict[str, Any], tool: str, where: str) -> Case:
    check(made, _CASE, where, ("id", "name", "section", "expect"))
    expect, request = made["expect"], made.get("request", {})
    check(expect, _EXPECT, f"{where}, expect", ("opted_out", "source", "user_agent"))
    check(request, _REQUEST, f"{where}, request")
    _check_words(made, where)
    _check_words(expect, f"{where}, expect")
    for text in (*made.get("files", {}), *made.get("environment", {}).values(), expect.get("origin", "")):
        for name in _PLACEHOLDER.findall(text):
            if name not in PLACEHOLDERS:
                raise DataError(f"{where}: unknown placeholder {{{name}}}; known are {', '.join(PLACEHOLDERS)}")
    for path in made.get("files", ()):
        if not stays_inside(path):
            raise DataError(f"{where}: the file {path} is not below the run's own folder")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in made.items()}
    values.update(tool=tool, expect=Expected(**expect), request=Unsigned(**request))
    return Case(**values)


def _check_words(table: dict[str, Any], where: str) -> None:
    for key, words in _WORDS.items():
        value = table.get(key, ())
        for word in [value] if isinstance(value, str) else value:
            if word not in words:
                raise DataError(f"{where}: {key} is {word!r}; it may be {', '.join(words)}")
