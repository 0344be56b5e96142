"""Globs as uv reads those of a workspace's members, matched in time that no glob and no path can make long.

Source: the crate glob, which uv matches them with (``Pattern::matches_with``). A project that was checked out has
both the globs and the folders: a regular expression made of ``*a*a*a*a`` would be at it for hours.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, Tuple

    #: Which piece comes next, and whether some of it (a ``**/``) was read.
    _State = Tuple[int, bool]


def matches(glob: str, path: str, *, crossing: bool) -> bool:
    """Whether a path with "/" matches; crossing: ``*`` and ``?`` go past a slash. No path matches a broken glob."""
    pieces = list(_pieces(glob))
    states = _skipped({(0, False)}, pieces)
    for letter in path:
        states = _skipped(set(_read(states, pieces, letter, crossing)), pieces)
    return (len(pieces), False) in states


def _pieces(glob: str) -> Iterator[str]:
    """``**/``, ``**`` at the end, ``*``, ``?``, a class in brackets, or a letter."""
    at = 0
    closes = glob.rfind("]")
    while at < len(glob):
        size = 1
        if glob.startswith("**", at) and (at == 0 or glob[at - 1] == "/") and glob[at + 2 : at + 3] in ("", "/"):
            size = len(glob[at : at + 3])
        elif glob[at] == "[":
            first = at + (2 if glob.startswith("[!", at) else 1) + 1  # a "]" that is first is one of the class
            if first <= closes:
                size = glob.index("]", first) + 1 - at
        yield glob[at : at + size]
        at += size


def _skipped(states: set[_State], pieces: list[str]) -> set[_State]:
    """The states, with those behind pieces that may stand for nothing."""
    found = set(states)
    for place, begun in states:
        while not begun and place < len(pieces) and pieces[place] in ("*", "**", "**/"):
            place += 1  # noqa: PLW2901
            found.add((place, False))
    return found


def _read(states: set[_State], pieces: list[str], letter: str, crossing: bool) -> Iterator[_State]:
    for place, _ in states:
        piece = pieces[place] if place < len(pieces) else None
        if piece in ("**", "**/") or (piece == "*" and (crossing or letter != "/")):
            yield place, piece == "**/"
        if (piece == "**/" and letter == "/") or (piece is not None and _is_one(piece, letter, crossing)):
            yield place + 1, False


def _is_one(piece: str, letter: str, crossing: bool) -> bool:
    if piece == "?":
        return crossing or letter != "/"
    if len(piece) > 1 and piece[0] == "[":
        negated = piece[1] == "!"
        return _is_in(piece[2 if negated else 1 : -1], letter) is not negated
    return piece == letter


def _is_in(letters: str, letter: str) -> bool:
    """Whether a class has a letter: it stands there, or between the two ends of a range."""
    at = 0
    while at < len(letters):
        last = letters[at + 2] if letters[at + 1 : at + 2] == "-" and at + 2 < len(letters) else ""
        if letters[at] <= letter <= (last or letters[at]):
            return True
        at += 3 if last else 1
    return False
