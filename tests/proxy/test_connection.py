"""One connection through the proxy, byte by byte: what is passed on, what is changed, and what is refused."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from pep786.proxy.policy import Policy
from tests.proxy.origins import CorporateProxy, SecureIndex
from tests.proxy.serving import AUTHORIZED, UV, Origin, Serving, read_all, read_head

if TYPE_CHECKING:
    from pep786.proxy.authority import Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = f"GET http://HOST/simple/ HTTP/1.1\r\nHost: HOST\r\n{AUTHORIZED}Proxy-Connection: x\r\nUser-Agent: {UV}\r\n\r\n"


class Kept(list):  # type: ignore[type-arg]
    """What a server received, and an answer to each head."""

    def __call__(self, connection: socket.socket) -> None:
        while True:
            data = read_head(connection)
            if not data:
                return
            self.append(data)
            connection.sendall(OK)


def get(host: str, fields: str = "") -> str:
    return GET.replace("HOST", host).replace("\r\n\r\n", f"\r\n{fields}\r\n")


def test_plain_http_is_signed_and_nothing_of_ours_goes_on() -> None:
    kept = Kept()
    with Origin(kept) as origin, Serving() as proxy:
        with proxy.connect() as connection:
            for _ in range(2):
                connection.sendall(get(origin.host, "X: 1\r\n").encode())
                assert read_head(connection) + connection.recv(2) == OK
        expected = (
            f"GET /simple/ HTTP/1.1\r\nHost: {origin.host}\r\nUser-Agent: {UV} (no-analytics)\r\nX: 1\r\n"
            "Prefer: no-analytics\r\n\r\n"
        )
        assert kept == [expected.encode()] * 2
        assert origin.connections == 1


@pytest.mark.parametrize("agent", ["my-uv/1", "python-requests/2", ""])
def test_another_program_s_request_is_passed_on_as_it_is(agent: str) -> None:
    kept = Kept()
    with Origin(kept) as origin, Serving() as proxy, proxy.connect() as connection:
        connection.sendall(get(origin.host, "prefer: wait=1\r\n").replace(UV, agent).encode())
        read_head(connection)
    expected = f"GET /simple/ HTTP/1.1\r\nHost: {origin.host}\r\nUser-Agent: {agent}\r\nprefer: wait=1\r\n\r\n"
    assert kept == [expected.encode()]


def test_the_target_names_the_server_whatever_host_says() -> None:
    """RFC 9112 section 3.2.2: else another of its sites would answer, to one who asked for this one."""
    kept = Kept()
    with Origin(kept) as origin, Serving() as proxy:
        for host in ("other.example", ""):
            with proxy.connect() as connection:
                asked = get(origin.host).replace(f"Host: {origin.host}\r\n", f"Host: {host}\r\n" if host else "")
                connection.sendall(asked.encode())
                read_head(connection)
        named = [[line for line in head.split(b"\r\n") if line.lower().startswith(b"host:")] for head in kept]
    assert named == [[f"Host: {origin.host}".encode()]] * 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_what_does_not_fetch_is_not_signed(method: str) -> None:
    kept = Kept()
    with Origin(kept) as origin, Serving() as proxy, proxy.connect() as connection:
        connection.sendall(get(origin.host).replace("GET", method, 1).encode())
        read_head(connection)
    assert b"no-analytics" not in kept[0]


def test_one_connection_and_several_servers() -> None:
    """urllib3 and curl ask one proxy connection for one server after the other."""
    first, second = Kept(), Kept()
    with Origin(first) as one, Origin(second) as other, Serving() as proxy, proxy.connect() as connection:
        for origin in (one, other, one):
            connection.sendall(get(origin.host).encode())
            assert read_head(connection) + connection.recv(2) == OK
    assert (len(first), len(second)) == (2, 1)


def test_a_request_to_another_server_before_the_answer_is_refused() -> None:
    """Its answer would come in the stead of the first one's."""
    kept = Kept()

    def talk(connection: socket.socket) -> None:
        connection.recv(9999)
        time.sleep(1)

    with Origin(talk) as slow, Origin(kept) as other, Serving() as proxy:
        assert proxy.ask(get(slow.host) + get(other.host)) == b""
        assert other.connections == 0


def test_a_body_is_passed_on_and_never_signed() -> None:
    received = []

    def talk(connection: socket.socket) -> None:
        data = b""
        while not data.endswith(b"0\r\n\r\n"):
            data += connection.recv(9999)
        received.append(data)
        connection.sendall(OK)

    with Origin(talk) as origin, Serving() as proxy, proxy.connect() as connection:
        upload = get(origin.host, "Transfer-Encoding: chunked\r\n").replace("GET", "POST", 1)
        body = b"25\r\nGET / HTTP/1.1\r\nUser-Agent: uv/1\r\n\r\n.\r\n0\r\n\r\n"
        for byte in upload.encode() + body:
            connection.send(bytes([byte]))
        assert read_head(connection) + connection.recv(2) == OK
    assert received[0].endswith(body)
    assert b"no-analytics" not in received[0]


def test_an_answer_that_ends_with_the_connection() -> None:
    answer = b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 3_000_000

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(answer)

    with Origin(talk) as origin, Serving() as proxy:
        assert proxy.ask(get(origin.host)) == answer


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\0\0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\nPrefer: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", 431),
        (b"GET /simple/ HTTP/1.1\r\nHost: x\r\n" + AUTHORIZED.encode() + b"\r\n", 400),  # this is a proxy
        (b"GET https://x/ HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"GET ftp://x/ HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"GET http:///a HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"GET http://x:99999/a HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT x HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT x:0 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT x:65536 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT x:\xb3443 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT x:" + b"9" * 5000 + b" HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT ::1:443 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT x/y:443 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 400),
        (b"CONNECT 127.0.0.1:1 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 502),
        (b"GET http://127.0.0.1:1/ HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 502),
        (b"CONNECT " + b"a" * 70 + b".example:443 HTTP/1.1\r\n" + AUTHORIZED.encode() + b"\r\n", 502),
        (b"GET http://x/ HTTP/1.1\r\n\r\n", 407),
        (b"GET http://x/ HTTP/1.1\r\n" + 2 * AUTHORIZED.encode() + b"\r\n", 407),
        (b"CONNECT x:443 HTTP/1.1\r\nProxy-Authorization: Basic\r\n\r\n", 407),
        (b"CONNECT x:443 HTTP/1.1\r\nProxy-Authorization: basic " + AUTHORIZED[27:].encode() + b"\r\n", 407),
    ],
)
def test_what_is_refused_and_how(data: bytes, status: int) -> None:
    with Serving() as proxy:
        answer = proxy.ask(data)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer
    assert b"token" not in answer
    assert AUTHORIZED[27:40].encode() not in answer


def test_who_goes_at_once_or_says_nothing_leaves_nothing() -> None:
    with Serving(idle=0.2) as proxy:
        before = threading.active_count()
        for data in (b"", b"GET", b"CONNECT x:1 HTTP/1.1\r\n"):
            with proxy.connect() as connection:
                connection.sendall(data)
        deadline = time.monotonic() + 5
        while threading.active_count() > before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threading.active_count() == before


def echo(connection: socket.socket) -> None:
    while True:
        data = connection.recv(65536)
        if not data:
            break
        connection.sendall(data)
    connection.sendall(b"bye")  # after the end of the other side


@pytest.mark.parametrize("agent", ["my program", "curl/8", ""])
def test_a_tunnel_of_another_program_is_blind(agent: str) -> None:
    """In both directions, with an end that only one side has said."""
    with Origin(echo) as origin, Serving() as proxy, proxy.tunnel("127.0.0.1", origin.port, agent) as connection:
        connection.sendall(get("x").encode() + b"\0\xff")
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == get("x").encode() + b"\0\xffbye"


def test_a_large_body_both_ways_and_a_slow_reader() -> None:
    """What is kept for one side has a bound: the server waits for the client."""
    sent = []

    def talk(connection: socket.socket) -> None:
        connection.settimeout(60)
        block = os.urandom(1 << 20)
        for _ in range(64):
            connection.sendall(block)
            sent.append(block)

    with Origin(talk) as origin, Serving() as proxy, proxy.tunnel("127.0.0.1", origin.port, "") as connection:
        time.sleep(0.5)
        assert len(sent) < 32
        assert read_all(connection) == b"".join(sent)
    assert len(sent) == 64


@pytest.mark.parametrize("host", ["github.com", "objects.githubusercontent.com", "api.osv.dev", "RELEASES.astral.SH."])
def test_a_host_that_is_no_index_is_not_looked_into(host: str) -> None:
    """Even for uv (design, D11; facts, T28)."""
    assert not Policy(agents=("uv/",)).looks_into(host, UV)
    assert Policy(agents=("uv/",)).looks_into(f"{host.rstrip('.')}.example", UV)


def test_a_refusal_of_the_corporate_proxy_is_passed_on(secure_index: SecureIndex) -> None:
    with CorporateProxy() as corporate:
        for environ in ({"HTTPS_PROXY": corporate.url("wrong")}, {"all_proxy": corporate.url("wrong")}):
            with Serving(environ=environ) as proxy:
                connect = f"CONNECT 127.0.0.1:{secure_index.port} HTTP/1.1\r\n{AUTHORIZED}User-Agent: {UV}\r\n\r\n"
                answer = proxy.ask(connect)
            assert answer.startswith(b"HTTP/1.1 407 ")
            assert b"\r\nProxy-Authenticate: Basic realm=corp\r\n" in answer
        assert len(corporate.heads) == 2
        assert all("no-analytics" not in head for head in corporate.heads)
        assert all(f"User-Agent: {UV}" in head for head in corporate.heads)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_speaks_before_it_is_asked(scheme: str, private: tuple[Authority, str]) -> None:
    """What it says comes in one packet with the corporate proxy's answer."""
    context = private[0].context("127.0.0.1")

    def talk(connection: socket.socket) -> None:
        wrapped = context.wrap_socket(connection, server_side=True) if scheme == "https" else connection
        with wrapped as way:
            read_head(way)
            way.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n")
            echo(way)

    with Origin(talk) as hop:
        environ = {"SSL_CERT_FILE": private[1], "HTTPS_PROXY": f"{scheme}://127.0.0.1:{hop.port}"}
        with Serving(environ=environ) as proxy, proxy.tunnel("ssh.example", 22, "") as connection:
            assert connection.recv(11, socket.MSG_WAITALL) == b"SSH-2.0-x\r\n"
            connection.sendall(b"SSH-2.0-y")
            assert connection.recv(9, socket.MSG_WAITALL) == b"SSH-2.0-y"


def test_a_websocket_is_let_through_and_http2_is_not_taken_up() -> None:
    kept = []

    def talk(connection: socket.socket) -> None:
        kept.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        kept.append(connection.recv(4))
        connection.sendall(b"\x81\x00")

    with Origin(talk) as origin, Serving() as proxy, proxy.connect() as connection:
        connection.sendall(get(origin.host, "Upgrade: WebSocket\r\nConnection: upgrade\r\n").encode())
        read_head(connection)
        connection.sendall(b"\x81\x02hi")
        assert connection.recv(2) == b"\x81\x00"
    assert b"Upgrade: WebSocket" in kept[0]
    assert kept[1] == b"\x81\x02hi"
    plain = Kept()
    with Origin(plain) as origin, Serving() as proxy, proxy.connect() as connection:
        connection.sendall(get(origin.host, "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n").encode())
        read_head(connection)
    assert b"pgrade" not in plain[0]
    assert b"HTTP2" not in plain[0]


WEBSOCKET = "Connection: upgrade\r\nUpgrade: websocket\r\n"


def test_a_websocket_that_the_server_does_not_want_is_none() -> None:
    """What comes next is a request as any other: to its own server, and nothing of ours goes along."""
    first, second = Kept(), Kept()
    with Origin(first) as one, Origin(second) as other, Serving() as proxy, proxy.connect() as connection:
        for origin, fields in ((one, WEBSOCKET), (other, "Authorization: Basic secret\r\n")):
            connection.sendall(get(origin.host, fields).encode())
            assert read_head(connection) + connection.recv(2) == OK
    assert (len(first), len(second)) == (1, 1)
    assert b"\r\nPrefer: no-analytics\r\n" in second[0]
    assert b"Proxy-Authorization" not in second[0]


def test_nothing_of_ours_gets_into_an_answer_that_is_under_way() -> None:
    """The next request, of which nothing can be made, comes before the end of the last one's body."""

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nhalf")
        connection.recv(1)

    with Origin(talk) as origin, Serving() as proxy, proxy.connect() as connection:
        connection.sendall(get(origin.host).encode())
        assert read_head(connection).startswith(b"HTTP/1.1 200 ")
        assert connection.recv(4) == b"half"
        connection.sendall(b"GET / HTTP/1.1\r\nA : b\r\n\r\n")
        assert read_all(connection) == b""


def test_the_strict_mode_looks_into_what_is_listed_only() -> None:
    rules = Policy(only=["index.example", "10.0.0.1"])
    for host, listed in (
        ("index.example", True),
        ("Files.Index.example.", True),
        ("myindex.example", False),
        ("example", False),
        ("10.0.0.1", True),
        ("10.0.0.2", False),
    ):
        assert rules.looks_into(host, "anything/1") == listed
        assert rules.signs("GET", "https", host, 443, "/") == listed


def test_everything_that_opened_is_closed_in_the_end() -> None:
    kept = Kept()
    with Origin(kept) as origin, Serving() as proxy:
        before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
        for _ in range(20):
            with proxy.connect() as connection:
                connection.sendall(get(origin.host).encode())
                read_head(connection)
        deadline = time.monotonic() + 5
        while before and len(os.listdir("/proc/self/fd")) > before and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not before or len(os.listdir("/proc/self/fd")) <= before
