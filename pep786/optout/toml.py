"""The key in one table of a TOML file, and our own choices for hosts: put in and taken out, and nothing else.

New lines are placed where a person would have put them; tomlkit, which keeps a file's style, does what is inside
existing ones. (By itself it puts a new key behind the comments that belong to the next table, and line feeds into
files with other line ends.) Whoever proposes a change, the parser judges it: the document must be what it was, but
for what was meant.
"""

from __future__ import annotations

import copy
import re

from ..config import files
from ..config import toml as config_toml
from ..config.table import KEY
from ..config.values import show, show_toml
from .edit import BOM, Edit, after_line, at_the_end, between, first_that_holds
from .errors import OptOutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

EXTRA = "needs tomlkit to be edited: pip install 'pep786-shim[config]'"
_LINE = f"{KEY} = true".encode()
_MISSING = object()


def document(data: bytes) -> dict[str, Any]:
    """What the file says. Raises OptOutError with what is wrong, and where."""
    try:
        text, bad = files.decode(data)
        if bad:
            raise OptOutError(f"cannot be parsed, line {bad} is not UTF-8")
        return config_toml.parse(text)
    except ValueError as fault:
        raise OptOutError(f"cannot be parsed, {fault}") from None


def value(data: bytes, table: str) -> object:
    """The key's value in the table ("" the top level), None where it is not there. Raises OptOutError."""
    return _table(document(data), table).get(KEY)


def rest(data: bytes, table: str) -> object:
    """What else is in the file: all but the key in the table, and no empty tables. Raises OptOutError."""
    found = document(data)
    _table(found, table).pop(KEY, None)
    return _without_empty(found)


def _without_empty(found: object) -> object:
    if not isinstance(found, dict):
        return found
    pruned = {name: _without_empty(here) for name, here in found.items()}
    return {name: here for name, here in pruned.items() if here != {}}


def put(data: bytes, table: str, wanted: bool = True) -> Edit:
    """The key with this value in the table, which is added where there is none. Raises OptOutError."""
    expected = document(data)
    here = _table(expected, table, make=True)
    old = here.get(KEY, _MISSING)
    here[KEY] = wanted
    candidates: list[Callable[[], Edit]] = []
    if old is _MISSING and wanted:
        candidates = _new_lines(data, table)
    candidates.append(lambda: _with_tomlkit(data, lambda file: _set(file, table, KEY, wanted)))
    edit = _judged(data, candidates, expected)
    edit.was = None if old is _MISSING else show_toml(old)
    return edit


def take(data: bytes, table: str) -> Edit:
    """The key taken out of the table. Raises OptOutError, also where it is not there."""
    expected = document(data)
    if _table(expected, table).pop(KEY, _MISSING) is _MISSING:
        raise OptOutError(f"{KEY} is not there")
    line = config_toml.line_of(files.decode(data)[0], table, KEY)
    return _judged(
        data,
        [
            lambda: _without_line(data, line or 1),
            lambda: _with_tomlkit(data, lambda file: _unset(file, table, KEY)),
        ],
        expected,
    )


def set_list(data: bytes, table: str, key: str, words: list[str]) -> Edit:
    """``key`` of a table at the top level as this array of strings; an empty one takes key and table away."""
    expected = document(data)
    there = table in expected
    here = _table(expected, table, make=True)
    listed = key in here
    if words:
        here[key] = words
    else:
        here.pop(key, None)
        if not here:
            del expected[table]
    line = f"{key} = [{', '.join(_quoted(word) for word in words)}]".encode()
    candidates: list[Callable[[], Edit]] = []
    if words and not there:
        candidates.append(lambda: at_the_end(data, [f"[{table}]".encode(), line]))
    if words:
        # In the array that is there, whose comments are the person's; else in place of it.
        if listed:
            candidates.append(lambda: _with_tomlkit(data, lambda file: _amend(file[table][key], words)))
        candidates.append(lambda: _with_tomlkit(data, lambda file: _set(file, table, key, words)))
    else:
        candidates.append(lambda: _with_tomlkit(data, lambda file: _unset(file, table, key, empty=True)))
    return _judged(data, candidates, expected)


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def parts(table: str) -> list[str]:
    """The names that lead to a table: what follows "tool." is one name."""
    return table.split(".", 1) if table else []


def _table(here: Any, table: str, *, make: bool = False) -> dict[str, Any]:
    for name in parts(table):
        here = here.setdefault(name, {}) if make else here.get(name, {})
        if not isinstance(here, dict):
            raise OptOutError(f"{table} is no table")
    found: dict[str, Any] = here
    return found


def _judged(data: bytes, candidates: list[Callable[[], Edit]], expected: dict[str, Any]) -> Edit:
    def holds(after: bytes) -> bool:
        try:
            return document(after) == expected
        except OptOutError:
            return False

    edit = first_that_holds(data, candidates, holds)
    if edit is None:
        raise OptOutError("cannot be edited without changing more than was asked for; change it by hand")
    return edit


def _new_lines(data: bytes, table: str) -> list[Callable[[], Edit]]:
    """Where a new key could stand, the nicest place first; some of them may be inside a string or an array."""
    if not table:
        return [lambda: _above_tables(data), lambda: _at_the_top(data)]
    return [
        *(lambda at=at: after_line(data, at, _LINE) for at in _headers(data, table)),
        lambda: at_the_end(data, [f"[{table}]".encode(), _LINE]),
    ]


def _headers(data: bytes, table: str) -> list[int]:
    """Where lines end that look like the table's header."""
    names = [rb"['\"]?" + re.escape(name).encode() + rb"['\"]?" for name in parts(table)]
    header = rb"[ \t]*\[[ \t]*" + rb"[ \t]*\.[ \t]*".join(names) + rb"[ \t]*\][ \t]*(#.*)?"
    ends, at = [], 0
    for line in data.splitlines(keepends=True):
        at += len(line)
        if re.fullmatch(header, line.rstrip(b"\r\n")):
            ends.append(at)
    return ends


def _at_the_top(data: bytes) -> Edit:
    start = len(BOM) if data.startswith(BOM) else 0
    edit = after_line(data[start:], 0, _LINE)
    return Edit(start, b"", edit.inserted)


def _above_tables(data: bytes) -> Edit:
    """Behind the last key of the top level; where there is none, behind the comment that opens the file."""
    start = len(BOM) if data.startswith(BOM) else 0
    lines = data[start:].splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.lstrip().startswith(b"[")), len(lines))
    keys = [at for at in range(first) if lines[at].strip() and not lines[at].lstrip().startswith(b"#")]
    if keys or first == len(lines):
        after = keys[-1] + 1 if keys else len(lines)
        return after_line(data, start + len(b"".join(lines[:after])), _LINE)
    blank = next((at for at in range(first) if not lines[at].strip()), -1)
    edit = after_line(data, start + len(b"".join(lines[: blank + 1])), _LINE)
    # Apart from the table that follows, as that was from what stood above it.
    end = b"" if blank + 1 < len(lines) and not lines[blank + 1].strip() else edit.inserted[len(_LINE) :]
    return Edit(edit.at, b"", edit.inserted + end)


def _without_line(data: bytes, number: int) -> Edit:
    lines = data.splitlines(keepends=True)
    at = len(b"".join(lines[: number - 1]))
    return Edit(at, b"".join(lines[number - 1 : number]), b"")


def _with_tomlkit(data: bytes, change: Callable[[Any], None]) -> Edit:
    try:
        import tomlkit
    except ImportError:
        raise OptOutError(EXTRA) from None
    text = files.decode(data)[0]
    windows = "\r\n" in text and text.count("\r\n") == text.count("\n")
    try:
        file = tomlkit.parse(text.replace("\r\n", "\n") if windows else text)
        change(file)
        after = file.as_string()
    except Exception as fault:  # tomlkit raises its own, KeyError, and what its bugs raise
        raise OptOutError(f"tomlkit cannot edit it: {show(str(fault), 100)}; change it by hand") from None
    after = after.replace("\n", "\r\n") if windows else after
    return between(data, (BOM if data.startswith(BOM) else b"") + after.encode())


def _set(file: Any, table: str, key: str, what: object) -> None:
    here = file
    for name in parts(table):
        if name not in here:
            here[name] = {}
        here = here[name]
    here[key] = copy.copy(what)


def _amend(array: Any, words: list[str]) -> None:
    """Leave out what is not among the words, and put the others behind what is there."""
    for at in reversed(range(len(array))):
        if array[at] not in words:
            del array[at]
    for word in words[len(array) :]:
        array.append(word)


def _unset(file: Any, table: str, key: str, *, empty: bool = False) -> None:
    here = file
    for name in parts(table):
        here = here[name]
    del here[key]
    if empty and not here:
        del file[table]
