"""A package index on the loopback interface that remembers every request exactly as it came.

It speaks the simple repository API in HTML (PEP 503) and in JSON (PEP 691, 700), with metadata
files (PEP 658, 714), redirects to a second host name, conditional and range requests (RFC 9110), and plays a
forward proxy for ``http``: a target in absolute form is answered by its path alone (RFC 9112, 3.2.2).
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import NamedTuple
from urllib.parse import quote, unquote

from . import pages
from .distributions import demo_distributions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Literal, Self

    from .distributions import Distribution

    Kind = Literal["page", "metadata", "file", "range", "other"]

_PAGE = re.compile(r"(?P<area>|/auth|/redirected)/simple(?:/(?P<name>[^/]*)(?P<slash>/?))?")
_PROJECT = re.compile(r"(?P<area>|/redirected)/pypi/(?P<name>[^/]+)/json")
_FILE = re.compile(r"/(?P<area>files|stored|direct|packages)/(?P<filename>[^/]+)")
_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")
_LENGTH = re.compile(r"[0-9]{1,18}")
_NOTHING_FOUND = (
    b"<methodResponse><params><param><value><array><data/></array></value></param></params></methodResponse>"
)
_SERIAL = {"X-PyPI-Last-Serial": str(pages.SERIAL)}
_MAX_BODY = 1 << 20


class Request:
    """One request as it came.

    method   "GET", "HEAD", "POST", "CONNECT", ...
    path     the target as written: with its query, and in absolute form to a proxy.
    headers  the fields in wire order, (name, value); a repeated field stands there repeatedly.
    """

    __slots__ = ("headers", "method", "path")

    def __init__(self, method: str, path: str, headers: Iterable[tuple[str, str]]) -> None:
        self.method = method
        self.path = path
        self.headers = list(headers)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    def values(self, name: str) -> list[str]:
        """The value of each field of this name, in wire order; names compare without case."""
        return [value for field, value in self.headers if field.lower() == name.lower()]

    @property
    def host(self) -> str:
        """The Host field, "" without one."""
        return ", ".join(self.values("Host"))

    @property
    def prefer(self) -> list[str]:
        """The value of each Prefer field (RFC 7240, 2), neither split nor merged."""
        return self.values("Prefer")

    @property
    def user_agent(self) -> str | None:
        """The User-Agent field, None without one."""
        return ", ".join(self.values("User-Agent")) or None

    @property
    def route(self) -> str:
        """The decoded path, without scheme, host and query. Total: a malformed target is some path too."""
        path = self.path
        if not path.startswith("/"):
            path = "/" + path.partition("://")[2].partition("/")[2]
        return unquote(path.partition("?")[0])

    @property
    def kind(self) -> Kind:
        """What was asked for: a page, a metadata file, a distribution, a part of one, or something else."""
        if self.method not in ("GET", "HEAD"):
            return "other"
        if _PAGE.fullmatch(self.route) or _PROJECT.fullmatch(self.route):
            return "page"
        if not _FILE.fullmatch(self.route):
            return "other"
        if self.route.endswith(".metadata"):
            return "metadata"
        return "range" if self.values("Range") else "file"

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, and for showing to others: credentials are withheld."""
        secret = ("authorization", "proxy-authorization", "cookie")
        headers = [[name, "(withheld)" if name.lower() in secret else value] for name, value in self.headers]
        return {
            "method": self.method,
            "path": self.path,
            "host": self.host,
            "kind": self.kind,
            "prefer": self.prefer,
            "user_agent": self.user_agent,
            "headers": headers,
        }


class _Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes = b""


def _answer(index: Index, request: Request) -> _Answer:
    """The answer to a request: every route there is."""
    if request.method == "POST":
        if request.route.rstrip("/") == "/pypi":  # ``pip search``, XML-RPC
            return _Answer(200, {"Content-Type": "text/xml"}, _NOTHING_FOUND)
        return _Answer(405, {"Allow": "GET, HEAD"})
    page, project = _PAGE.fullmatch(request.route), _PROJECT.fullmatch(request.route)
    if page:
        return _page_answer(index, request, page["area"], page["name"])
    if project:
        return _project_answer(index, request, project["area"], project["name"])
    return _file_answer(index, request)


def _file_answer(index: Index, request: Request) -> _Answer:
    file = _FILE.fullmatch(request.route)
    data = index.files.get(file["filename"]) if file else None
    if not file or data is None:
        return _Answer(404, {})
    if file["area"] in ("files", "packages") and index.redirect_files:
        return _Answer(302, {"Location": f"http://{index.second_host}/stored/{quote(file['filename'])}"})
    return _as_asked(request, "application/octet-stream", data, {"Accept-Ranges": "bytes"})


def _page_answer(index: Index, request: Request, area: str, name: str | None) -> _Answer:
    normalised = _normalised(name or "")
    canonical = f"/simple/{normalised}/" if normalised else "/simple/"
    if area == "/redirected":
        return _Answer(302, {"Location": f"http://{index.second_host}{quote(canonical)}"})
    if area == "/auth" and not request.values("Authorization"):
        return _Answer(401, {"WWW-Authenticate": 'Basic realm="pep786"'})
    if request.route != area + canonical:
        return _Answer(301, {"Location": quote(area + canonical)})
    offered = [file for file in index.distributions if normalised in ("", file.name)]
    if not offered:
        return _Answer(404, {})
    media_type = pages.media_type(request.values("Accept"))
    render = pages.json_page if media_type == pages.JSON else pages.html_page
    page = render(normalised, offered, metadata=index.metadata)
    return _as_asked(request, media_type, page.encode(), {"Vary": "Accept", **_SERIAL})


def _project_answer(index: Index, request: Request, area: str, name: str) -> _Answer:
    """The older JSON API, which mirrors and some tools ask."""
    if area == "/redirected":
        return _Answer(302, {"Location": f"http://{index.second_host}/pypi/{quote(name)}/json"})
    offered = [file for file in index.distributions if file.name == _normalised(name)]
    if not offered:
        return _Answer(404, {})
    document = pages.project_json(index.url(""), offered)
    return _as_asked(request, "application/json", document.encode(), _SERIAL)


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # PEP 503


def _as_asked(request: Request, media_type: str, body: bytes, headers: dict[str, str]) -> _Answer:
    """The whole, the part that was asked for, or that nothing changed (RFC 9110, 13 and 14).

    This has every cache ask again, so that a warm one is seen to send its preference too. Of max-age=0 alone some uvs
    think that it is fresh within the same second.
    """
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache, max-age=0", **headers}
    known = [tag.strip() for tag in ",".join(request.values("If-None-Match")).split(",")]
    if {etag, f"W/{etag}", "*"} & set(known):
        return _Answer(304, headers)
    headers["Content-Type"] = media_type
    whole = _Answer(200, headers, body)
    asked = _RANGE.fullmatch(",".join(request.values("Range")))
    if request.method != "GET" or "Accept-Ranges" not in headers or not asked:
        return whole  # several ranges at once are ignored, as any server may
    if request.values("If-Range") not in ([], [etag]):
        return whole
    size = len(body)
    first, last = asked["first"], asked["last"]
    if first == last == "" or (first and last and int(first) > int(last)):
        return whole  # not a range at all
    if first:
        start, stop = int(first), min(int(last or size) + 1, size)
    else:
        start, stop = max(size - int(last), 0), size
    if start >= stop:
        return _Answer(416, {"Content-Range": f"bytes */{size}"})
    return _Answer(206, {**headers, "Content-Range": f"bytes {start}-{stop - 1}/{size}"}, body[start:stop])


class _Server(ThreadingHTTPServer):
    # Only IPv4: a client that tries [::1] for localhost first is refused at once and turns to 127.0.0.1.
    # Two sockets with one port number would have to be won from the system, which may not have it twice.

    allow_reuse_address = False  # on Windows it would let another process take the port
    request_queue_size = 64

    def __init__(self, answer: Callable[[Request], _Answer], record: Callable[[Request], None]) -> None:
        self.answer = answer
        self.record = record
        self.connections: set[Any] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the resolver for this machine's name, and that can take seconds.
        TCPServer.server_bind(self)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        for connection in tuple(self.connections):  # kept alive by clients: wake their threads
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the client has gone, or sees its connection closed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes
    server_version = "pep786-verify"
    sys_version = ""
    server: _Server

    def parse_request(self) -> bool:
        # Here, before a method is looked for: CONNECT and all others without one are recorded, then answered 501.
        if not super().parse_request():
            return False
        # self.path has leading slashes merged by newer Pythons; this is the target as it came.
        self._request = Request(self.command, self.requestline.split()[1], self.headers.raw_items())
        self.server.record(self._request)
        return True

    def _respond(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not _LENGTH.fullmatch(length) or int(length) > _MAX_BODY:
            self.close_connection = True  # the body's end is not looked for
        else:
            self.rfile.read(int(length))
        status, headers, body = self.server.answer(self._request)
        if status >= 400:
            headers["Content-Type"] = "text/plain"
            body = f"{status} {self.responses[status][0]}\n".encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = _respond  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: what came is in ``Index.received``."""


class Index:
    """The running index, from entering its ``with`` block to leaving it.

    ``distributions`` are what it offers (:func:`~pep786.verify.distributions.demo_distributions` by default).
    With ``redirect_files``, the links of a page lead through a redirect to the second host name; with
    ``metadata``, metadata files are offered (PEP 658). Requests are kept until :meth:`clear`.
    """

    def __init__(
        self, distributions: Iterable[Distribution] | None = None, *, redirect_files: bool = True, metadata: bool = True
    ) -> None:
        self.distributions = demo_distributions() if distributions is None else list(distributions)
        self.redirect_files = redirect_files
        self.metadata = metadata
        self.port = 0
        self.files = {file.filename: file.data for file in self.distributions}
        if metadata:
            self.files.update(
                (f"{file.filename}.metadata", file.metadata) for file in self.distributions if file.metadata is not None
            )
        self._received: list[Request] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._server = self._listening()
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def simple(self) -> str:
        """The URL to give to ``--index-url``."""
        return self.url("/simple/")

    @property
    def second_host(self) -> str:
        """The other name, ``localhost:PORT``, that redirects lead to: to a client, a different origin."""
        return f"localhost:{self.port}"

    @property
    def received(self) -> list[Request]:
        """The requests so far, as they arrived: each is there before its answer is sent."""
        with self._lock:
            return list(self._received)

    def url(self, path: str) -> str:
        """The URL of a path that begins with "/", on the first host name."""
        return f"http://127.0.0.1:{self.port}{path}"

    def _listening(self) -> TCPServer:
        """The server, bound: what another wire or other answers replace."""
        return _Server(partial(_answer, self), self._record)

    def clear(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._received.clear()

    def _record(self, request: Request) -> None:
        with self._lock:
            self._received.append(request)
