"""Configuration files read the simple way: by the parsers that their tools use, and nothing kept in mind."""

from __future__ import annotations

import configparser
import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_KEY = "no-analytics"
_WORDS = {"1": True, "yes": True, "y": True, "true": True, "t": True, "on": True}
_WORDS.update({"0": False, "no": False, "n": False, "false": False, "f": False, "off": False})


class _Pip(configparser.RawConfigParser):
    """As pip has it (_internal/configuration.py, _normalize_name)."""

    def optionxform(self, optionstr: str) -> str:
        name = optionstr.lower().replace("_", "-")
        return name[2:] if name.startswith("--") else name


def text_of(data: bytes) -> str | None:
    """The text, a byte that is not UTF-8 as a surrogate; None for UTF-16."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return None
    return data.decode("utf-8", "surrogateescape")[data.startswith(b"\xef\xbb\xbf") :]


def ini(data: bytes) -> dict[str, dict[str, Any]] | None:
    """All sections of a pip.conf with their options, those of ``[DEFAULT]`` in each; None where pip would stop."""
    text = text_of(data)
    parser = _Pip()
    try:
        parser.read_string("" if text is None else text.replace("\r\n", "\n").replace("\r", "\n"))
    except (configparser.Error, ValueError, AttributeError):
        return None
    return None if text is None else {section: dict(parser.items(section)) for section in parser.sections()}


def toml(data: bytes) -> dict[str, Any] | None:
    """The document; None for what is none."""
    text = text_of(data)
    try:
        return None if text is None else tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def ini_says(data: bytes, section: str) -> bool | None:
    """Whether the section opts out; None where it says nothing. What is no word for yes or no opts out."""
    found = (ini(data) or {}).get(section, {})
    return _WORDS.get((found[_KEY] or "").lower(), True) if _KEY in found else None


def toml_says(data: bytes, table: str) -> bool | None:
    """Likewise for a table, "" for the top level."""
    here: object = toml(data)
    for name in table.split(".", 1) if table else []:
        here = here.get(name) if isinstance(here, dict) else None
    if not isinstance(here, dict) or _KEY not in here:
        return None
    return here[_KEY] is not False
