"""The key in one section of a pip.conf: put in and taken out, and not a byte else.

ConfigUpdater, which keeps a file's style too, writes line feeds into files with other line ends, loses the
indentation that tells an option from a continued value, and adds a second key beside ``No_Analytics``, which pip
then refuses. So the lines are found here as configparser finds them, and configparser judges the outcome.
"""

from __future__ import annotations

import configparser

from ..config import files
from ..config.ini import normal, parse, reason
from ..config.table import KEY
from .edit import BOM, Edit, after_line, at_the_end
from .errors import OptOutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Option:
    """Where an option stands: the offset of its line, the line, and how many lines its value goes on for."""

    def __init__(self, at: int, line: bytes) -> None:
        self.at = at
        self.line = line
        self.more = 0


class _Section:
    """Where a section stands: where its last line with anything in it ends, how its options are indented, the key."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.indent: bytes | None = None
        self.option: _Option | None = None


def value(data: bytes, section: str) -> str | None:
    """The key's value in the section, as pip reads it; None where it is not there. Raises OptOutError."""
    _document(data)
    found = parse(files.decode(data)[0]).get(section)
    return found.value if found else None


def rest(data: bytes, section: str) -> dict[str, dict[str, Any]]:
    """What else is in the file: all but the key in the section, and no empty sections. Raises OptOutError."""
    before = _document(data)
    before.get(section, {}).pop(KEY, None)
    return {name: options for name, options in before.items() if options}


def put(data: bytes, section: str, word: str = "true") -> Edit:
    """The key with this value in the section, which is added where there is none. Raises OptOutError."""
    before = _document(data)
    place = _sections(data).get(section)
    if place is None:
        edit = at_the_end(data, [f"[{section}]".encode(), f"{KEY} = {word}".encode()])
    elif place.option is None:
        edit = after_line(data, place.end, (place.indent or b"") + f"{KEY} = {word}".encode())
    else:
        edit = _with_value(place.option, word)
    before.setdefault(section, {})[KEY] = word
    return _judged(data, edit, before)


def take(data: bytes, section: str) -> Edit:
    """The key's line taken out of the section. Raises OptOutError, also where it is not there."""
    before = _document(data)
    place = _sections(data).get(section)
    if place is None or place.option is None:
        raise OptOutError(f"[{section}] {KEY} is not there")
    before[section].pop(KEY, None)
    return _judged(data, Edit(place.option.at, place.option.line, b""), before)


def _with_value(option: _Option, word: str) -> Edit:
    bare = option.line.rstrip()
    splits = [at for at in (bare.find(b"="), bare.find(b":")) if at >= 0]
    if option.more or not splits:
        raise OptOutError(f"the value of {KEY} has several lines; change it by hand")
    split = min(splits) + 1
    old = bare[split:]
    gap = old[: len(old) - len(old.lstrip())] if old.strip() else b" "
    inserted = bare[:split] + gap + word.encode() + option.line[len(bare) :]
    return Edit(option.at, option.line, inserted, old.strip().decode("utf-8", "replace"))


def _judged(data: bytes, edit: Edit, expected: dict[str, dict[str, Any]]) -> Edit:
    try:
        holds = _document(edit.apply(data)) == expected
    except OptOutError:
        holds = False
    if not holds:
        raise OptOutError(f"cannot be edited without changing more than {KEY}; change it by hand")
    return edit


def _document(data: bytes) -> dict[str, dict[str, Any]]:
    """All that pip reads, with its own names and no section for what speaks for all. Raises OptOutError."""

    class Parser(configparser.RawConfigParser):
        def optionxform(self, optionstr: str) -> str:
            return normal(optionstr)

    parser = Parser(default_section="\0")
    try:
        text = files.decode(data)[0]
        parse(text)  # says what is wrong without the file's own words, and where
        parser.read_string(text.replace("\r\n", "\n").replace("\r", "\n"))
    except configparser.Error as fault:
        raise OptOutError(f"cannot be parsed, {reason(fault)}") from None
    except ValueError as fault:
        raise OptOutError(f"cannot be parsed, {fault}") from None
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _sections(data: bytes) -> dict[str, _Section]:
    """The sections and the key in them, found as RawConfigParser finds them (Lib/configparser.py, _read)."""
    found: dict[str, _Section] = {}
    here: _Section | None = None
    in_option, last_indent, at = False, 0, 0
    option: _Option | None = None
    for whole in data.splitlines(keepends=True):
        start, line = at, whole
        at += len(whole)
        if start == 0 and line.startswith(BOM):
            start, line = len(BOM), line[len(BOM) :]
        bare = line.strip()
        if not bare or bare[:1] in (b"#", b";"):
            continue
        indent = len(line) - len(line.lstrip())
        if here is not None and in_option and indent > last_indent:
            here.end = at
            if option is not None:
                option.more += 1
            continue
        last_indent, in_option, option = indent, False, None
        if bare.startswith(b"[") and b"]" in bare:
            here = found.setdefault(bare[1 : bare.rindex(b"]")].decode("utf-8", "surrogateescape"), _Section(at))
        elif here is not None:
            in_option = True
            here.end = at
            here.indent = line[:indent] if here.indent is None else here.indent
            name = bare.replace(b":", b"=").partition(b"=")[0].strip().decode("utf-8", "surrogateescape")
            if normal(name) == KEY:
                option = here.option = _Option(start, line)
    return found
