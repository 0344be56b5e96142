"""The key in a TOML file."""

from __future__ import annotations

from . import parsers
from .table import KEY
from .values import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


# Takes away what is around names: blanks and quotes.
_BARE = dict.fromkeys(map(ord, "\t\r \"'"))

# What a file may cost, in steps of the parser: a second or so.
BUDGET = 20_000_000

# What :func:`parsed` gave: a command asks for every tool, a program again for each session, and the parser takes longer
# than all else together.
_seen: dict[str, dict[str, Any]] = {}
_MAX_SEEN = 8


class NoParserError(ValueError):
    """No parser is at hand."""


def parsed(text: str) -> dict[str, Any]:
    """As :func:`parse`, for whoever only reads the document: a text that was seen lately is not parsed again."""
    found = _seen.get(text)
    if found is None:
        found = parse(text)
        if len(_seen) >= _MAX_SEEN:
            _seen.clear()
        _seen[text] = found
    return found


def parse(text: str) -> dict[str, Any]:
    """The document. Raises ValueError with the reason for one that cannot be parsed, or with no parser at hand."""
    loads = parsers.loads()
    if loads is None:
        raise NoParserError("this Python has no TOML parser; install tomli")
    if _cost(text) > BUDGET:
        raise ValueError("its dotted keys are too long")
    try:
        return loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except Exception as error:  # not only the parser's own: D7, whatever a file holds
        raise ValueError(show(str(error), 100)) from error


def _cost(text: str) -> int:
    """An upper bound of what dotted keys cost: tomllib is quadratic in them, 64 KiB of ``a.a.a`` take it half a minute.

    Dots in strings are counted too, which no file written by a person comes to feel.
    """
    dots = text.count(".")
    cost = 2 * dots * (dots + text.count("\n") + 1)  # pragma: no mutate  any bound will do
    if cost <= BUDGET:  # pragma: no mutate
        return cost  # as if all of them stood in every line: nearly every file is done with here
    cost = header = 0
    for line in text.split("\n"):
        dots = line.count(".")
        if line.lstrip().startswith("["):
            header = max(header, dots)
        cost += (header + dots) * (dots + 1)
    return cost


def read_lines(text: str) -> tuple[dict[str, Any], bool]:
    """The key without a parser: from lines of its own, below a header that is nothing but names.

    Returns the document as far as that goes, and whether that is all there is of the key. Where it may not be,
    only an opt-out is taken from it.
    """
    found: dict[str, bool] = {}
    table = ""
    certain = '"""' not in text and "'''" not in text
    for line in text.split("\n"):
        stripped = line.partition("#")[0].strip()
        if stripped.startswith("["):
            table = stripped.strip("[]").replace(" ", "")
            certain = certain and stripped.endswith("]") and table.replace(".", "").replace("-", "").isidentifier()
        elif KEY in stripped.lower().replace("_", "-"):
            name, _, value = stripped.partition("=")
            value = value.strip()
            ours = name.translate(_BARE) == KEY
            if ours:
                found[table] = value != "false" or found.get(table, False)  # D3
            certain = certain and ours and value in ("true", "false")
    document: dict[str, Any] = {}
    for table in sorted(found, reverse=True):  # inner ones first, which the key itself may have the name of
        here = document
        for name in filter(None, table.split(".")):
            here = here.setdefault(name, {})
        if found[table] or certain:
            here[KEY] = found[table]
    return document, certain


def find(document: dict[str, Any], table: str) -> Iterator[tuple[str, object]]:
    """The key, and whatever was written in its stead (``no_analytics``), with their values, from the table.

    table is "" for the top level, else dotted; what follows "tool." is one name, dots and all.
    """
    here: object = document
    for name in table.split(".", 1) if table else ():
        here = here.get(name) if isinstance(here, dict) else None
    if isinstance(here, dict):
        for key, value in here.items():
            if key.lower().replace("_", "-") == KEY:
                yield key, value


def line_of(text: str, table: str, key: str) -> int | None:
    """Where the key stands, counted from 1: in the table, else (dotted and inline tables) where it first does."""
    section, first = "", None
    for number, line in enumerate(text.split("\n"), 1):
        if key not in line and not line.lstrip().startswith("["):
            continue  # nearly all of them
        bare = line.translate(_BARE)
        if bare.startswith("[") and "]" in bare and "=" not in bare.partition("]")[0]:
            section = bare[1 : bare.index("]")]
        elif key in bare and not bare.startswith("#"):
            if section == table and bare.partition("=")[0] == key:
                return number
            first = first or number
    return first
