"""The proxy's reading of requests: what it passes on, h11 reads as the same requests with two fields more.

h11 is the reference. What it refuses may be refused, or be passed on in a form that it reads; never as something else.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Iterator

import h11

from pep786.proxy.connection import Connection, Shop
from pep786.proxy.head import BadHeadError, Head
from pep786.proxy.policy import Policy
from pep786.proxy.reader import Reader
from pep786.proxy.transport import Plain
from tests import grammar
from tests.fuzz.targets.prefer import elements
from tests.fuzz.targets.user_agent import comments

if TYPE_CHECKING:
    from pathlib import Path

AUTHORIZATION = "Basic t"
_AUTHORIZED = b"Proxy-Authorization: Basic t\r\n"
_HOST = b"Host: i.example\r\n"

WORDS = (
    *(
        b"GET http://i.example/ HTTP/1.1\r\n",
        b"POST http://i.example/ HTTP/1.1\r\n",
        b"HEAD http://o.example:81/ HTTP/1.1\r\n",
    ),
    *(b"CONNECT o.example:443 HTTP/1.1\r\n", b"CONNECT i.example:443 HTTP/1.1\r\n", b"HTTP/1.0\r\n", b"HTTP/1.1\r\n"),
    *(
        _AUTHORIZED,
        _HOST,
        b"Host: ",
        b"User-Agent: uv/1\r\n",
        b"Prefer: wait=9\r\n",
        b"no-analytics",
        b"(no-analytics)",
    ),
    *(
        b"Content-Length: 5\r\n",
        b"Content-Length: ",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: ",
        b"chunked",
    ),
    *(
        b"Connection: close\r\n",
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
        b"Upgrade: h2c\r\n",
        b"Expect: 100-continue\r\n",
    ),
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b"\n\n",
        b"0\r\n\r\n",
        b"5\r\nhello\r\n",
        b"5;x\r\nhello\r\n",
        b"T: 1\r\n\r\n",
    ),
    *(
        b":",
        b" ",
        b"\t",
        b"\0",
        b"\x0b",
        b"\x80",
        b"identity",
        b"0x5",
        b"+5",
        b", ",
        b"hello",
        b"http://",
        b"@",
        b"[::1]:80",
    ),
)


def seeds() -> Iterator[bytes]:
    """One request and several, bodies of each kind, tunnels."""
    get = b"GET http://i.example/simple/ HTTP/1.1\r\n" + _HOST + _AUTHORIZED
    post = b"POST http://i.example/legacy/ HTTP/1.1\r\n" + _HOST + _AUTHORIZED
    yield get + b"User-Agent: uv/1\r\n\r\n"
    yield get + b'Prefer: wait=9\r\nPrefer: a="b, c\r\nUser-Agent: a\r\nUser-Agent: b\r\n\r\n' + get + b"\r\n"
    yield post + b"Content-Length: 5\r\n\r\nhello" + get + b"\r\n"
    yield post + b"Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n" + get + b"\r\n"
    yield post + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get + b"\r\n"
    yield get + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello"
    yield get + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"
    yield b"CONNECT o.example:443 HTTP/1.1\r\nHost: o.example:443\r\n" + _AUTHORIZED + b"\r\nhello"
    yield b"CONNECT [::1]:443 HTTP/1.1\r\nHost: x\r\n" + _AUTHORIZED + b"\r\n"
    yield b"HEAD http://user:pass@o.example:81?q HTTP/1.0\r\n" + _AUTHORIZED + b"Proxy-Connection: x\r\n\r\n"
    yield b"GET http://i.example/ HTTP/1.1\r\nHost: other.example\r\n" + _AUTHORIZED + b"\r\n"
    yield b"GET http://i.example/ HTTP/1.1\r\nHost: i.example\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    yield get + b"A: b\nPrefer: x\r\n c\r\nB : d\r\n\r\n"


_END = b"\r\n\r\n"
_ASCII = bytes(range(128)) + b"x" * 128


class Asked:
    """A request as h11 reads it."""

    def __init__(self, found: h11.Request) -> None:
        self.method, self.target, self.version = found.method, found.target, found.http_version
        self.fields = [(name, value.strip(b" \t")) for name, value in found.headers]
        self.body = b""

    def values(self, name: bytes) -> list[bytes]:
        return [value for field, value in self.fields if field == name]

    @property
    def switches(self) -> bool:
        """It asks for a websocket. The servers here say nothing, so that what follows is HTTP as ever."""
        bodies = self.values(b"transfer-encoding") + [one for one in self.values(b"content-length") if int(one)]
        return self.method == b"GET" and not bodies and b",".join(self.values(b"upgrade")).lower() == b"websocket"


class Road:
    """Leads to servers that read what comes and say nothing."""

    def __init__(self) -> None:
        self.servers: list[tuple[str, str, int, socket.socket]] = []

    def to(self, scheme: str, host: str, port: int, agent: str = "") -> tuple[Plain, None]:
        del agent
        here, there = socket.socketpair()
        there.shutdown(socket.SHUT_WR)
        self.servers.append((scheme, host, port, there))
        return Plain(here), None


class NoTrust:
    """Whom nobody is trusted by: tunnels that would be looked into are refused."""

    def context(self, *_: object) -> None:
        raise OSError("no TLS here")


def check(data: bytes, _: Path) -> None:
    """Data is all that a client sends on one connection."""
    does_not_depend_on_the_pieces(data)
    road = Road()
    anything: Any = NoTrust()
    rules = Policy(only=("i.example",))
    shop = Shop(AUTHORIZATION, rules=rules, roads=road, trust=anything, authority=anything, stranger=anything)  # type: ignore[arg-type]
    client, ours = socket.socketpair()
    with client, ours:
        is_the_same_in_a_tunnel(read(data)[0], passed_through_a_tunnel(data, Connection(ours, shop)))
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        Connection(ours, shop).serve()
        is_an_answer(read_all(client))
    for scheme, host, port, server in road.servers:
        with server:
            passed = read_all(server)
        if scheme == "https":
            assert passed == _past_blank_lines(data).partition(_END)[2]
        else:
            is_the_same(read(data)[0], passed, host, port)
    assert len(road.servers) <= 1  # the second server has to wait for the answer of the first


def read_all(sock: socket.socket) -> bytes:
    """What came until the other side ended."""
    data = b""
    with suppress(ConnectionResetError):
        while True:
            piece = sock.recv(1 << 16)
            if not piece:
                break
            data += piece
    return data


def does_not_depend_on_the_pieces(data: bytes) -> None:
    at_once = events(data, len(data) or 1)
    for size in (1, 7):
        assert events(data, size) == at_once, f"in pieces of {size}"


def events(data: bytes, size: int) -> list[bytes]:
    """The heads, what is between them, and the reason why no more is read."""
    reader, found = Reader(), [b""]
    try:
        for at in range(0, len(data), size):
            for event in reader.feed(data[at : at + size]):
                if isinstance(event, Head):
                    found += [event.encode(), b""]
                else:
                    found[-1] += event
    except BadHeadError as fault:
        found.append(fault.reason.encode())
    return found


def is_an_answer(answer: bytes) -> None:
    """Nothing, the answer to CONNECT, or one whole response."""
    if answer in (b"", b"HTTP/1.1 200 Connection established\r\n\r\n"):
        return
    reading = h11.Connection(h11.CLIENT)
    reading.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    reading.send(h11.EndOfMessage())
    reading.receive_data(answer)
    found = reading.next_event()
    assert isinstance(found, h11.Response), answer
    assert found.status_code in (400, 407, 431, 502, 505)
    while not isinstance(found, h11.EndOfMessage):
        found = reading.next_event()
        assert isinstance(found, (h11.Data, h11.EndOfMessage)), answer
    assert not reading.trailing_data[0]


def read(data: bytes) -> tuple[list[Asked], str]:
    """The requests in these bytes, the last one perhaps not whole; and why h11 refuses what follows, "" if it does not.

    Letters beyond ASCII, which h11 does not want in a target, become others.
    """
    asked: list[Asked] = []
    data = _past_blank_lines(data.translate(_ASCII))
    while data:
        reading = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        reading.receive_data(data)
        try:
            found = reading.next_event()
            while isinstance(found, (h11.Request, h11.Data)):
                if isinstance(found, h11.Request):
                    asked.append(Asked(found))
                else:
                    asked[-1].body += found.data
                found = reading.next_event()
        except h11.RemoteProtocolError as fault:
            return asked, str(fault)
        if not isinstance(found, h11.EndOfMessage):
            break
        data = _past_blank_lines(reading.trailing_data[0])
    return asked, ""


def _past_blank_lines(data: bytes) -> bytes:
    while data.startswith(b"\r\n"):  # RFC 9112 section 2.2
        data = data[2:]
    return data


def is_the_same(asked: list[Asked], passed: bytes, host: str, port: int) -> None:
    """What came to a server is what was asked for. There may be more than h11 reads in what the client sent."""
    seen, refused = read(passed)
    assert not refused, passed
    for before, after in zip(asked, seen):
        scheme, _, rest = before.target.partition(b"://")
        assert scheme.lower() == b"http"
        assert rest.endswith((after.target, after.target[1:]))  # the path may have been empty
        assert [name.lower() for name in after.values(b"host")] in _names(host.lower(), port)
        name = host.lower().rstrip(".")
        is_signed_once(before, after, index=name == "i.example" or name.endswith(".i.example"))
        assert not after.values(b"proxy-authorization") + after.values(b"proxy-connection")


def passed_through_a_tunnel(data: bytes, connection: Connection) -> bytes:
    """As the inside of a connection that is looked into is passed on."""
    passed = b""
    with suppress(BadHeadError):
        for found in connection._reader.feed(data):
            if isinstance(found, Head):
                connection._note(found)
                connection._sign(found, "https", "i.example", 443, found.target)
                passed += found.encode()
            else:
                passed += found
    return passed


def is_the_same_in_a_tunnel(asked: list[Asked], passed: bytes) -> None:
    """Likewise; a request without Host is for the server to refuse."""
    seen, refused = read(passed)
    assert not refused or refused.startswith("Missing mandatory Host"), (refused, passed)
    for before, after in zip(asked, seen):
        assert (before.target, before.values(b"host")) == (after.target, after.values(b"host"))
        is_signed_once(before, after, index=True)


def _names(host: str, port: int) -> list[list[bytes]]:
    name = f"[{host}]" if ":" in host else host
    place = f"{name}:{port}".encode()
    return [[place], [name.encode()]] if port == 80 else [[place]]


#: What may change: the preference, the name of the server, and what is for one hop.
_CHANGE = frozenset((b"prefer", b"user-agent", b"host", b"proxy-authorization", b"proxy-connection"))
_UPGRADE = frozenset((b"upgrade", b"http2-settings"))


def is_signed_once(before: Asked, after: Asked, *, index: bool) -> None:
    """It is the same request, but for the preference where it is to be."""
    assert (before.method, before.version) == (after.method, after.version)
    change = _CHANGE | (_UPGRADE if not before.switches else set())
    kept = [[field for field in one.fields if field[0] not in change] for one in (before, after)]
    assert kept[0] == kept[1]
    short, long = sorted((before.body, after.body), key=len)
    assert long.startswith(short)
    if before.method not in (b"GET", b"HEAD") or not index:
        for name in (b"prefer", b"user-agent"):
            assert before.values(name) == after.values(name)
        return
    old, new = (b", ".join(one.values(b"prefer")).decode() for one in (before, after))
    assert grammar.opted_out(new)
    assert elements(new) in (elements(old), [*elements(old), "no-analytics"], ["no-analytics", *elements(old)])
    agent = b" ".join(after.values(b"user-agent"))
    assert comments(agent.decode())
    assert agent.startswith(b" ".join(before.values(b"user-agent")))
