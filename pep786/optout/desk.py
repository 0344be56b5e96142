"""Changes laid out before any is made: each file read once, changed in memory, shown, then written at one go."""

from __future__ import annotations

import difflib
import os

from ..config import files
from ..config.table import KEY
from ..config.values import boolean, show, show_toml
from ..signals import uninterrupted
from . import ini, storage, toml
from .edit import Edit
from .errors import OptOutError
from .record import Entry, Record, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..config.locations import Place
    from .targets import Target

_HEADER = b'# Written by "pep786 opt-out"; "pep786 opt-in" takes it back.\n'
_SECTION = "global"
# What is changed is kept in the record, which has to stay a file that is read.
_LONGEST = 1 << 16


class Outcome:
    """What happened, or with a dry run would happen, in one place.

    action  "created", "changed", "already", "restored", "removed", "left", "skipped" or "failed".
    detail  why, or what a person should know; "" for nothing.
    denied  whether another user (root) may be able to do it.
    """

    __slots__ = ("action", "denied", "detail", "path", "scope", "table", "tool")

    def __init__(
        self, tool: str, scope: str, action: str, detail: str = "", *, path: str = "", table: str = ""
    ) -> None:
        self.tool = tool
        self.scope = scope
        self.path = path
        self.table = table
        self.action = action
        self.detail = detail
        self.denied = False

    def fail(self, fault: OptOutError) -> None:
        """It could not be done after all."""
        self.action, self.detail, self.denied = "failed", str(fault), fault.denied

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {name: getattr(self, name) for name in ("tool", "scope", "path", "table", "action", "detail")}


class _File:
    """One file: what it held, what it is to hold, and who has a say in it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.before = storage.read(path)
        self.after = self.before
        self.outcomes: list[Outcome] = []
        self.added: list[Entry] = []
        self.undone: list[Entry] = []


class Desk:
    """The files of one run of one command, at one scope."""

    def __init__(self, record: Record, *, private: bool) -> None:
        self.record = record
        self.private = private
        self.files: dict[str, _File] = {}

    def put(self, target: Target, tools: list[str]) -> Outcome:
        """Lay out the opt-out in a place; tools for whose sake our own file is written, [] for everyone's."""
        place = target.place
        assert place is not None  # noqa: S101  a target without one is not brought here
        outcome = _outcome(target, place, "changed")
        try:
            file = self._file(place.path)
            edit = _put(file.after, place.table, outcome)
            after = None if edit is None else _applied(edit, file.after)
        except OptOutError as fault:
            outcome.fail(fault)
            return outcome
        if edit is None or after is None:
            self._also_for(place.path, place.table, tools)
            outcome.action = "already"
            return outcome
        entry = Entry(
            path=place.path,
            table=place.table,
            scope=target.scope,
            tool=target.tool,
            tools=tools,
            edit=edit,
            before=digest(file.after),
            after=digest(after),
            made=[],
        )
        file.after = after
        file.added.append(entry)
        file.outcomes.append(outcome)
        return outcome

    def undo(self, entry: Entry) -> Outcome:
        """Lay out the taking back of one change that was recorded."""
        outcome = Outcome(entry.tool, entry.scope, "restored", path=entry.path, table=_shown(entry.table))
        try:
            file = self._file(entry.path)
            after = _undone(entry, file.after, outcome)
        except OptOutError as fault:
            outcome.fail(fault)
            return outcome
        if after is None and file.after is not None:
            outcome.action = "removed"
        file.after = after
        file.undone.append(entry)
        file.outcomes.append(outcome)
        return outcome

    def remove_if_ours(self, target: Target) -> Outcome | None:
        """Lay out the removal of a file that is as we make it, though no record says so; None: it is not."""
        place = target.place
        if place is None:
            return None
        try:
            file = self._file(place.path)
        except OptOutError:
            return None  # what it says is told elsewhere
        if file.after is None or file.after != _new_file(place.table):
            return None
        file.after = None
        outcome = _outcome(target, place, "removed")
        file.outcomes.append(outcome)
        return outcome

    def change(self, path: str, edit: Edit, outcome: Outcome) -> None:
        """Lay out a change that opt-in does not take back. Raises OptOutError."""
        file = self._file(path)
        file.after = _applied(edit, file.after)
        file.outcomes.append(outcome)

    def data(self, path: str) -> bytes | None:
        """What the file holds by now. Raises OptOutError."""
        return self._file(path).after

    def diff(self) -> list[str]:
        """What would change, as a unified diff, line by line: without the lines around it, which may hold secrets."""
        lines: list[str] = []
        for file in self.files.values():
            if file.before != file.after:
                old, new = (os.devnull if data is None else file.path for data in (file.before, file.after))
                lines += difflib.unified_diff(_lines(file.before), _lines(file.after), old, new, n=0, lineterm="")
        return lines

    def commit(self) -> list[str]:
        """Write it all, each file for itself. Returns what is wrong with the record, if anything."""
        with uninterrupted():
            return self._commit_all()

    def _commit_all(self) -> list[str]:
        problems = [self.record.problem] if self.record.problem else []
        for file in self.files.values():
            if file.before != file.after or file.undone:
                problems += self._commit(file)
        saved = self.record.save()
        return list(dict.fromkeys([*problems, *([saved] if saved else [])]))

    def _commit(self, file: _File) -> list[str]:
        # The record comes first: were we stopped now, it would name a change that is not there, which is harmless.
        self.record.entries += file.added
        problem = self.record.save() if file.added else ""
        try:
            made = [] if file.before == file.after else self._write(file)
        except OptOutError as fault:
            for outcome in file.outcomes:
                outcome.fail(fault)
            self.record.entries = [entry for entry in self.record.entries if entry not in file.added]
            return []
        for entry in file.added:
            entry.made, made = made, []
        self.record.entries = [entry for entry in self.record.entries if entry not in file.undone]
        if file.after is None:
            for entry in file.undone:
                storage.remove_folders(entry.made)
        return [problem] if problem else []

    def _write(self, file: _File) -> list[str]:
        return storage.write(file.path, file.before, file.after, private=self.private)

    def _file(self, path: str) -> _File:
        if path not in self.files:
            self.files[path] = _File(path)
        return self.files[path]

    def _also_for(self, path: str, table: str, tools: list[str]) -> None:
        """Our own file was there for some tools; it is now for these too, or for everyone."""
        for entry in self.record.entries:
            if entry.path == path and entry.table == table and entry.tools:
                entry.tools = sorted({*entry.tools, *tools}) if tools else []


def _outcome(target: Target, place: Place, action: str) -> Outcome:
    return Outcome(target.tool, target.scope, action, path=place.path, table=_shown(place.table))


def _shown(table: str) -> str:
    return f"[{_SECTION}]" if table == "ini" else f"[{table}]" if table else ""


def _lines(data: bytes | None) -> list[str]:
    return [line.decode("utf-8", "backslashreplace") for line in (data or b"").splitlines()]


def _new_file(table: str) -> bytes:
    header = f"[{_SECTION}]\n" if table == "ini" else f"[{table}]\n" if table else ""
    return _HEADER + f"{header}{KEY} = true\n".encode()


def _value(data: bytes, table: str) -> tuple[bool | None, str]:
    """What the place says, and how it is written there; (None, "") where it says nothing."""
    if table == "ini":
        word = ini.value(data, _SECTION)
        return (None, "") if word is None else (boolean(word), show(word))
    found = toml.value(data, table)
    return (None, "") if found is None else (found if isinstance(found, bool) else None, show_toml(found))


def _put(data: bytes | None, table: str, outcome: Outcome) -> Edit | None:
    """The change that opts out, None where it is there already."""
    if data is None:
        outcome.action = "created"
        return Edit(0, b"", _new_file(table))
    says, written = _value(data, table)
    if says:
        return None
    if written:
        outcome.detail = f"was {written}" + ("" if says is False else ", which is neither true nor false")
    return ini.put(data, _SECTION) if table == "ini" else toml.put(data, table)


def _applied(edit: Edit, data: bytes | None) -> bytes:
    """The file after the change. Raises OptOutError where it, or the record, could not be read again."""
    if len(edit.removed) + len(edit.inserted) > _LONGEST:
        raise OptOutError(f"the line to be changed is longer than {_LONGEST // 1024} KiB; change it by hand")
    after = edit.apply(data or b"")
    if len(after) > files.LIMIT:
        raise OptOutError(f"would be larger than {files.LIMIT // 1024 // 1024} MiB with it; nothing written")
    return after


def _undone(entry: Entry, data: bytes | None, outcome: Outcome) -> bytes | None:
    """The file without the change; what else was done to it since stays."""
    if data is None or digest(data) == entry.before:
        outcome.action, outcome.detail = "already", "what was written is not there any more"
        return data
    if digest(data) == entry.after:
        before = None if not entry.before else entry.edit.reverse(data)
        if digest(before) == entry.before:
            return before
    if not _value(data, entry.table)[0]:
        outcome.action, outcome.detail = "left", "it was changed since, and does not opt out"
        return data
    outcome.detail = "the rest of the file was changed since, and stays"
    after = entry.edit.reverse_elsewhere(data)
    if after is None or not _is_without(after, data, entry):
        after = _taken(data, entry)
    return None if not entry.before and not after.strip() else after


def _is_without(after: bytes, data: bytes, entry: Entry) -> bool:
    """Whether the place says what it did before, and the rest what it does now: a header of ours may have new keys."""
    try:
        if _value(after, entry.table)[1] != (entry.edit.was or ""):
            return False
        if entry.table == "ini":
            return ini.rest(after, _SECTION) == ini.rest(data, _SECTION)
        return toml.rest(after, entry.table) == toml.rest(data, entry.table)
    except OptOutError:
        return False


def _taken(data: bytes, entry: Entry) -> bytes:
    was = entry.edit.was
    if entry.table == "ini":
        edit = ini.take(data, _SECTION) if was is None else ini.put(data, _SECTION, was)
    else:
        edit = toml.put(data, entry.table, wanted=False) if was == "false" else toml.take(data, entry.table)
    return edit.apply(data)
