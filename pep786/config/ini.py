"""The key in pip's configuration format: configparser's, with pip's names (_internal/configuration.py)."""

from __future__ import annotations

from .table import KEY
from .values import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re


def normal(name: str) -> str:
    """The name as pip compares it (D4): ``No_Analytics`` and ``--no-analytics`` are the same."""
    name = name.lower().replace("_", "-")
    return name[2:] if name.startswith("--") else name


def parse(text: str) -> dict[str, Found]:
    """The key in every section that has it, by the section's name; ``[DEFAULT]`` reaches into each.

    Raises ValueError, naming the line where it can, for a file pip would refuse too: one that does not parse,
    or has a section, or the key of one section, twice.
    """
    import configparser

    class Parser(configparser.RawConfigParser):
        def optionxform(self, optionstr: str) -> str:
            return normal(optionstr)

    # pip opens the file as text, which turns every kind of line end into this one.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parser = Parser()
    try:
        parser.read_string(text)
    except Exception as error:  # not only configparser's own: D7, whatever a file holds
        raise ValueError(_reason(error)) from error
    written = _written(text, parser.SECTCRE)
    found = {}
    for section in parser.sections():
        if parser.has_option(section, KEY):
            home = section if section in written else parser.default_section
            key, line = written.get(home, (KEY, None))  # pragma: no mutate  the lines are read as configparser does
            found[section] = Found(section, key, parser.get(section, KEY) or "", line)
    return found


def _reason(error: Exception) -> str:
    """What is wrong and where, without the file's own words, which may hold anything."""
    what = {
        "DuplicateOptionError": "a name stands twice in one section",
        "DuplicateSectionError": "a section stands twice",
        "MissingSectionHeaderError": "there is no section header",
    }.get(type(error).__name__, "it is not in pip's format")
    errors = getattr(error, "errors", None)
    line = errors[0][0] if errors else getattr(error, "lineno", None)
    return what if line is None else f"line {line}: {what}"


def _written(text: str, header: re.Pattern[str]) -> dict[str, tuple[str, int | None]]:
    """Where the key is written: by section, its spelling and its line, counted from 1.

    header is the pattern of this Python's configparser: which bracket ends a name is another before 3.10.
    """
    written: dict[str, tuple[str, int | None]] = {}
    section = ""  # pragma: no mutate  configparser has no key above the first header
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        begun = header.match(stripped)
        if begun:
            section = begun["header"]
        else:
            name = stripped.replace(":", "=").partition("=")[0].strip()
            if normal(name) == KEY and section not in written:
                written[section] = (name, number)
    return written
