"""TOML files that people write for verify: read, and held to the keys that they may have."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module

from .errors import DataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping

    #: What a key's value has to be: one of the names below.
    Kinds = Mapping[str, str]

#: Where a TOML parser may be: in Python, installed beside us, or in the pip at hand. From a clone with nothing
#: installed the last is what an older Python has.
_PARSERS = ("tomllib", "tomli", "pip._vendor.tomli")

_IS: dict[str, Callable[[Any], bool]] = {
    "a text": lambda value: isinstance(value, str),
    "true or false": lambda value: isinstance(value, bool),
    "a whole number from 1 on": lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
    "an array of texts": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "a table of texts": lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
    "a table of arrays of texts": lambda value: (
        isinstance(value, dict) and all(map(_IS["an array of texts"], value.values()))
    ),
    "a table": lambda value: isinstance(value, dict),
    "an array of tables": lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
}


def read(path: str) -> dict[str, Any]:
    """The document in a file. Raises :class:`DataError`, which names it."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, ValueError) as fault:
        raise DataError(f"{path}: {getattr(fault, 'strerror', None) or 'it is not UTF-8'}") from None
    loads = _parser()
    try:
        return loads(text)
    except (ValueError, RecursionError) as fault:  # the parsers' own error is a ValueError, and names the line
        raise DataError(f"{path}: {fault}") from None


def check(table: dict[str, Any], kinds: Kinds, where: str, required: tuple[str, ...] = ()) -> None:
    """Raise :class:`DataError` unless the table has the required keys, and none but those of kinds with their values.

    where  the file, and the place in it, as a person is told.
    """
    for key, value in table.items():
        if key not in kinds:
            raise DataError(f"{where}: unknown key {key}; known are {', '.join(kinds)}")
        if not _IS[kinds[key]](value):
            raise DataError(f"{where}: {key} has to be {kinds[key]}")
    for key in required:
        if key not in table:
            raise DataError(f"{where}: {key} is missing; it has to be {kinds[key]}")


def _parser() -> Callable[[str], dict[str, Any]]:
    for name in _PARSERS:
        with suppress(ImportError):
            loads: Callable[[str], dict[str, Any]] = import_module(name).loads
            return loads
    raise DataError(f"Python {sys.version_info[0]}.{sys.version_info[1]} has no TOML parser: pip install tomli")
