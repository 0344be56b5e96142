"""Reading the journal back: both files in order, whatever stands in them."""

from __future__ import annotations

import errno
import json
import os
import stat
from contextlib import suppress

from . import LIMIT, aside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator

FIELDS = ("time", "tool", "host", "path", "sent", "why")

#: What is larger is no journal: PEP786_JOURNAL may name any file, and one line of it could fill the memory.
_TOO_LARGE = 20 * LIMIT

# As a line begins; after one that broke off, the next may stand in the same line.
_START = b'{"time"'


class Request:
    """One line: the fields as in :mod:`pep786.journal`."""

    __slots__ = FIELDS

    def __init__(self, time: str, tool: str, host: str, path: str, sent: bool, why: str) -> None:  # noqa: PLR0917
        self.time = time
        self.tool = tool
        self.host = host
        self.path = path
        self.sent = sent
        self.why = why

    def as_dict(self) -> dict[str, Any]:
        """Every field by name, ready for JSON."""
        return {name: getattr(self, name) for name in FIELDS}


class Reading:
    """All that is in the journal: :attr:`requests`, oldest first, and how many lines are :attr:`broken`."""

    def __init__(self, path: str) -> None:
        """Raises OSError where a file is there and cannot be read."""
        self.requests: list[Request] = []
        self.broken = 0
        for line in _lines(path):
            self._take(line)

    def _take(self, line: bytes) -> None:
        found = _request(line)
        if found is None:
            self.broken += 1
            again = line.rfind(_START, 1)
            found = _request(line[again:]) if again > 0 else None
        if found is not None:
            self.requests.append(found)


def files(path: str) -> list[str]:
    """The files that there are, the older one first."""
    return [one for one in (aside(path), path) if os.path.lexists(one)]


def clear(path: str) -> list[str]:
    """Remove the files; which ones. Raises OSError."""
    gone = []
    for one in files(path):
        with suppress(FileNotFoundError):
            os.unlink(one)
            gone.append(one)
    return gone


def summary(requests: Iterable[Request]) -> list[dict[str, Any]]:
    """For each tool and host how many requests there were, with how many the preference was sent; most first."""
    counts: dict[tuple[str, str], list[int]] = {}
    for request in requests:
        count = counts.setdefault((request.tool, request.host), [0, 0])
        count[0] += 1
        count[1] += request.sent
    ranked = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))
    return [{"tool": tool, "host": host, "requests": number, "sent": sent} for (tool, host), (number, sent) in ranked]


def _lines(path: str) -> Iterator[bytes]:
    for one in files(path):
        with open(one, "rb", opener=_without_waiting) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "is not a regular file", one)
            if found.st_size > _TOO_LARGE:
                raise OSError(errno.EFBIG, "is too large for a journal", one)
            yield from (line for line in file if line.strip())


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _request(line: bytes) -> Request | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("sent"), bool):
        return None
    if not all(isinstance(found.get(name), str) for name in FIELDS if name != "sent"):
        return None
    return Request(*(found[name] for name in FIELDS))
