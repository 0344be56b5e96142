"""What was written, so that ``pep786 opt-in`` can take exactly that back: a file of the person's, or of the machine's.

It may be lost at any time: then nothing is taken back but files that are as we make them. It holds the lines that
were changed and no others, since a pip.conf may hold passwords.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys

from ..config import files
from ..config.folders import Folders, home, pathmod
from . import storage
from .edit import Edit
from .errors import OptOutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

VERSION = 1


class Entry:
    """One change to one file.

    path, table  where.    scope  of the four.    tool  whose file it is.
    tools   for whom our own file was written, when it was for the sake of named tools; [] is everyone.
    edit    the change.    before, after  digests of the file around it, "" for no file.
    made    the folders that were made for it.
    """

    def __init__(
        self,
        *,
        path: str,
        table: str,
        scope: str,
        tool: str,
        tools: list[str],
        edit: Edit,
        before: str,
        after: str,
        made: list[str],
    ) -> None:
        self.path = path
        self.table = table
        self.scope = scope
        self.tool = tool
        self.tools = tools
        self.edit = edit
        self.before = before
        self.after = after
        self.made = made

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; bytes as Latin-1, which has all of them."""
        return {
            "path": self.path,
            "table": self.table,
            "scope": self.scope,
            "tool": self.tool,
            "tools": self.tools,
            "at": self.edit.at,
            "removed": self.edit.removed.decode("latin-1"),
            "inserted": self.edit.inserted.decode("latin-1"),
            "was": self.edit.was,
            "before": self.before,
            "after": self.after,
            "made": self.made,
        }


def _entry(found: dict[str, Any]) -> Entry:
    """Raises KeyError, TypeError, AttributeError or UnicodeError for what is none of ours."""
    edit = Edit(int(found["at"]), found["removed"].encode("latin-1"), found["inserted"].encode("latin-1"), found["was"])
    texts = [found[name] for name in ("path", "table", "scope", "tool", "before", "after")]
    lists = [found["tools"], found["made"]]
    words = [*texts, *lists[0], *lists[1], *([edit.was] if edit.was is not None else [])]
    if not all(isinstance(word, str) for word in words):
        raise TypeError("words are strings")
    path, table, scope, tool, before, after = texts
    return Entry(
        path=path,
        table=table,
        scope=scope,
        tool=tool,
        tools=lists[0],
        edit=edit,
        before=before,
        after=after,
        made=lists[1],
    )


def digest(data: bytes | None) -> str:
    """By which a file is known again; "" for no file."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def user_file(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """The person's record; "" where no home folder is known."""
    path = pathmod(platform)
    if platform == "win32":
        folder: str = next(iter(Folders(environ, platform)["LOCALAPPDATA"]), "")
    elif platform == "darwin":
        folder = home(environ, platform) and path.join(home(environ, platform), "Library", "Application Support")
    else:
        folder = environ.get("XDG_STATE_HOME", "")
        if not path.isabs(folder):
            folder = home(environ, platform) and path.join(home(environ, platform), ".local", "state")
    return str(path.join(folder, "pep786", "opt-out.json")) if folder else ""


def machine_file(environ: Mapping[str, str], platform: str = sys.platform) -> str:
    """The machine's record: root's home is not always root's (sudo on macOS)."""
    if platform == "win32":
        folder = Folders(environ, platform)["PROGRAMDATA"][0]
    else:
        folder = "/Library/Application Support" if platform == "darwin" else "/var/lib"
    return str(pathmod(platform).join(folder, "pep786", "opt-out.json"))


class Record:
    """One record file, read once; ``entries`` in the order in which things were done, ``made`` its own new folders."""

    def __init__(self, path: str, *, private: bool) -> None:
        self.path = path
        self.private = private
        self.entries: list[Entry] = []
        self.made: list[str] = []
        self.problem = ""
        self._data: bytes | None = None
        if path:
            self._read()

    def _read(self) -> None:
        self._data, self.problem = files.read(self.path)
        if self._data is None:
            return
        if not _is_ours(self.path):
            self._data, self.problem = None, "belongs to another user, and is not trusted"
            return
        try:
            document = json.loads(self._data)
            self.entries = [_entry(found) for found in {VERSION: document["written"]}[document["schema_version"]]]
            self.made = [os.fspath(folder) for folder in document.get("made", [])]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            self.problem = "is not a record that can be read; a new one is begun"

    def save(self) -> str:
        """Write it, or remove it when it is empty. Returns what was wrong, "" for nothing; never raises."""
        after = None
        if self.entries:
            if self._data is None and self.path:
                self.made = storage.missing_folders(self.path)
            written = [entry.as_dict() for entry in self.entries]
            document = {"schema_version": VERSION, "made": self.made, "written": written}
            after = (json.dumps(document, indent=1) + "\n").encode()
        if not self.path:
            return "no home folder is known"
        if after == self._data:
            return ""
        try:
            storage.write(self.path, self._data, after, private=self.private)
        except OptOutError as fault:
            return str(fault)
        self._data = after
        if after is None:
            storage.remove_folders(self.made or [os.path.dirname(self.path)])
        return ""


def _is_ours(path: str) -> bool:
    """Whether who wrote the record is who uses it, or root: it says which files to change."""
    if not hasattr(os, "geteuid"):
        return True
    try:
        owner = os.stat(path).st_uid
    except OSError:
        return False
    return owner in (0, os.geteuid())
