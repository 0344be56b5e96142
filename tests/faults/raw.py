"""An index that is a real one until a request comes that a fault is for: then the very bytes, at their own pace."""

from __future__ import annotations

import socketserver
import ssl
import time
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Union

from pep786.verify import index as loopback
from pep786.verify.index import Request

if TYPE_CHECKING:
    import socket

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


class RawIndex(loopback.Index):
    """A context manager. certificate: a file with a certificate and its key, for TLS."""

    def __init__(self, fault: Fault, certificate: str | None = None) -> None:
        super().__init__()
        self.fault = fault
        self.context: ssl.SSLContext | None = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)

    def url(self, path: str) -> str:
        url = super().url(path)
        return url.replace("http:", "https:", 1) if self.context else url

    def _listening(self) -> socketserver.TCPServer:
        return _Server(self)

    def answer(self, request: Request) -> tuple[Iterable[bytes], bool]:
        """What is sent, and whether the connection is kept."""
        self._record(request)
        fault = self.fault(request)
        if fault is not None:
            return [fault] if isinstance(fault, bytes) else fault, False
        status, headers, body = loopback._answer(self, request)
        length = {} if status == 304 else {"Content-Length": str(len(body))}
        fields = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **length}.items())
        sent = b"" if request.method == "HEAD" or status == 304 else body
        return [f"HTTP/1.1 {status} as it is\r\n{fields}\r\n".encode() + sent], True


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, index: RawIndex) -> None:
        self.index = index
        super().__init__(("127.0.0.1", 0), _Handler)

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
                # Ends with the file too: a client that has gone sends no blank line.
                head = takewhile(lambda line: line != b"\r\n", file)
                lines = [line.decode("latin-1").strip() for line in head]
                if not lines:
                    return
                method, path, _ = lines[0].split()
                fields = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
                pieces, kept = self.server.index.answer(Request(method, path, fields))
                for piece in pieces:
                    connection.sendall(piece)
