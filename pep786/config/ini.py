"""The key in pip's configuration format: configparser's, with pip's names (_internal/configuration.py)."""

from __future__ import annotations

from .table import KEY
from .values import Found, boolean

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from configparser import RawConfigParser
    from typing import Dict, Tuple

    _Written = Dict[Tuple[str, str], Tuple[str, int]]

_DEFAULT = "DEFAULT"


def normal(name: str) -> str:
    """The name as pip compares it (D4): ``No_Analytics`` and ``--no-analytics`` are the same."""
    name = name.lower().replace("_", "-")
    return name[2:] if name.startswith("--") else name


def parse(text: str) -> dict[str, Found]:
    """The key in every section that has it, by the section's name; ``[DEFAULT]`` reaches into each.

    Of two spellings in one section, where pip 24.2 goes by the last and pip 26.3 refuses the file, an opt-out counts.
    Raises ValueError, naming the line where it can, for a file that every pip refuses: one that does not parse, or has
    a section twice, or a name in the same spelling.
    """
    import configparser

    # pip opens the file as text, which turns every kind of line end into this one.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parser = configparser.RawConfigParser(default_section="\0")
    try:
        parser.read_string(text)
    except Exception as error:  # not only configparser's own: D7, whatever a file holds
        raise ValueError(reason(error)) from error
    written = _written(text, parser.SECTCRE)
    found = {}
    for section in parser.sections():
        here = [one for home in (section, _DEFAULT) for one in _spelt(parser, home, written)[:1]]
        if here and section != _DEFAULT:
            key, value, line = here[0]
            found[section] = Found(section, key, value, line)
    return found


def _spelt(parser: RawConfigParser, section: str, written: _Written) -> list[tuple[str, str, int | None]]:
    """The key in each of its spellings there, an opt-out first: as it is written, the value, and the line."""
    spelt = []
    for name, value in parser.items(section) if parser.has_section(section) else ():
        if normal(name) == KEY:
            key, line = written.get((section, name), (KEY, None))  # pragma: no mutate  the lines are configparser's
            spelt.append((key, value or "", line))
    return sorted(spelt, key=lambda one: boolean(one[1]) is False)


def reason(error: Exception) -> str:
    """What configparser found wrong and where, without the file's own words, which may hold anything."""
    what = {
        "DuplicateOptionError": "a name stands twice in one section",
        "DuplicateSectionError": "a section stands twice",
        "MissingSectionHeaderError": "there is no section header",
    }.get(type(error).__name__, "it is not in pip's format")
    errors = getattr(error, "errors", None)
    line = errors[0][0] if errors else getattr(error, "lineno", None)
    return what if line is None else f"line {line}: {what}"


def _written(text: str, header: re.Pattern[str]) -> _Written:
    """Where the key is written: by section and name, its spelling and its line, counted from 1.

    header is the pattern of this Python's configparser: which bracket ends a name is another before 3.10.
    """
    written: _Written = {}
    section = ""  # pragma: no mutate  configparser has no key above the first header
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        begun = header.match(stripped)
        if begun:
            section = begun["header"]
        else:
            name = stripped.replace(":", "=").partition("=")[0].strip()
            if normal(name) == KEY:
                written.setdefault((section, name.lower()), (name, number))
    return written
