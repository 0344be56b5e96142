"""Lines of linehaul's format that need a closer look, among the many that do not: found in a whole buffer at a time.

A line is above suspicion if its record type is one of :data:`TYPES` and it ends in a brace, as pip's and uv's
User-Agents do, or has all its columns. What the User-Agent says is for others to find out.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Set, Tuple

    #: How many lines there are in so many bytes of a buffer, which end in a newline, and where the suspects begin.
    Suspects = Callable[[bytearray, int], Tuple[int, Set[int]]]

TYPES = (b"download|", b"simple|")
SEPARATORS = 9
_NEWLINE, _BRACE = b"\n}"


def fastest() -> Suspects:
    """With numpy, where it is, in half the time."""
    try:
        return _at_once(import_module("numpy"))
    except ImportError:
        return one_by_one


def one_by_one(buffer: bytearray, stop: int) -> tuple[int, set[int]]:
    """Line after line."""
    begins, find, count = buffer.startswith, buffer.find, buffer.count
    first, second = TYPES
    lines = at = 0
    suspects = set()
    while at < stop:
        end = find(b"\n", at)
        if not (begins(first, at) or begins(second, at)) or (
            buffer[end - 1] != _BRACE and count(b"|", at, end) < SEPARATORS
        ):
            suspects.add(at)
        at = end + 1
        lines += 1
    return lines, suspects


def _at_once(numpy: Any) -> Suspects:
    def begins(buffer: bytearray, head: bytes, starts: Any) -> Any:
        # As many overlapping texts as there are places in the buffer: only those asked for are looked at. A line in
        # the very last places is looked at from before its newline, so that it begins like none, and is a suspect.
        size = len(head)
        texts = numpy.ndarray(len(buffer) - size + 1, f"S{size}", buffer, strides=(1,))
        return texts[numpy.minimum(starts, len(texts) - 1)] == head

    def suspects(buffer: bytearray, stop: int) -> tuple[int, set[int]]:
        data, count = numpy.frombuffer(buffer, numpy.uint8, stop), buffer.count
        ends = numpy.flatnonzero(data == _NEWLINE)
        if not ends.size:
            return 0, set()
        starts = numpy.concatenate(([0], ends[:-1] + 1))
        typed = numpy.zeros(len(starts), bool)
        for head in TYPES:
            typed |= begins(buffer, head, starts)
        found = set(starts[~typed].tolist())
        open_ended = typed & (data[ends - 1] != _BRACE)
        for start, end in zip(starts[open_ended].tolist(), ends[open_ended].tolist()):
            if count(b"|", start, end) < SEPARATORS:
                found.add(start)
        return len(ends), found

    return suspects
