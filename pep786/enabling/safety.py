"""Whether an environment may be led to where this pep786 is: who could write there, and who can read."""

from __future__ import annotations

import os
import tempfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

_CODE = ("_pep786_startup.py", "pep786")


class UnsafeError(Exception):
    """Somebody else's code would run there; the message is one line for the person."""


def check(root: str, folder: str) -> None:
    """Raises :class:`UnsafeError` where pep786, in root, is another person's than the environment, or anybody's.

    Root's own may lead to root's only: what an unprivileged account can change must not run as another.
    """
    if os.name != "posix":
        return
    owner = os.stat(folder).st_uid
    for path in (root, *(os.path.join(root, name) for name in _CODE)):
        found = os.stat(path)
        if found.st_uid not in (0, owner):
            raise UnsafeError(
                f"{folder} belongs to {_name(owner)}, and pep786 at {path} to {_name(found.st_uid)}, whose code would "
                f"run there; use a pep786 that {_name(owner)} installed"
            )
        if found.st_mode & 0o002 and not found.st_mode & 0o1000:
            raise UnsafeError(f"anybody may write to {path}, and that code would run in {folder}")


def notes(root: str, folder: str) -> Iterator[str]:
    """What may keep it from working: one sentence each."""
    if _is_passing(root):
        yield f"this pep786 is in a folder for passing things, {root}: once that is cleared, nothing is signalled"
    closed = _closed_to_others(root)
    if os.name == "posix" and closed and os.stat(folder).st_mode & 0o005 == 0o005:
        yield f"only {_name(os.stat(closed).st_uid)} can enter {closed}: for others the tools run as ever, unsignalled"


def _is_passing(root: str) -> bool:
    """Whether root is for temporary files, or in a cache: ``uvx`` and ``pipx run`` have us there."""
    if root.startswith(os.path.join(os.path.realpath(tempfile.gettempdir()), "")):
        return True
    for folder in _upward(root):
        if os.path.basename(folder) in (".cache", "Caches") or os.path.exists(os.path.join(folder, "CACHEDIR.TAG")):
            return True
    return False


def _closed_to_others(root: str) -> str | None:
    return next((folder for folder in _upward(root) if not os.stat(folder).st_mode & 0o001), None)


def _upward(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
