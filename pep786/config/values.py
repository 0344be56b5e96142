"""Values: the words that count as booleans, and how to show one to a person."""

from __future__ import annotations

from ..decision import NO

# As NO, which uv's UV_NO_CONFIG takes too.
YES = ("1", "yes", "y", "true", "t", "on")
WORDS = "1/0, yes/no, y/n, true/false, t/f or on/off"

# What is shown of a path: as much as a system takes of one.
PATH_LIMIT = 4096


class Found:
    """The key in one section or table: as it is spelled there, its value as text, its line (None: not found again)."""

    __slots__ = ("key", "line", "section", "value")

    def __init__(self, section: str, key: str, value: str, line: int | None) -> None:
        self.section = section
        self.key = key
        self.value = value
        self.line = line


def boolean(word: str) -> bool | None:
    """True or False for one of the words in any case, None for anything else (D3)."""
    word = word.lower()
    return True if word in YES else False if word in NO else None


def show(text: str, limit: int = 60) -> str:
    """The text on one line, safe for a terminal and for JSON: nothing but printable characters, cut at limit."""
    cut = text[:limit] + "..." if len(text) > limit else text
    if cut.isprintable():
        return cut
    codec = "unicode_escape"  # pragma: no mutate  a codec has its name in any case
    return "".join(c if c.isprintable() else c.encode(codec).decode() for c in cut)


def show_path(path: str, home: str) -> str:
    """The path for a person: from ``~`` on where it is below home, and nothing in it that a terminal would act on."""
    if home and path.startswith((f"{home}/", f"{home}\\")):
        path = f"~{path[len(home) :]}"
    return show(path, PATH_LIMIT)


def show_toml(value: object) -> str:
    """A TOML value much as it was written; what can be endless is only named."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + show(value) + '"'
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "an array"
    try:
        return show(str(value))
    except ValueError:  # a whole number with more digits than Python will print
        return "a number"
