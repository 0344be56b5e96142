"""Reading a file that anyone may have put there: never hangs, never raises, never reads without end."""

from __future__ import annotations

import errno
import os
import stat

LIMIT = 4 * 1024 * 1024

# A quoted key of TOML can have its letters as \u002d, from TOML 1.1 on as \x2d: where these are, any word can be.
_ESCAPES = (b"\\u", b"\\x")

# A FIFO must not block, a terminal must not become ours; zero where the platform has no such flag.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def read(path: str) -> tuple[bytes | None, str]:
    """The file's bytes and "", or None and what was wrong with it, "" if there simply is no file.

    The null device, and a link to it, is an empty file: people put it there to say "nothing".
    """
    try:
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode):
            return _contents(path)
        if path == os.devnull or (stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev):
            return b"", ""
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
        return None, "" if missing else f"cannot be read: {error.strerror or 'unknown error'}"
    except ValueError:  # a NUL or a lone surrogate in the path
        return None, "is not a path that can exist"
    return None, "is not a regular file"


def _contents(path: str) -> tuple[bytes | None, str]:
    handle = os.open(path, _FLAGS)
    try:
        # Whatever was there a moment ago, this is what was opened.
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None, "is not a regular file"
        chunks: list[bytes] = []
        size = 0
        while size <= LIMIT:
            chunk = os.read(handle, LIMIT)
            if not chunk:
                return b"".join(chunks), ""
            chunks.append(chunk)
            size += len(chunk)
        return None, f"is larger than {LIMIT // 1024 // 1024} MiB"
    finally:
        os.close(handle)


def mentions(data: bytes, *words: bytes, escapes: bool = True) -> bool:
    """Whether one of the words, in small letters, can be in these bytes at all: if not, no parser need be imported.

    escapes: TOML's count as any word. INI has none, and paths on Windows are full of what looks like one.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.replace(b"\0", b"")
    data = data.lower()
    return any(word in data for word in (*words, *(_ESCAPES if escapes else ())))


def decode(data: bytes) -> tuple[str, int]:
    """The text, and the line of the first byte that is not UTF-8 (0: all are), kept as a lone surrogate.

    A byte-order mark is dropped; Windows editors write one. Raises ValueError for UTF-16, saying so.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError("it is UTF-16, not UTF-8")
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    try:
        return data.decode(), 0
    except UnicodeDecodeError as error:
        return data.decode(errors="surrogateescape"), data[: error.start].count(b"\n") + 1
