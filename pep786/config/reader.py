"""From the files to the settings in them: values judged, warnings worded."""

from __future__ import annotations

import sys

from ..decision import Setting
from . import files, values
from .folders import home
from .table import KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .ini import Found
    from .locations import Place


class _File:
    """A file, read and parsed once: ``sections`` of an INI, ``document`` of a TOML file, or neither."""

    def __init__(self) -> None:
        self.text = ""
        self.sections: dict[str, Found] = {}
        self.document: dict[str, Any] = {}
        self.problems: list[tuple[int | None, str]] = []


class Reader:
    """Reads places, each file once, and warns of each file once."""

    def __init__(self, environ: Mapping[str, str], command: str | None) -> None:
        self.home = home(environ, sys.platform)
        self.sections = [command, "global"] if command and command != "global" else ["global"]
        self.files: dict[tuple[str, bool], _File] = {}

    def settings(self, places: list[Place]) -> list[Setting]:
        """What the places say, in their order; of INI files the command's section in all of them goes first."""
        found: list[Setting] = []
        pending = [place for place in places if place.table == "ini"]
        for place in places:
            if place.table != "ini":
                found.extend(self._toml(place))
            elif pending:
                # pip merges its files first and then lets [command] beat [global] (_internal/cli/parser.py).
                for section in self.sections:
                    for ini in pending:
                        found.extend(self._ini(ini, section))
                pending = []
        return found

    def _ini(self, place: Place, section: str) -> Iterator[Setting]:
        file, problems = self._load(place)
        yield from problems
        found = file.sections.get(section)
        if found is None:
            return
        opted_out = values.boolean(found.value)
        value = values.show(found.value)
        expected = None if opted_out is not None else f"'{value}', which is none of {values.WORDS}"
        yield self._setting(place, opted_out, found.section, found.key, value, found.line, expected)

    def _toml(self, place: Place) -> Iterator[Setting]:
        file, problems = self._load(place)
        yield from problems
        if not file.document:
            return
        from . import toml

        for key, value in toml.find(file.document, place.table):
            line = toml.line_of(file.text, place.table, key)
            shown = values.show_toml(value)
            if key != KEY:
                yield self._misspelt(place, key, shown, line)
                continue
            good = isinstance(value, bool)
            expected = None if good else f"{shown}, which is neither true nor false (without quotes)"
            yield self._setting(place, value is True if good else None, place.table, key, shown, line, expected)

    def _setting(
        self,
        place: Place,
        opted_out: bool | None,
        section: str,
        key: str,
        value: str,
        line: int | None,
        expected: str | None,
    ) -> Setting:
        """A value that was found; None for opted_out is a bad one, which counts as an opt-out (D3)."""
        name = self._name(section, key)
        warning = None
        if expected is not None:
            warning = f"{self._where(place.path, line)}: {name} is {expected}; taken as an opt-out"
        return Setting(
            "config",
            opted_out is not False,
            f"{self._where(place.path)} {name}",
            value,
            scope=place.scope,
            file=place.path,
            section=section or None,
            key=key,
            line=line,
            warning=warning,
        )

    def _misspelt(self, place: Place, key: str, value: str, line: int | None) -> Setting:
        """TOML has no second spelling (D4 is about INI): nothing is decided, and nothing lost silently."""
        name = self._name(place.table, key)
        return Setting(
            "config",
            None,
            f"{self._where(place.path)} {name}",
            value,
            scope=place.scope,
            file=place.path,
            section=place.table or None,
            key=key,
            line=line,
            warning=f"{self._where(place.path, line)}: {name} is not a known key, did you mean {KEY}?",
        )

    def _load(self, place: Place) -> tuple[_File, list[Setting]]:
        """The file, and one setting per problem with it the first time it is asked for (D7)."""
        ini = place.table == "ini"
        file = self.files.get((place.path, ini))
        if file is not None:
            return file, []
        file = self.files[place.path, ini] = _open(place.path, ini)
        where = self._where(place.path)
        problems = [
            Setting("config", None, where, scope=place.scope, file=place.path, line=line, warning=f"{where} {problem}")
            for line, problem in file.problems
        ]
        return file, problems

    def _name(self, section: str, key: str) -> str:
        return f"[{values.show(section)}] {values.show(key)}" if section else values.show(key)

    def _where(self, path: str, line: int | None = None) -> str:
        """The path for a person: below ``~`` where it is, and nothing in it that a terminal would act on."""
        start = len(self.home)
        if start > 1 and path.startswith(self.home) and path[start : start + 1] in ("/", "\\"):
            path = "~" + path[start:]
        shown = values.show(path, 4096)
        return shown if line is None else f"{shown}, line {line}"


def _open(path: str, ini: bool) -> _File:
    file = _File()
    data, problem = files.read(path)
    if problem:
        file.problems.append((None, f"{problem}; skipped"))
    if not data or not files.mentions(data):
        return file
    try:
        file.text, bad = files.decode(data)
        if ini:
            from .ini import parse as parse_ini

            file.sections = parse_ini(file.text)
        else:
            from .toml import parse as parse_toml

            file.document = parse_toml(file.text)
    except ValueError as error:
        file.problems.append((None, f"cannot be parsed, {error}; skipped"))
        return file
    if bad:
        file.problems.append((bad, f"is not UTF-8 in line {bad}; read all the same"))
    return file
