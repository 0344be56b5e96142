"""A server that answers wrongly: what it does is chosen by the first part of the path."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Callable, Iterator

from tests.listening import Listener, read_request

if TYPE_CHECKING:
    import socket

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


class BadIndex(Listener):
    """Listens in its ``with`` block.

    received  the heads of the requests.    arrived  is set with each.
    proceed   lets it answer what begins with ``/late/``.
    """

    def __init__(self) -> None:
        self.received: list[str] = []
        self.arrived = threading.Event()
        self.proceed = threading.Event()

    def url(self, fault: str) -> str:
        return f"http://{self.host}/{fault}/simple/"

    def serve(self, client: socket.socket) -> None:
        """One request to a connection."""
        client.settimeout(30)
        head = read_request(client)[0].decode("latin-1")
        self.received.append(f"{head}\r\n\r\n")
        self.arrived.set()
        path = head.split()[1]
        if "/late/" in path:
            self.proceed.wait(_BOUND * 30)
        for piece in FAULTS[path.split("/")[3 if "://" in path else 1]](path):  # a whole address to a proxy
            client.sendall(piece)
