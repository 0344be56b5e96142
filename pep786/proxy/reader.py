"""The bytes that a client sends, cut into heads and what belongs to their bodies. No I/O."""

from __future__ import annotations

from . import head

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .head import Head

_END = b"\r\n\r\n"
_MAX_LINE = 4096


class Reader:
    """Takes what arrives, and gives each head as a Head and all between two heads as bytes.

    :attr:`blind` is set by the caller when what follows is no HTTP any more: then all is given as bytes.
    """

    def __init__(self) -> None:
        self.blind = False
        self._buffer = bytearray()
        self._left = 0  # of the body, or of the chunk with its line's end
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
        if self._buffer.startswith(b"\r\n"):  # one too many after a body (RFC 9112 section 2.2)
            del self._buffer[:2]
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
            self._state = "head" if self._state == "body" else "size"
        return taken

    def _line(self) -> bytes | None:
        """A chunk's size, or a line of the trailer (RFC 9112 section 7.1)."""
        end = self._buffer.find(b"\n")
        if (len(self._buffer) if end < 0 else end) > _MAX_LINE:
            raise head.BadHeadError("a malformed chunk")
        if end < 0:
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise head.BadHeadError("a malformed chunk")
        if self._state == "trailer":
            self._state = "trailer" if line != b"\r\n" else "head"
            return line
        digits = line.partition(b";")[0].strip(b" \t\r\n")
        if not 1 <= len(digits) <= 15 or digits.strip(b"0123456789abcdefABCDEF"):
            raise head.BadHeadError("a malformed chunk")
        size = int(digits, 16)
        self._state = "chunk" if size else "trailer"
        self._left = size + 2 if size else 0
        return line
