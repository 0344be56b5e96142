"""A server that answers wrongly: what it does is chosen by the first part of the path."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Callable, Iterator

_PAGE = b'<!DOCTYPE html><html><body><a href="/short/demo_wheel-1.0-py3-none-any.whl">x</a></body></html>'
_BOUND = 2  # seconds for which what is endless goes on


def _page(_: str) -> Iterator[bytes]:
    yield (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(_PAGE)
        + _PAGE
    )


def _short(_: str) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\nPK"


def _long(_: str) -> Iterator[bytes]:
    # Without "close", a quick pip sends its next request before it can see that the connection is closed.
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 5\r\n\r\n" + _PAGE


def _garbage(_: str) -> Iterator[bytes]:
    yield b"\x00\xff\x16\x03 PEP\r\n\r\n"


def _bomb(_: str) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    for number in range(100):
        yield b"X-%d: " % number + b"x" * 60_000 + b"\r\n"
    yield b"Content-Length: 0\r\n\r\n"


def _headers(_: str) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    end = time.monotonic() + _BOUND
    while time.monotonic() < end:
        yield b"X: x\r\n" * 100
        time.sleep(0.01)


def _body(_: str) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    end = time.monotonic() + _BOUND
    while time.monotonic() < end:
        yield b"<a>" * 100
        time.sleep(0.05)


def _nothing(_: str) -> Iterator[bytes]:
    time.sleep(_BOUND * 10)
    yield b""


def _round(path: str) -> Iterator[bytes]:
    yield b"HTTP/1.1 302 Found\r\nLocation: %sx/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % path.encode()


FAULTS: dict[str, Callable[[str], Iterator[bytes]]] = {
    "page": _page,
    "short": _short,
    "long": _long,
    "garbage": _garbage,
    "bomb": _bomb,
    "headers": _headers,
    "body": _body,
    "nothing": _nothing,
    "round": _round,
    "late": _long,
}


class BadIndex:
    """Listens in its ``with`` block.

    received  the heads of the requests.    arrived  is set with each.
    proceed   lets it answer what begins with ``/late/``.
    """

    def __init__(self) -> None:
        self.received: list[str] = []
        self.arrived = threading.Event()
        self.proceed = threading.Event()

    def __enter__(self) -> BadIndex:  # noqa: PYI034 - typing.Self is newer than Python 3.8
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def url(self, fault: str) -> str:
        return f"http://127.0.0.1:{self.port}/{fault}/simple/"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=(self._socket.accept()[0],), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        """One request to a connection."""
        with suppress(OSError), connection:
            connection.settimeout(30)
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(65536)
                if not more:
                    return
                head += more
            self.received.append(head.decode("latin-1"))
            self.arrived.set()
            path = head.split()[1].decode("latin-1")
            if "/late/" in path:
                self.proceed.wait(_BOUND * 30)
            for piece in FAULTS[path.split("/")[3 if "://" in path else 1]](path):  # a whole address to a proxy
                connection.sendall(piece)
