"""An index that is a real one until a request comes that a fault is for: then the very bytes, at their own pace."""

from __future__ import annotations

import socketserver
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Union

from pep786.verify import index as loopback
from pep786.verify.index import Request

if TYPE_CHECKING:
    import socket
    from typing import Self

#: What is sent instead of the right answer: bytes, or pieces of them; the connection is closed behind them.
#: None: the right answer.
Fault = Callable[[Request], Union[bytes, Iterable[bytes], None]]


def page(*links: str) -> bytes:
    body = "".join(f'<a href="{link}">x</a>' for link in links).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def slowly(data: bytes, seconds: float = 0.2) -> Iterator[bytes]:
    for at in range(len(data)):
        yield data[at : at + 1]
        time.sleep(seconds)


def without_end(*pieces: bytes) -> Iterator[bytes]:
    yield from pieces[:-1]
    while True:
        yield pieces[-1]


class RawIndex:
    """A context manager. certificate: a file with a certificate and its key, for TLS."""

    def __init__(self, fault: Fault, certificate: str | None = None) -> None:
        self.fault = fault
        self.offered = loopback.Index()
        self.scheme = "https" if certificate else "http"
        self.context: ssl.SSLContext | None = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.index = self
        self.offered.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def simple(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.offered.port}/simple/"

    def answer(self, request: Request) -> tuple[Iterable[bytes], bool]:
        """What is sent, and whether the connection is kept."""
        fault = self.fault(request)
        if fault is not None:
            return [fault] if isinstance(fault, bytes) else fault, False
        status, headers, body = loopback._answer(self.offered, request)
        length = {} if status == 304 else {"Content-Length": str(len(body))}
        fields = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **length}.items())
        sent = b"" if request.method == "HEAD" or status == 304 else body
        return [f"HTTP/1.1 {status} as it is\r\n{fields}\r\n".encode() + sent], True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    index: RawIndex

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client has gone: nothing to say."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        connection: socket.socket = self.request
        connection.settimeout(30)
        if self.server.index.context:
            connection = self.server.index.context.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as file:
            kept = True
            while kept:
                lines = []
                for line in file:  # not until the blank line alone: a client that has gone sends none
                    if line == b"\r\n":
                        break
                    lines.append(line.decode("latin-1").strip())
                if not lines:
                    return
                method, path, _ = lines[0].split()
                fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
                pieces, kept = self.server.index.answer(Request(method, path, fields))
                for piece in pieces:
                    connection.sendall(piece)
