"""How far each log has been filtered, in a small file beside the output.

A log is known by how it begins, not by its name or inode alone: it is the same log after it was renamed,
compressed or copied. The outputs' sizes are kept as well, so that what was written after the last state
was is cut off before a run goes on: every line is written once, whatever ended the run before.
"""

from __future__ import annotations

import hashlib
import json
import os

from .errors import LogError
from .inputs import Source
from .outputs import Output

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


#: So much of a log's beginning is compared.
_HEAD = 1 << 16
# Where a log was left: between two lines; in one too long for the buffer, with which the internal output ends; or
# in such a one, behind which the internal output has gone on.
_BETWEEN, _INSIDE, _LEFT = 0, 1, 2
# Logs that were rotated away are remembered for a while, beside those of the last run.
_REMEMBERED = 1000


class State:
    """What is in the state file of an output. settings: what the lines were read by; another one can't go on.

    Raises LogError for a file that is not ours, or was begun with other settings.
    """

    def __init__(self, output: str, settings: str) -> None:
        self.path = f"{os.path.realpath(output)}.state"
        self.settings = settings
        self.sizes = {"shared": 0, "internal": 0}
        self.logs: list[dict[str, Any]] = []
        self._claimed: dict[int, dict[str, Any]] = {}
        if os.path.exists(self.path):
            self._load()

    def _load(self) -> None:
        try:
            with open(self.path, encoding="utf-8") as file:
                document = json.load(file)
            settings = document["settings"]
            self.sizes = {name: int(document["sizes"][name]) for name in self.sizes}
            self.logs = [
                {
                    "head": str(log["head"]),
                    "length": int(log["length"]),
                    "offset": int(log["offset"]),
                    "inside": int(log.get("inside", _BETWEEN)),
                    "id": log["id"],
                }
                for log in document["logs"]
            ]
        except (ValueError, TypeError, KeyError):
            raise LogError(f"{self.path}: not a state file of this command") from None
        if settings != self.settings:
            raise LogError(f"{self.path}: begun with other options ({settings}); remove it to start over", usage=True)

    def log(self, source: Source, names: Sequence[str]) -> dict[str, Any]:
        """The entry of this log, one of those (names) that are filtered together; a new one if it is not known."""
        head, identity = _Head(source), _identity(source.path)
        same = [log for log in self.logs if id(log) not in self._claimed and head.is_of(log)]
        found = next((log for log in same if log["id"] == identity), None)
        # By its beginning alone only where none of the others is the very file that it was.
        others = [name for name in names if name != source.path]
        found = found or next((log for log in same if not any(_is(name, log) for name in others)), None)
        if found is None:
            found = {"offset": 0, "inside": _BETWEEN}
            self.logs.append(found)
        found["id"] = identity
        self._claimed[id(found)] = found
        return found

    def forget(self) -> None:
        """Every log has been asked for: of the others only some are remembered, those that were seen last."""
        others = [log for log in self.logs if id(log) not in self._claimed]
        self.logs = [*others[-_REMEMBERED:], *self._claimed.values()]

    def is_behind_a_piece(self, log: dict[str, Any]) -> bool:
        """Whether the internal output ends in a piece of a line, and of another log than this one."""
        return any(other["inside"] == _INSIDE for other in self.logs if other is not log)

    def left_pieces(self, log: dict[str, Any]) -> None:
        """The internal output has gone on with lines of this log."""
        for other in self.logs:
            if other is not log and other["inside"] == _INSIDE:
                other["inside"] = _LEFT

    @staticmethod
    def advance(log: dict[str, Any], offset: int, source: Source, *, inside: bool = False) -> None:
        """So far this log has been filtered; inside: to somewhere in a line that is too long for the buffer."""
        if log.get("length", 0) < min(offset, _HEAD):
            head = source.beginning(min(offset, _HEAD))
            log.update(length=len(head), head=hashlib.sha256(head).hexdigest())
        log["offset"], log["inside"] = offset, _INSIDE if inside else _BETWEEN

    def save(self, shared: Output, internal: Output) -> None:
        """Settle both outputs, then remember how far they are. Raises OSError, and then the old state stays."""
        self.sizes = {"shared": shared.settle(), "internal": internal.settle()}
        known = [log for log in self.logs if log["offset"]]
        document = {"settings": self.settings, "sizes": self.sizes, "logs": known}
        file = Output(self.path, private=True)
        try:
            file.write(json.dumps(document, indent=1).encode() + b"\n")
            file.commit()
        finally:
            file.abandon()

    def restore(self, shared: Output, internal: Output) -> None:
        """Cut both outputs to where they are remembered. Raises LogError if they are not what was written."""
        for name, output in (("shared", shared), ("internal", internal)):
            if not output.resume(self.sizes[name]):
                raise LogError(f"{output.path or name}: not as {self.path} remembers it; remove both to start over")


class _Head:
    """How a log begins, held against what is remembered of many."""

    def __init__(self, source: Source) -> None:
        self._data = source.beginning(_HEAD)
        self._digests: dict[int, str] = {}

    def is_of(self, log: dict[str, Any]) -> bool:
        """Whether it is how this one began."""
        length = log.get("length", 0)
        if not 0 < length <= len(self._data):
            return False
        if length not in self._digests:
            self._digests[length] = hashlib.sha256(self._data[:length]).hexdigest()
        return self._digests[length] == str(log["head"])


def _is(name: str, log: dict[str, Any]) -> bool:
    if _identity(name) != log["id"]:
        return False
    with Source(name) as source:
        return _Head(source).is_of(log)


def _identity(name: str | None) -> list[int]:
    if name is None or not os.path.exists(name):
        return []
    status = os.stat(name)
    return [status.st_dev, status.st_ino]
