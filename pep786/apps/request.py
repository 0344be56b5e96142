"""Whether the person asked that applications be quiet too, and whether one of them is to be."""

from __future__ import annotations

import os

from .. import resolver
from ..decision import says_no

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, Mapping

    from ..config.locations import Place

#: Asks for this process and all that it starts; ``pep786 run --apps`` sets it. 0, no, off or false: no,
#: whatever is configured. Empty is as if unset.
VARIABLE = "PEP786_APPS"

#: The same in our configuration: ``[tool.pep786]`` of pyproject.toml, and our own files (design, D17 and D17a).
KEY = "apps"


class Request:
    """Whether it was asked for; origin: where, or that nobody did; warnings: one sentence for each thing to mend."""

    __slots__ = ("asked", "origin", "warnings")

    def __init__(self, asked: bool, origin: str, warnings: tuple[str, ...] = ()) -> None:
        self.asked = asked
        self.origin = origin
        self.warnings = warnings

    def __bool__(self) -> bool:
        return self.asked

    def __repr__(self) -> str:
        return f"Request({self.asked!r}, {self.origin!r}, {self.warnings!r})"


def requested(environ: Mapping[str, str] | None = None, cwd: str | None = None) -> Request:
    """Whether applications are to be quieted: the variable, or else the configuration says so. Raises nothing.

    environ and cwd as for :func:`pep786.resolve`. A project asks where its file says true; its false does not
    undo what the person's or the machine's file asks (as with the preference itself: design, D6). A value that is
    no boolean counts as asked, with a warning (D3).
    """
    from ..config import locations

    environ = os.environ if environ is None else environ
    value = environ.get(VARIABLE)
    if value:
        return Request(not says_no(value), VARIABLE)

    voices: dict[bool, tuple[bool, str]] = {}
    warnings: list[str] = []
    for place in locations.places("pep786", environ, cwd):
        for asked, origin in _said_in(place, warnings):
            voices.setdefault(place.scope == "project", (asked, origin))
    asking = [voice for voice in voices.values() if voice[0]]
    asked, origin = (asking or list(voices.values()) or [(False, "nothing asks for it")])[0]
    return Request(asked, origin, tuple(warnings))


def quiets(name: str, environ: Mapping[str, str] | None = None, cwd: str | None = None) -> bool:
    """Whether the system of that name is to be quiet: asked for, and the person opted out. Raises nothing.

    The decision is that of ``pep786.resolve(name)``, so ``[tool.NAME]`` of the project has a say as well.
    """
    return requested(environ, cwd).asked and resolver.resolve(name, environ=environ, cwd=cwd).opted_out


def _said_in(place: Place, warnings: list[str]) -> Iterator[tuple[bool, str]]:
    """What a file says, if it says something; a file that cannot be read only warns (D7)."""
    from ..config import files, toml, values

    shown = values.show(place.path, 4096)
    data, problem = files.read(place.path)
    if problem:
        warnings.append(f"{shown} {problem}; skipped")
    if not data or not files.mentions(data, KEY.encode()):  # no parser is imported for nothing
        return
    try:
        found: object = toml.parsed(files.decode(data)[0])
    except ValueError as fault:
        warnings.append(f"{shown} cannot be parsed, {fault}; skipped")
        return
    for name in place.table.split(".") if place.table else ():
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, dict) or KEY not in found:
        return
    section = f"[{place.table}] " if place.table else ""
    asked = found[KEY]
    if not isinstance(asked, bool):
        shown_value = values.show_toml(asked)
        warnings.append(f"{shown}: {section}{KEY} is {shown_value}, which is neither true nor false; taken as true")
        asked = True
    yield asked, f"{shown} {section}{KEY}"
