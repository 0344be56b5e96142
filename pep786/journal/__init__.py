"""The journal: one line of JSON for each request, so that people see what was sent in their name.

    {"time": "2026-11-21T10:17:50.123Z", "tool": "pip", "host": "pypi.org", "path": "/simple/six/",
     "sent": true, "why": "PIP_NO_ANALYTICS"}

A request with credentials, a query or a fragment is written without them. Each line is one write at the end of the
file (O_APPEND), so that any number of processes write at once; nothing is held open between two lines. This is
imported only where the journal is wanted (config/own.py), and never breaks its host: what goes wrong is one line on
standard error, and the process writes no more.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import sys
import time
from contextlib import suppress

from ..config import own
from ..config.folders import Folders, pathmod
from ..config.values import YES
from ..decision import says_no
from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "journal.jsonl"

#: A file of this size goes aside, in the place of the one before: at most two of them are kept.
LIMIT = 5_000_000

#: Longer paths are cut: a line stays small enough to be written at once.
_MAX_PATH = 1000

#: How often a line is written where it is lost at once; a file system may not count links.
_TRIES = 3

_FLAGS = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)  # nor into a file that somebody else chose
    | getattr(os, "O_NONBLOCK", 0)  # a FIFO must not block
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)

# Some indexes take a token in the path. Letters and digits without a blank, a dash or a dot, sixteen and more.
_TOKEN = re.compile(r"(?<=/)(?=[a-zA-Z]*[0-9])(?=[0-9]*[a-zA-Z])[a-zA-Z0-9]{16,}(?=/|$)")
# Those of some services say so themselves, and have dashes.
_NAMED_TOKEN = re.compile(r"(?<=/)(?:pypi-AgE|glpat-|gh[a-z]_|github_pat_)[a-zA-Z0-9_-]{16,}(?=/|$)")
# An address within the address, as mirrors have it.
_LOGIN = re.compile(r"(?<=//)[^/@]*@")
_UUID = re.compile(r"(?<=/)[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?=/|$)")


class Journal:
    """Writes the lines of one process.

    path   the file.
    limit  its size.
    """

    def __init__(self, path: str, limit: int = LIMIT) -> None:
        self.path = path
        self.limit = limit
        self.broken = False

    def note(self, tool: str, host: str, path: str, *, sent: bool, why: str) -> None:
        """Write one request. Raises nothing.

        host  with its port, if that is not the usual one.    path  may have a query and a fragment.
        """
        if self.broken:
            return
        try:
            found = {"time": _now(), "tool": tool, "host": host, "path": redacted(path), "sent": sent, "why": why}
            self._append(json.dumps(found).encode("ascii") + b"\n")
        except Exception as fault:
            self.broken = True
            what = (fault.strerror if isinstance(fault, OSError) else "") or repr(fault)
            gates.say(f"the journal is not written: {self.path}: {what}")

    def _append(self, line: bytes) -> None:
        handle = self._open()
        try:
            if os.fstat(handle).st_size + len(line) > self.limit:
                os.close(handle)
                handle = -1
                self._make_room(len(line))
                handle = self._open()
            for _ in range(_TRIES):
                written = os.write(handle, line)
                if written < len(line):
                    with suppress(OSError):
                        os.write(handle, b"\n")  # the next line is whole, whoever writes it
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if os.fstat(handle).st_nlink:
                    return
                # It went aside, and away, while this process was kept waiting: into the one that is there now.
                os.close(handle)
                handle = -1
                handle = self._open()
        finally:
            if handle >= 0:
                os.close(handle)

    def _open(self) -> int:
        try:
            handle = os.open(self.path, _FLAGS, 0o600)
        except FileNotFoundError:
            _make_folder(os.path.dirname(self.path))
            handle = os.open(self.path, _FLAGS, 0o600)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(errno.EINVAL, "is not a regular file")
        return handle

    def _make_room(self, needed: int) -> None:
        """Put the full file aside, unless another process has, or is just doing so."""
        handle = self._open()
        try:
            if os.name == "nt":
                os.close(handle)
                handle = -1
                with suppress(PermissionError):  # another process is writing
                    os.replace(self.path, aside(self.path))
                return
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            except OSError:  # a file system without locks: two may do it at once, and older lines be lost
                pass
            with suppress(FileNotFoundError):
                state = os.fstat(handle)
                if os.path.samestat(state, os.stat(self.path)) and state.st_size + needed > self.limit:
                    os.replace(self.path, aside(self.path))
        finally:
            if handle >= 0:
                os.close(handle)


def of(environ: Mapping[str, str]) -> Journal | None:
    """The journal that environ and our files ask for; None where none does, or there is no place for it.

    What is wrong with how it was asked for is said on standard error.
    """
    wanted, warnings = own.wants_journal(environ)
    for warning in warnings:
        gates.say(warning)
    if not wanted:
        return None
    path, problem = where(environ)
    if problem:
        gates.say(problem)
    return Journal(path) if path else None


def where(environ: Mapping[str, str], *, platform: str = sys.platform) -> tuple[str, str]:
    """The journal's file, "" where there is no place for it; and what is wrong with that, "" for nothing."""
    named = environ.get(own.JOURNAL, "")
    problem = ""
    if named.strip().lower() not in ("", *YES) and not says_no(named):
        path = os.path.expanduser(named)
        if pathmod(platform).isabs(path):
            return path, ""
        problem = f"{own.JOURNAL} is neither 1 nor a path that begins at the root; the journal is where it always is"
    folder = default_folder(environ, platform=platform)
    if not folder:
        return "", f"the journal is not written: no home folder is known; {own.JOURNAL}=PATH names a file"
    if _is_somebody_elses(folder):
        # root with a person's HOME: the person's folder would hold root's files, or lead to some (sudo).
        return "", f"the journal is not written: {folder} is another user's; {own.JOURNAL}=PATH names a file"
    return str(pathmod(platform).join(folder, NAME)), problem


def default_folder(environ: Mapping[str, str], *, platform: str = sys.platform) -> str:
    """Where the platform keeps what a program has to tell; "" where no home is known."""
    folders = Folders(environ, platform)
    path = folders.path
    if platform == "win32":
        base = next(iter(folders["LOCALAPPDATA"]), "")
        return str(path.join(base, "pep786", "log")) if base else ""
    if platform == "darwin":
        return str(path.join(folders.home, "Library", "Logs", "pep786")) if folders.home else ""
    base = environ.get("XDG_STATE_HOME", "")
    if not path.isabs(base):
        base = path.join(folders.home, ".local", "state") if folders.home else ""
    return str(path.join(base, "pep786")) if base else ""


def aside(path: str) -> str:
    """The file that the older lines are in."""
    return f"{path}.1"


def redacted(target: str) -> str:
    """A request's path without query and fragment, and without what may be a token."""
    path = target.partition("?")[0].partition("#")[0]
    path = _LOGIN.sub("***@", _NAMED_TOKEN.sub("***", _UUID.sub("***", _TOKEN.sub("***", path))))
    return path if len(path) <= _MAX_PATH else f"{path[:_MAX_PATH]}..."


def _now() -> str:
    now = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now)) + f".{int(now * 1000) % 1000:03}Z"


def _make_folder(folder: str) -> None:
    """Make a folder and those above it, for this user only."""
    if os.path.isdir(folder):
        return
    _make_folder(os.path.dirname(folder))
    with suppress(FileExistsError):  # another process was first
        os.mkdir(folder, 0o700)


def _is_somebody_elses(folder: str) -> bool:
    if not hasattr(os, "geteuid") or os.geteuid():
        return False
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    with suppress(OSError):
        return os.stat(folder).st_uid != 0
    return False
