"""What goes to the terminal: colour only where it is wanted, JSON for programs."""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CODES = {"good": "32", "bad": "31", "note": "33", "strong": "1", "faint": "2"}


def coloured() -> bool:
    """Whether to colour standard output: NO_COLOR and FORCE_COLOR (each when not empty), then the terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def paint(text: str, role: str) -> str:
    """The text in the colour of its role, one of "good", "bad", "note", "strong" and "faint"."""
    return f"\033[{_CODES[role]}m{text}\033[0m" if coloured() else text


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on standard output; ``schema_version`` changes when a key changes its meaning."""
    print(json.dumps({"schema_version": 1, **document}, indent=2))


def plain(text: str) -> str:
    """Text from elsewhere, fit for a terminal: what is not printable is escaped."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )
