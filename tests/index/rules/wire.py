"""Both ends of a server under test: a client that sends bytes as they are, and an origin that notes what comes."""

from __future__ import annotations

import http.server
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self


class Received(NamedTuple):
    """A request as the origin got it: path and fields, names in lower case."""

    path: str
    fields: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """The values of every line of a field."""
        return [value for key, value in self.fields if key == name]


class Answer(NamedTuple):
    """A response: status 0 when the connection was closed instead; fields as they came."""

    status: int
    fields: list[str]
    body: bytes


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """A server that drops its connection is no fault of a test."""


@contextmanager
def origin() -> Iterator[tuple[int, list[Received]]]:
    """A server on loopback, its port and the list of what it receives."""
    received: list[Received] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            received.append(Received(self.path, [(name.lower(), value) for name, value in self.headers.items()]))
            body = b'<esi:include src="/simple/a-part/"/>\n' if "parted" in self.path else b"a page\n"
            status = 404 if "missing" in self.path else 200
            if status == 200 and self.headers.get("Range") == "bytes=0-1":
                status, body = 206, body[:2]
            if self.headers.get("If-None-Match") == '"page"':
                status, body = 304, b""
            self.send_response(status)
            self.send_header("ETag", '"page"')
            if status == 206:
                self.send_header("Content-Range", "bytes 0-1/7")
            if status != 304:
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815  the library's name

        def log_message(self, *_: object) -> None:
            pass

    with _Quiet(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port, received
        finally:
            server.shutdown()
            thread.join()


class Connection:
    """A connection on which whole requests are sent and read, one after the other."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, path: str, fields: Sequence[tuple[str, str]], method: str = "GET") -> None:
        """Send a request with these fields, byte for byte, after a Host."""
        lines = [f"{method} {path} HTTP/1.1", "Host: index.test", *(f"{name}: {value}" for name, value in fields)]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def read(self, *, body: bool = True) -> Answer:
        """Read the answer to the oldest request that has none."""
        status, fields = int(self._file.readline().split(b" ")[1]), []
        while True:
            line = self._file.readline().rstrip(b"\r\n").decode("latin-1")
            if not line:
                break
            fields.append(line)
        length = next((int(field[15:]) for field in fields if field.lower().startswith("content-length:")), 0)
        return Answer(status, fields, self._file.read(length) if body and status != 304 else b"")


def ask(port: int, path: str, fields: Sequence[tuple[str, str]], method: str = "GET") -> Answer:
    """One request on a connection of its own."""
    try:
        with Connection(port) as connection:
            connection.send(path, fields, method)
            return connection.read(body=method == "GET")
    except (OSError, IndexError):  # closed at once, or without an answer
        return Answer(0, [], b"")
