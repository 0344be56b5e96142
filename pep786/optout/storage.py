"""Putting a file in place: all of it or nothing, with the permissions it had, and through no link that moves.

The path's own symbolic links are followed first, to the file they mean. From there on every folder is opened by
the one above it and none may be a link, so that nobody can put one in the way meanwhile (O_NOFOLLOW, and names
relative to an open folder). Windows has no such calls, and the rename alone has to do.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress

from ..config import files
from .errors import OptOutError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_LINKS = 40  # as many as Linux follows
_CAREFUL = os.rename in os.supports_dir_fd and os.open in os.supports_dir_fd


def read(path: str) -> bytes | None:
    """What the file holds, None when there is none. Raises OptOutError."""
    data, problem = files.read(path)
    if problem:
        raise OptOutError(problem, denied=problem.startswith("cannot be read"))
    if data is not None and not os.path.isfile(path):  # the null device, put there to say "nothing"
        raise OptOutError("is not a regular file")
    return data


def write(path: str, before: bytes | None, after: bytes | None, *, private: bool) -> list[str]:
    """Have the file hold after, which held before until now; None stands for no file.

    private  a new folder is the person's alone, as XDG has it; else everyone may read what is new.
    Returns the folders that were made. Raises OptOutError, and then the file is as it was.
    """
    target = _followed(path)
    made: list[str] = []
    try:
        folder = _Folder(os.path.dirname(target), private, made)
        try:
            name = os.path.basename(target)
            old = folder.held(name, before)
            if after is None:
                os.unlink(folder.path(name), **folder.at)
            else:
                folder.replace(name, after, old, private=private)
        finally:
            folder.close()
    except OSError as error:
        remove_folders(made)
        _raise(error)
    except OptOutError:
        remove_folders(made)
        raise
    return made


def _followed(path: str) -> str:
    """The file that the path means. Raises OptOutError where a link of somebody else's leads to what is not theirs.

    So the kernel has it too (fs.protected_symlinks), but only in folders that all may write to, and only where it
    follows the links itself.
    """
    if not hasattr(os, "geteuid"):
        return os.path.realpath(path)
    target, owners = _resolved(path)
    strangers = owners - {0, os.geteuid()}
    if strangers and strangers != {_owner(target)}:
        raise OptOutError("is reached by a link of another user; nothing written")
    return target


def _resolved(path: str) -> tuple[str, set[int]]:
    """The path without links, and whose those were; each is looked at once, so that none is exchanged in between."""
    todo, here = os.path.abspath(path).split(os.sep)[::-1], os.sep
    links: list[int] = []
    while todo:
        part = todo.pop()
        place = os.path.dirname(here) if part == os.pardir else os.path.join(here, part)
        try:
            status = os.lstat(place)
            link = os.readlink(place) if stat.S_ISLNK(status.st_mode) else None
        except OSError:  # from here on nothing is there
            return os.path.join(place, *todo[::-1]), set(links)
        if link is None:
            here = place
            continue
        links.append(status.st_uid)
        if len(links) > _LINKS:
            raise OptOutError("is reached by more links than can be followed; nothing written")
        here = os.sep if os.path.isabs(link) else here
        todo += link.split(os.sep)[::-1]
    return here, set(links)


def _owner(path: str) -> int | None:
    """Whose the file is, or where there is none the first folder above it."""
    while not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    try:
        return os.stat(path).st_uid
    except OSError:
        return None


def missing_folders(path: str) -> list[str]:
    """The folders above a file that are not there yet, the outermost first."""
    missing: list[str] = []
    folder = os.path.dirname(path)
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:  # a drive may be missing
        missing.insert(0, folder)
        folder = os.path.dirname(folder)
    return missing


def remove_folders(made: list[str]) -> None:
    """Remove folders that were made, the innermost first, as far as they are empty."""
    for folder in reversed(made):
        with suppress(OSError):  # others have put something there, and then its parents stay as well
            os.rmdir(folder)


def _raise(error: OSError) -> NoReturn:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        raise OptOutError("a folder of its path was exchanged meanwhile, or is none; nothing written") from None
    denied = error.errno in (errno.EACCES, errno.EPERM)
    raise OptOutError(f"cannot be written: {error.strerror or 'unknown error'}", denied=denied) from None


class _Folder:
    """An open folder, which is made where it is not there."""

    def __init__(self, path: str, private: bool, made: list[str]) -> None:
        self.name = path
        self.at: dict[str, int] = {}
        if not _CAREFUL:
            _make_plainly(path, made)
            return
        handle = os.open("/", _FOLDER)
        self.at = {"dir_fd": handle}
        walked = ""
        try:
            for part in filter(None, path.split("/")):
                walked += f"/{part}"
                handle = self._enter(part, walked, private, made)
        except BaseException:
            self.close()
            raise

    def _enter(self, part: str, walked: str, private: bool, made: list[str]) -> int:
        """Go into a folder of this one."""
        above = self.at["dir_fd"]
        try:
            inner = os.open(part, _FOLDER, dir_fd=above)
        except FileNotFoundError:
            os.mkdir(part, 0o700, dir_fd=above)
            made.append(walked)
            inner = os.open(part, _FOLDER, dir_fd=above)
            if not private:
                # Whatever root's umask is, the others are to read what is in it.
                os.chmod(part, 0o755, dir_fd=above)  # noqa: S103
            _give_to_owner_of(above, part)
        os.close(above)
        self.at = {"dir_fd": inner}
        return inner

    def close(self) -> None:
        """Let go of it."""
        if self.at:
            os.close(self.at["dir_fd"])

    def path(self, name: str) -> str:
        """What to call a file of this folder."""
        return name if self.at else os.path.join(self.name, name)

    def held(self, name: str, before: bytes | None) -> os.stat_result | None:
        """The file's status, None when there is none; it must hold what was read of it before."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            handle = os.open(self.path(name), flags, **self.at)
        except FileNotFoundError:
            if before is not None:
                raise OptOutError("was removed meanwhile; nothing written") from None
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode) or before is None or file.read() != before:
                raise OptOutError("was changed meanwhile; nothing written")
        if not found.st_mode & 0o222:
            raise OptOutError("is write-protected; nothing written")
        return found

    def replace(self, name: str, data: bytes, old: os.stat_result | None, *, private: bool) -> None:
        """Write the file beside the old one, and move it over that in one step."""
        part = f".{name}.{secrets.token_hex(6)}"
        handle = os.open(self.path(part), _NEW | getattr(os, "O_BINARY", 0), 0o600, **self.at)
        try:
            with os.fdopen(handle, "wb") as file:
                self._dress(handle, part, name, old, private=private)
                file.write(data)
                file.flush()
                os.fsync(handle)
            if self.at:
                os.rename(part, name, src_dir_fd=self.at["dir_fd"], dst_dir_fd=self.at["dir_fd"])
            else:
                os.replace(self.path(part), self.path(name))
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(self.path(part), **self.at)
            raise
        self._settle()

    def _dress(self, handle: int, part: str, name: str, old: os.stat_result | None, *, private: bool) -> None:
        """Owner, mode and attributes of the file that is replaced; for a new one, what is usual there."""
        if not self.at:
            return
        if old is None:
            _give_to_owner_of(self.at["dir_fd"], part)
            os.fchmod(handle, 0o666 & ~_umask() if private else 0o644)
            return
        new = os.fstat(handle)
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            try:
                os.fchown(handle, old.st_uid, old.st_gid)
            except PermissionError:
                raise OptOutError("belongs to another user or group; nothing written", denied=True) from None
        os.fchmod(handle, stat.S_IMODE(old.st_mode))
        _copy_attributes(self.at["dir_fd"], name, handle)

    def _settle(self) -> None:
        """The new name is on the disk too; a file system that cannot say so is taken at its word."""
        if not self.at:
            return
        try:
            handle = os.open(".", os.O_RDONLY, **self.at)
        except OSError:
            return
        with suppress(OSError):
            os.fsync(handle)
        os.close(handle)


def _make_plainly(path: str, made: list[str]) -> None:
    missing = []
    while path and not os.path.isdir(path) and os.path.dirname(path) != path:
        missing.append(path)
        path = os.path.dirname(path)
    for folder in reversed(missing):
        os.mkdir(folder)
        made.append(folder)


def _give_to_owner_of(folder: int, name: str) -> None:
    """What root makes in a person's folder (sudo with their HOME) is the person's, who has to read it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        above = os.stat(".", dir_fd=folder)
        if above.st_uid != 0:
            os.chown(name, above.st_uid, above.st_gid, dir_fd=folder, follow_symlinks=False)


def _copy_attributes(folder: int, name: str, handle: int) -> None:
    """Extended attributes, access control lists among them, where the platform has such calls."""
    if not hasattr(os, "listxattr"):
        return
    path = f"/proc/self/fd/{folder}/{name}"
    for attribute in _attributes(path):
        with suppress(OSError):  # what only the system sets (security.*), and it does
            os.setxattr(handle, attribute, os.getxattr(path, attribute, follow_symlinks=False))


def _attributes(path: str) -> Iterator[str]:
    try:
        yield from os.listxattr(path, follow_symlinks=False)
    except OSError:
        return


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
