"""The key in a TOML file: put in, the document is what it was, and the key; taken back, not a byte has changed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Iterator

from pep786.optout import toml
from tests.fuzz.targets import machine, naive
from tests.fuzz.targets.editing import unless_refused

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.optout.edit import Edit

_KEY = "no-analytics"
TABLES = ("", "tool.pep786", "tool.pip", "pipenv", "tool.a.b")

WORDS = (
    *machine.WORDS,
    *(f"{table}\n".encode() for table in TABLES),
    *(
        b"[tool . 'pep786']\n",
        b"tool.pep786.x = 1\n",
        b'["tool"]\n',
        b"[tool.a]\n",
        b'[tool."a.b"]\n',
        b"[tool.pep786.x]\n",
    ),
    *(b"pep786 = {", b"'''", b'"""\n', b"\\\n", b"[[x]]\n", b"x = [\n", b"\x0c", b"\x1c", b"\xc2\x85", b"\x7f"),
)


def seeds() -> Iterator[bytes]:
    """Tables, dotted keys, inline ones, and what only looks like a header."""
    yes = b"no-analytics = true\n"
    yield b"tool.pep786\n[project]\nname = 'x'\n\n# of pip\n[tool.pip]\nx = 1\n"
    yield b"tool.pip\n[tool.pip]\n" + yes
    yield b"tool.pep786\r\n[project]\r\nname = 'x'\r\n"
    yield b"\n# ours\nx = 1\n\n[hosts]\ndeny = []"
    yield b"\n[hosts]\n"
    yield b"tool.pep786\ntool.pep786.x = 1\n[tool.pip]\n" + yes
    yield b"tool.pep786\ntool = { pep786 = { no-analytics = false, x = 1 } }\n"
    yield b'tool.pep786\nx = """\n[tool.pep786]\n"""\n[tool."pep786"] # x\ny = [\n[1],\n]\n'
    yield b"tool.a.b\n[tool.'a.b']\n[tool.a]\nb = 1\n"
    yield b"\xef\xbb\xbfpipenv\n\xef\xbb\xbf[pipenv]\n'no-analytics' = 1979-05-27\n"
    yield b"pipenv\n[[source]]\nurl = 'x'\n[pipenv]\nno_analytics = 1\n"


def check(data: bytes, _: Path) -> None:
    """Data is the table in a line of its own, and the file."""
    first, _newline, file = data.partition(b"\n")
    table = first.decode("latin-1").strip()
    table = table if table in TABLES else "tool.pep786"
    before = naive.toml(file)
    unless_refused(lambda: toml.value(file, table))
    edit = unless_refused(lambda: toml.put(file, table))
    if edit is not None:
        is_put(file, before, edit, table)
    there = before is not None and naive.toml_says(file, table) is not None
    edit = unless_refused(lambda: toml.take(file, table))
    if edit is not None:
        assert there
        expected: Any = copy.deepcopy(before)
        _at(expected, table).pop(_KEY)
        assert repr(naive.toml(edit.apply(file))) == repr(expected)
    edit = unless_refused(lambda: toml.set_list(file, "hosts", "deny", ["a.example", "b.example"]))
    if edit is not None:
        hosts = (naive.toml(edit.apply(file)) or {})["hosts"]
        assert hosts["deny"] == ["a.example", "b.example"]


def is_put(file: bytes, before: dict[str, Any] | None, edit: Edit, table: str) -> None:
    assert before is not None, "what is no TOML was changed"
    after = edit.apply(file)
    assert edit.reverse(after) == file
    expected: Any = copy.deepcopy(before)
    _at(expected, table)[_KEY] = True
    assert same(naive.toml(after), expected)
    assert toml.value(after, table) is True
    again = unless_refused(lambda: toml.take(after, table))
    assert again is None or naive.toml_says(again.apply(after), table) is None


def same(one: object, other: object) -> bool:
    """Equal, in whatever order the keys stand; nan is nan."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def _at(here: Any, table: str) -> Any:
    for name in table.split(".", 1) if table else []:
        here = here.setdefault(name, {})
    return here
