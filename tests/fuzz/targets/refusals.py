"""What the proxy on the way answers: a tunnel only where h11 reads success, and to the client one whole refusal."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Iterator

import h11

from pep786.proxy.connection import Connection, Shop
from pep786.proxy.policy import Policy
from pep786.proxy.proxies import Proxies
from pep786.proxy.upstream import Roads
from tests.fuzz.targets.requests import AUTHORIZATION, NoTrust, read_all

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.transport import Deadline

_CONNECT = b"CONNECT o.example:443 HTTP/1.1\r\nHost: o.example:443\r\nProxy-Authorization: Basic t\r\n\r\n"
_TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"

WORDS = (
    *(
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 407 Proxy Authentication Required\r\n",
        b"HTTP/1.0 ",
        b"HTTP/1.1 ",
        b"100 ",
        b"204 ",
    ),
    *(
        b"Proxy-Authenticate: Basic realm=x\r\n",
        b"Proxy-Authenticate:",
        b"Content-Length: 5\r\n",
        b"Connection: close\r\n",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\t",
        b":",
        b"\x80",
        b"\x1b",
    ),
)


def seeds() -> Iterator[bytes]:
    """Yes, no, and neither."""
    yield b"HTTP/1.1 200 Connection established\r\n\r\n"
    yield b"HTTP/1.0 200\r\nA: b\r\n\r\nmore"
    yield b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 5\r\n\r\nhello"
    yield b"HTTP/1.1 407 x\r\nproxy-authenticate: a\r\nProxy-Authenticate: b\r\nConnection: close\r\n\r\n"
    yield b"HTTP/1.1 503 \xff\r\n\r\n"
    yield b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    yield b"HTTP/1.1 407 x\r\nProxy-Authenticate: a\n\tb\r\n\r\n"
    yield b"HTTP/1.1 407\rx\r\n\r\n"
    yield b"SSH-2.0-x\r\n\r\n"
    yield b""


class OneRoad(Roads):
    """All roads lead to one proxy, which has said this and will say no more."""

    def __init__(self, said: bytes) -> None:
        anything: Any = NoTrust()
        super().__init__(Proxies({"HTTPS_PROXY": "http://p.example:3128"}), anything)
        self.there: socket.socket | None = None
        self._said = said

    def _dial(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        del host, port, deadline
        here, self.there = socket.socketpair()
        self.there.sendall(self._said)
        self.there.shutdown(socket.SHUT_WR)
        return here


def check(data: bytes, _: Path) -> None:
    """Data is the answer to CONNECT."""
    road = OneRoad(data)
    anything: Any = NoTrust()
    shop = Shop(
        AUTHORIZATION,
        rules=Policy(only=("i.example",)),
        roads=road,
        trust=anything,
        authority=anything,
        stranger=anything,
    )
    client, ours = socket.socketpair()
    with client, ours:
        client.sendall(_CONNECT)
        client.shutdown(socket.SHUT_WR)
        Connection(ours, shop).serve()
        answer = read_all(client)
    if road.there:
        with road.there:
            asked = read_all(road.there)
        assert asked == b"CONNECT o.example:443 HTTP/1.1\r\nHost: o.example:443\r\n\r\n"
    found = _read(data)
    if answer.startswith(_TUNNEL):
        assert found is None or 200 <= found < 300, found
        return
    told = _read(answer, whole=True)
    assert told is not None, answer
    assert not 200 <= told < 300
    assert told in (found, 502) or found is None, (told, found)


def _read(data: bytes, *, whole: bool = False) -> int | None:
    """The status, as h11 reads the answer to CONNECT; None for what it does not read. whole: to its end."""
    reading = h11.Connection(h11.CLIENT)
    reading.send(h11.Request(method="CONNECT", target="o.example:443", headers=[("Host", "x")]))
    reading.send(h11.EndOfMessage())
    reading.receive_data(data)
    reading.receive_data(b"")
    try:
        found = reading.next_event()
        while isinstance(found, h11.InformationalResponse) and not whole:
            found = reading.next_event()
        status = found.status_code if isinstance(found, h11.Response) else None
        assert not whole or isinstance(found, h11.Response)
        while whole and not isinstance(found, h11.EndOfMessage):
            found = reading.next_event()
            assert isinstance(found, (h11.Data, h11.EndOfMessage))
    except h11.RemoteProtocolError:
        return None
    assert not whole or not reading.trailing_data[0]
    return status
