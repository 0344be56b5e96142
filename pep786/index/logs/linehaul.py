"""The pipe format that PyPI's edge writes for linehaul: ``download|TIME|COUNTRY|PATH|…|User-Agent``.

Source: pypi/infra (``log`` statement of files.vcl), pypi/linehaul-cloud-function (``linehaul/events/parser.py``:
ten columns, of which the User-Agent is the rest of the line, unescaped). An opted-out request is written as
``download-private|`` or ``simple-private|``, which a reader that does not know them refuses.
"""

from __future__ import annotations

from ... import preference
from . import needle, suspects
from .lines import Format, Verdict, unended

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .lines import Held

_SHARED = suspects.TYPES
_PRIVATE = (b"download-private|", b"simple-private|")
_COMMENT = preference.COMMENT.encode()
_SEPARATORS = suspects.SEPARATORS
# From this buffer on. numpy's import is worth some hundred of them, and a log that has come so far has as many more.
_WORTH_NUMPY = 256


class Linehaul(Format):
    """Every line has its record type and its User-Agent column; both say whether it is shared.

    A line that ends in a brace is taken to have its User-Agent, which pip's and uv's do: no other column
    ends so. Of all others the columns are counted.
    """

    open_ended = True

    def __init__(self) -> None:
        self._buffer: bytearray | None = None
        self._comments: needle.Search
        self._buffers = 0
        self._suspects: suspects.Suspects = suspects.one_by_one

    def judge(self, line: bytes) -> Verdict:
        """By the record type, then by the User-Agent, of which nothing is escaped."""
        if line.startswith(_PRIVATE):
            return Verdict.OPTED_OUT
        if not line.startswith(_SHARED):
            return Verdict.BROKEN
        columns = line.split(b"|", _SEPARATORS)
        if len(columns) <= _SEPARATORS:
            # Too few to tell which is the User-Agent.
            return Verdict.SHARED if line.endswith(b"}") and _COMMENT not in line else Verdict.BROKEN
        return Verdict.OPTED_OUT if preference.opted_out(None, columns[-1]) else Verdict.SHARED

    def held(self, buffer: bytearray, stop: int) -> tuple[int, list[Held]]:
        """As for every format, with no more than two looks at a line that says nothing."""
        if buffer is not self._buffer:
            self._buffer, self._comments = buffer, needle.search(buffer, _COMMENT)
        self._buffers += 1
        if self._buffers == _WORTH_NUMPY:
            self._suspects = suspects.fastest()
        lines, starts = self._suspects(buffer, stop)
        end = 0
        for at in self._comments(stop):
            if at >= end:  # a line full of comments is looked at once
                starts.add(buffer.rfind(b"\n", 0, at) + 1)
                end = buffer.index(b"\n", at)
        found: list[Held] = []
        with memoryview(buffer) as view:
            for start in sorted(starts):
                end = buffer.index(b"\n", start)
                verdict = self.judge(unended(bytes(view[start:end])))
                if verdict is not Verdict.SHARED:
                    found.append((start, end + 1, verdict))
        return lines, found
