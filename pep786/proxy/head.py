"""The head of a request: read strictly, changed in the lines that have to change, all else byte for byte.

Source: RFC 9112 sections 2 to 6. What two readers could take for two different things is refused, not mended:
a lone CR or LF, NUL, a folded line, a blank before the colon, two lengths, two hosts.
"""

from __future__ import annotations

import re

from .. import preference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: More than any client sends. A head is held in memory until it is whole.
MAX_SIZE = 64 * 1024
MAX_FIELDS = 256

CHUNKED = -1

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(rb"[!-~\x80-\xff]+")
_VERSION = re.compile(rb"HTTP/1\.[01]")
_NOT_IN_A_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [\t -~\x80-\xff]*)?")


class BadHeadError(ValueError):
    """What came is no request that can be passed on; status and reason are for the answer."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class Head:
    """A request's first line and its fields.

    method, target, version  as they came.
    fields                   name, and the whole line without its end, in wire order.
    """

    __slots__ = ("fields", "method", "target", "version")

    def __init__(self, method: str, target: str, version: str, fields: list[tuple[str, bytes]]) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.fields = fields

    def values(self, name: str) -> list[str]:
        """The value of each field of this name; names compare without case."""
        wanted = name.lower()
        lines = [line for field, line in self.fields if field == wanted]
        return [line.partition(b":")[2].strip(b" \t").decode("latin-1") for line in lines]

    def put(self, name: str, value: str) -> None:
        """One field of this name with this value, where the first stood or at the end, and no other."""
        line = f"{name}: {value}".encode("latin-1")
        if _NOT_IN_A_VALUE.search(line):
            raise BadHeadError("a value with a control character")
        wanted = name.lower()
        place = next((at for at, (field, _) in enumerate(self.fields) if field == wanted), len(self.fields))
        before, after = self.fields[:place], self.fields[place:]
        self.fields = [*before, (wanted, line), *(entry for entry in after if entry[0] != wanted)]

    def drop(self, names: Iterable[str]) -> None:
        """Leave out the fields of these names, given in lower case."""
        out = frozenset(names)
        self.fields = [entry for entry in self.fields if entry[0] not in out]

    def encode(self) -> bytes:
        """The head as it goes on, with its empty line."""
        first = f"{self.method} {self.target} {self.version}".encode("latin-1")
        return b"\r\n".join([first, *(line for _, line in self.fields), b"", b""])

    def body(self) -> int:
        """The length of the body that follows, or CHUNKED. Raises BadHeadError where readers could disagree."""
        lengths, codings = self.values("Content-Length"), self.values("Transfer-Encoding")
        if codings:
            if lengths or [coding.lower() for coding in codings] != ["chunked"] or self.version == "HTTP/1.0":
                raise BadHeadError("a body of doubtful length")
            return CHUNKED
        if not lengths:
            return 0
        if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
            raise BadHeadError("a body of doubtful length")
        return int(lengths[0])


def parse(data: bytes) -> Head:
    """The head in these bytes, which end with its empty line. Raises BadHeadError."""
    first, *lines = data[: -len(b"\r\n\r\n")].split(b"\r\n")
    if len(lines) > MAX_FIELDS:
        raise BadHeadError("too many header fields", 431)
    words = first.split(b" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or not _TARGET.fullmatch(words[1]):
        raise BadHeadError("a malformed request line")
    if not _VERSION.fullmatch(words[2]):
        raise BadHeadError("HTTP/1.1 is spoken here", 505)
    method, target, version = (word.decode("latin-1") for word in words)
    fields = [field(line) for line in lines]
    if sum(name == "host" for name, _ in fields) > 1:
        raise BadHeadError("two names for one host")
    return Head(method, target, version, fields)


def field(line: bytes) -> tuple[str, bytes]:
    """The name in lower case, and the line. Raises BadHeadError."""
    name, colon, value = line.partition(b":")
    if not colon or not _TOKEN.fullmatch(name) or _NOT_IN_A_VALUE.search(value):
        raise BadHeadError("a malformed header field")
    return name.decode("ascii").lower(), line


def status(data: bytes) -> int:
    """The status code in the head of a response. Raises BadHeadError when it is none."""
    found = _STATUS.fullmatch(data.partition(b"\r\n")[0])
    if found is None:
        raise BadHeadError("no HTTP response", 502)
    return int(found[1])


def sign(head: Head, *, suffix: bool = True) -> None:
    """Have a request carry the preference, once (PEP 786, "HTTP Header"); suffix is the User-Agent's (design, D19)."""
    lines = head.values("Prefer")
    existing = ", ".join(lines) if lines else None
    signed = preference.prefer(existing)
    if signed != existing:
        head.put("Prefer", signed)
    if suffix:
        agent = " ".join(head.values("User-Agent"))
        signed = preference.user_agent(agent)
        if signed != agent:
            head.put("User-Agent", signed)
