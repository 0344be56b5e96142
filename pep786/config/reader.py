"""From the files to the settings in them: values judged, warnings worded."""

from __future__ import annotations

import sys

from ..decision import Setting
from . import files, values
from .folders import home
from .table import KEY, SPELLINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .locations import Place


class _File:
    """A file, read and parsed once: ``sections`` of an INI, ``document`` of a TOML file, or neither."""

    text: str  # where there is a document

    def __init__(self) -> None:
        self.sections: dict[str, values.Found] = {}
        self.document: dict[str, Any] = {}  # pragma: no mutate  None is as empty
        self.problems: list[tuple[int | None, str]] = []


class Reader:
    """Reads places, each file once, and warns of each file once."""

    def __init__(self, environ: Mapping[str, str], command: str | None) -> None:
        self.home = home(environ, sys.platform)
        self.sections = list(dict.fromkeys(filter(None, (command, "global"))))
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
                pending.clear()
        return found

    def _ini(self, place: Place, section: str) -> Iterator[Setting]:
        file, problems = self._load(place)
        yield from problems
        found = file.sections.get(section)
        if found is None:
            return
        opted_out = values.boolean(found.value)
        warning = None
        if opted_out is None:
            warning = f"is '{values.show(found.value)}', which is none of {values.WORDS}; taken as an opt-out"
        yield self._setting(place, found, opted_out is not False, warning)

    def _toml(self, place: Place) -> Iterator[Setting]:
        file, problems = self._load(place)
        yield from problems
        if not file.document:  # pragma: no mutate  what it spares is an import, which has a test of its own
            return
        from . import toml

        for key, value in toml.find(file.document, place.table):
            found = values.Found(place.table, key, values.show_toml(value), toml.line_of(file.text, place.table, key))
            if key != KEY:
                # D4 is about INI, TOML has one spelling: nothing is decided, and nothing lost silently.
                yield self._setting(place, found, None, f"is not a known key, did you mean {KEY}?")
            elif isinstance(value, bool):
                yield self._setting(place, found, value, None)
            else:
                warning = f"is {found.value}, which is neither true nor false (without quotes); taken as an opt-out"
                yield self._setting(place, found, True, warning)  # D3

    def _setting(self, place: Place, found: values.Found, opted_out: bool | None, warning: str | None) -> Setting:
        """What was found, in words for a person; warning is the end of a sentence that begins with the place."""
        name = values.show(found.key)
        if found.section:
            name = f"[{values.show(found.section)}] {name}"
        return Setting(
            "config",
            opted_out,
            f"{self._where(place.path)} {name}",
            values.show(found.value),
            scope=place.scope,
            file=place.path,
            section=found.section or None,
            key=found.key,
            line=found.line,
            warning=warning and f"{self._where(place.path, found.line)}: {name} {warning}",
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

    def _where(self, path: str, line: int | None = None) -> str:
        shown = values.show_path(path, self.home)
        return shown if line is None else f"{shown}, line {line}"


def _open(path: str, ini: bool) -> _File:
    file = _File()
    data, problem = files.read(path)
    if problem:
        file.problems.append((None, f"{problem}; skipped"))
    if not data or not files.mentions(data, *SPELLINGS, escapes=not ini):
        return file
    try:
        file.text, bad = files.decode(data)
        if ini:
            from .ini import parse as parse_ini

            file.sections = parse_ini(file.text)
        else:
            _read_toml(file)
    except ValueError as error:
        file.problems.append((None, f"cannot be parsed, {error}; skipped"))
        return file
    if bad:
        file.problems.append((bad, f"is not UTF-8 in line {bad}; read all the same"))
    return file


def _read_toml(file: _File) -> None:
    from . import toml

    try:
        file.document = toml.parsed(file.text)
    except toml.NoParserError as error:
        file.document, certain = toml.read_lines(file.text)
        if not certain:
            file.problems.append((None, f"cannot be parsed, {error}; only an opt-out in a line of its own counts"))
