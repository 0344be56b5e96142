"""The bytes that a client sends, cut into heads and what belongs to their bodies. No I/O."""

from __future__ import annotations

from . import head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .head import Head

_LINE_END = b"\r\n"
_END = _LINE_END + _LINE_END
_MAX_LINE = 4096
#: Too late where it stands behind a body, and somebody may go by it (RFC 9110 section 6.5.1).
_FRAMING = frozenset(("content-length", "transfer-encoding"))


class Reader:
    """Takes what arrives, and gives each head as a Head and all between two heads as bytes.

    :attr:`blind` is set by the caller when what follows is no HTTP any more: then all is given as bytes.
    """

    def __init__(self) -> None:
        self.blind = False
        self._buffer = bytearray()
        self._left = 0  # of the body, or of the chunk
        self._state = "head"
        self._searched = 0

    def feed(self, data: bytes | memoryview) -> Iterator[Head | bytes]:
        """What these bytes complete. Raises BadHeadError, after which nothing more can be told apart."""
        self._buffer += data
        while self._buffer:
            found = bytes(self._buffer) if self.blind else self._next()
            if found is None:
                return
            if self.blind:
                self._buffer.clear()
            yield found

    def rest(self) -> bytes:
        """What was fed and not given yet; it is forgotten here."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def _next(self) -> Head | bytes | None:
        if self._state == "head":
            return self._head()
        if self._left:
            return self._take(min(self._left, len(self._buffer)))
        return self._line()

    def _head(self) -> Head | None:
        while self._buffer.startswith(_LINE_END):  # too many after a body (RFC 9112 section 2.2)
            del self._buffer[: len(_LINE_END)]
        end = self._buffer.find(_END, self._searched)
        if (len(self._buffer) if end < 0 else end) > head.MAX_SIZE:
            raise head.BadHeadError("too large a header", 431)
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(_END))  # a head that comes byte by byte
            return None
        self._searched = 0
        found = head.parse(bytes(self._buffer[: end + len(_END)]))
        del self._buffer[: end + len(_END)]
        length = found.body()
        self._state = "size" if length == head.CHUNKED else "body" if length else "head"
        self._left = max(length, 0)
        return found

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._left -= size
        if not self._left:
            self._state = "head" if self._state == "body" else "end"
        return taken

    def _line(self) -> bytes | None:
        """A chunk's size, the end of its line, or a line of the trailer (RFC 9112 section 7.1)."""
        end = self._buffer.find(b"\n")
        if (len(self._buffer) if end < 0 else end) > _MAX_LINE:
            raise head.BadHeadError("a malformed chunk")
        if end < 0:
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if not line.endswith(_LINE_END) or b"\r" in line[:-2]:
            raise head.BadHeadError("a malformed chunk")
        if self._state == "end":
            if line != _LINE_END:  # another reader could take what stands here for a size
                raise head.BadHeadError("a malformed chunk")
            self._state = "size"
        elif self._state == "trailer":
            if line == _LINE_END:
                self._state = "head"
            elif head.field(line[: -len(_LINE_END)])[0] in _FRAMING:
                raise head.BadHeadError("a malformed trailer")
        else:
            self._left = _size(line)
            self._state = "chunk" if self._left else "trailer"
        return line


def _size(line: bytes) -> int:
    digits = line.rstrip(b" \t\r\n").partition(b";")[0]
    if not 1 <= len(digits) <= 15 or digits.strip(b"0123456789abcdefABCDEF"):
        raise head.BadHeadError("a malformed chunk")
    return int(digits, 16)
