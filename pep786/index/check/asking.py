"""One polite client: sequential requests on one kept-alive connection per host, never more of a body than a part."""

from __future__ import annotations

import base64
import http.client
import io
import re
import secrets
import ssl
import time
from functools import partial
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from ... import __version__
from ...preference import opted_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable
    from typing import Any

    Fields = Iterable[tuple[str, str]]

#: So much of a body is read and compared. What is larger is asked for in parts.
CAP = 256 * 1024
_PIECE = 64 * 1024
# So much of a head is taken: ten times what servers send.
_HEAD = 128 * 1024
_FOLD = re.compile(r"[ \t]*\r?\n[ \t]*")
_FAULTS = (OSError, http.client.HTTPException)
# The server closed a kept-alive connection while we were about to use it (RFC 9112, 9.3.1): asked once more.
_STALE = (ConnectionError, http.client.RemoteDisconnected)


class _HeadError(http.client.HTTPException):
    """Header fields without an end."""


class _Timed(io.RawIOBase):
    """What a socket receives until an instant, whose bytes may come one by one. Stands for the socket as well."""

    def __init__(self, connection: socket.socket, until: float) -> None:
        self._socket, self._until = connection, until
        self._raw: Any = connection.makefile("rb", buffering=0)

    def makefile(self, _: str) -> io.BufferedReader:
        """What :class:`http.client.HTTPResponse` asks its socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, view: Any) -> int:
        """Some bytes; 0 at the end. Raises TimeoutError."""
        left = self._until - time.perf_counter()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left)
        count: int = self._raw.readinto(view)
        return count

    def close(self) -> None:
        """The socket goes on if nobody closed it."""
        self._raw.close()
        super().close()


def _response(until: float, connection: socket.socket, **how: Any) -> http.client.HTTPResponse:
    return http.client.HTTPResponse(_Timed(connection, until), **how)  # type: ignore[arg-type]


class UnusableIndexError(Exception):
    """An index that cannot be asked, or has nothing to ask for; one sentence for the person says why."""


class Answer(NamedTuple):
    """What came back.

    status   of the response; 0 where none came, and ``fault`` says why.
    headers  the fields in wire order, (lower-case name, value).
    body     up to :data:`CAP` bytes of it; ``whole`` says whether that is all.
    seconds  from the first byte sent to the last one read.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    whole: bool
    seconds: float
    fault: str = ""

    def value(self, name: str) -> str | None:
        """The combined value of a field (RFC 9110, 5.3), None where there is none."""
        values = [value for field, value in self.headers if field == name]
        return ", ".join(values) if values else None


class Visitor:
    """Asks, counts what it asked, and remembers the headers that came back.

    url      the index; ``https`` or ``http``. Its credentials go to its own host only.
    timeout  seconds for each request.

    Raises :class:`UnusableIndexError` where url is none.
    """

    def __init__(self, url: str, timeout: float) -> None:
        parts = _split(url)
        path = parts.path if parts.path.endswith("/") else parts.path + "/"
        self.base = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        self.mark = f"run/{secrets.token_hex(4)}"
        self.agent = f"pep786-index-check/{__version__} {self.mark}"
        self.asked = 0
        self.plain = 0
        self.headers: set[tuple[str, str]] = set()
        self._timeout = timeout
        self._authorization = _authorization(parts)
        self._connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    @property
    def has_credentials(self) -> bool:
        """Whether the URL brought a user and a password."""
        return self._authorization is not None

    def close(self) -> None:
        """Close every connection."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def ask(
        self, url: str, fields: Fields = (), *, method: str = "GET", anonymous: bool = False, cap: int = CAP
    ) -> Answer:
        """One request and what came back; a connection that breaks is an answer too (status 0).

        fields are sent as they are, in this order, repeated ones in lines of their own; a User-Agent among them
        stands instead of ours. Raises :class:`UnusableIndexError` where even requests without the preference are
        too many.
        """
        parts = _split(url)
        sent = self._fields(parts, list(fields), anonymous=anonymous)
        asks = self._counted(sent)
        answer = self._answer(method, parts, sent, cap)
        self.headers.update(answer.headers)
        if answer.status == 429 and not asks:
            raise UnusableIndexError(f"{without_credentials(url)}: the index wants fewer requests (429), try later")
        return answer

    def _answer(self, method: str, parts: SplitResult, sent: Fields, cap: int) -> Answer:
        origin = (parts.scheme, parts.netloc.rpartition("@")[2])
        for fresh in (origin not in self._connections, True):
            started = time.perf_counter()
            try:
                answer = self._exchange(self._connection(origin, parts), method, parts, sent, cap)
            except _FAULTS as fault:
                self._drop(origin)
                if isinstance(fault, _STALE) and not fresh:
                    continue
                return Answer(0, [], b"", True, time.perf_counter() - started, _named(fault))
            if not answer.whole:
                self._drop(origin)  # the rest of the body would come next
            return answer
        raise AssertionError

    def _fields(self, parts: SplitResult, fields: list[tuple[str, str]], *, anonymous: bool) -> list[tuple[str, str]]:
        given = {name.lower() for name, _ in fields}
        # Compressed answers may be of another length each time: servers blur secrets that way.
        always = [("Accept-Encoding", "identity")]
        if "user-agent" not in given:
            always.append(("User-Agent", self.agent))
        own = urlsplit(self.base)
        same = (parts.scheme, parts.netloc.rpartition("@")[2]) == (own.scheme, own.netloc.rpartition("@")[2])
        if self._authorization and same and not anonymous:
            always.append(("Authorization", self._authorization))
        return always + fields

    def _counted(self, sent: list[tuple[str, str]]) -> bool:
        """Whether the fields ask for the opt-out, and one more in the right count."""
        prefer = [value for name, value in sent if name.lower() == "prefer"]
        agent = next(value for name, value in sent if name.lower() == "user-agent")
        asks = opted_out(prefer, agent)
        if asks:
            self.asked += 1
        else:
            self.plain += 1
        return asks

    def _connection(self, origin: tuple[str, str], parts: SplitResult) -> http.client.HTTPConnection:
        if origin not in self._connections:
            host = parts.hostname or ""
            self._connections[origin] = (
                http.client.HTTPSConnection(
                    host, parts.port, timeout=self._timeout, context=ssl.create_default_context()
                )
                if parts.scheme == "https"
                else http.client.HTTPConnection(host, parts.port, timeout=self._timeout)
            )
        return self._connections[origin]

    def _drop(self, origin: tuple[str, str]) -> None:
        connection = self._connections.pop(origin, None)
        if connection:
            connection.close()

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, parts: SplitResult, sent: Fields, cap: int
    ) -> Answer:
        if connection.sock is None:
            connection.connect()  # not counted: it is no part of the answer
        started = time.perf_counter()
        connection.sock.settimeout(self._timeout)
        connection.response_class = partial(_response, started + self._timeout)  # type: ignore[assignment]
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in sent:
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as response:
            headers = [(name.lower(), _FOLD.sub(" ", value)) for name, value in response.getheaders()]
            if sum(len(name) + len(value) for name, value in headers) > _HEAD:
                raise _HeadError
            body = self._read(response, cap)
            whole = len(body) <= cap
            ended = time.perf_counter()
        return Answer(response.status, headers, body[:cap], whole, ended - started)

    @staticmethod
    def _read(response: http.client.HTTPResponse, cap: int) -> bytes:
        body, announced = b"", response.length  # None: until the connection is closed, or in chunks
        while len(body) <= cap:
            piece = response.read1(_PIECE)
            if not piece:
                if announced is not None and len(body) < announced:
                    raise http.client.IncompleteRead(body, announced - len(body))
                break
            body += piece
        return body


def without_credentials(url: str) -> str:
    """The URL, fit for being shown."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def joined(base: str, link: str) -> str | None:
    """A link as an absolute URL without its fragment; None where it leads to no web server."""
    try:
        url = urljoin(base, link)
        _split(url)
    except (ValueError, UnusableIndexError):
        return None
    return url.partition("#")[0]


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")  # as the socket will have it
    except ValueError:
        parts, port = urlsplit(""), None
    ascii_only = url.isascii() and all(32 < ord(character) < 127 for character in url)
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not ascii_only:
        raise UnusableIndexError("URL: expected http:// or https://, a host and the path of the simple API")
    return parts


def _authorization(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(login.encode()).decode()


def _named(fault: Exception) -> str:
    """What happened, in words of its own where the exception has few."""
    # socket.timeout is another class before Python 3.10
    if isinstance(fault, TimeoutError) or (isinstance(fault, OSError) and "timed out" in str(fault)):
        return "no answer in time"
    if isinstance(fault, http.client.RemoteDisconnected):
        return "the connection was closed without an answer"
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"the certificate was refused: {fault.verify_message}"
    if isinstance(fault, _HeadError):
        return f"more than {_HEAD // 1024} kB of header fields"
    if isinstance(fault, OSError):
        return fault.strerror or str(fault) or type(fault).__name__
    return f"no HTTP answer ({type(fault).__name__})"
