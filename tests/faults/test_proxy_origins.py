"""An index behind the proxy that goes, is silent, or never ends; and clients that do (docs/faults.md)."""

from __future__ import annotations

import os
import resource
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from subprocess import PIPE
from typing import TYPE_CHECKING, Callable, Iterator

import pytest

from pep786.proxy import connection, server
from tests.environments import CHECKOUT
from tests.proxy.origins import Wrapped
from tests.proxy.serving import AUTHORIZED, UV, Origin, Serving, read_all, read_head
from tests.proxy.test_lifetime import wait_until_nothing_is_left
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are told by /proc")

_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n<!DOCTYPE html><html>"
_CROWDED = 240
_HANGS = 60  # seconds, between what hangs and what ends; uv is told to wait for 1


def reset(connection: socket.socket) -> None:
    """Close with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def at_once(connection: socket.socket) -> None:
    reset(connection)


def after_the_request(connection: socket.socket) -> None:
    read_head(connection)
    reset(connection)


def in_the_head(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(_PAGE[:30])
    reset(connection)


def in_the_body(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(_PAGE)
    reset(connection)


def in_the_handshake(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"\x16\x03\x03")
    reset(connection)


def no_tls(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 400 this is no TLS\r\nContent-Length: 0\r\n\r\n")


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def a_byte_at_a_time(connection: socket.socket) -> None:
    """For longer than anybody waits, who does not wait for each byte alone."""
    read_head(connection)
    for byte in range(60):
        connection.sendall(_PAGE[byte : byte + 1] or b" ")
        time.sleep(0.01)
    silent(connection)


def header_bomb(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    with suppress(OSError):
        for number in range(1000):
            connection.sendall(b"".join(b"X-%d-%d: %s\r\n" % (number, one, b"a" * 900) for one in range(64)))
    silent(connection)


def informational_flood(connection: socket.socket) -> None:
    read_head(connection)
    with suppress(OSError):
        for _ in range(500):
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n" * 50)
    silent(connection)


def two_lengths(connection: socket.socket) -> None:
    read_head(connection)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n"
    )


PLAIN = (at_once, after_the_request, in_the_head, in_the_body, silent, a_byte_at_a_time, header_bomb)
LONG = (informational_flood, two_lengths)
SECURE = (at_once, in_the_handshake, no_tls, silent)


@pytest.fixture
def world(tmp_path: Path) -> Wrapped:
    world = Wrapped(tmp_path / "world", NEWEST)
    world.environ.update(UV_HTTP_RETRIES="0", UV_HTTP_TIMEOUT="1", UV_HTTP_CONNECT_TIMEOUT="1", PIP_NO_ANALYTICS="1")
    return world


@pytest.mark.real
@pytest.mark.parametrize(
    ("scheme", "fault"), [*(("http", one) for one in (*PLAIN, *LONG)), *(("https", one) for one in SECURE)]
)
def test_an_index_that_fails(scheme: str, fault: Callable[[socket.socket], None], world: Wrapped) -> None:
    """uv fails as it does alone, in time, and says nothing that is secret."""
    with Origin(fault) as origin:
        url = f"{scheme}://user:hidden@127.0.0.1:{origin.port}/simple/"
        install = ["pip", "install", "--no-cache", "--target", "t", "--default-index", url, "demo"]
        started = time.monotonic()
        alone = world.alone(*install)
        done = world.wrapped(*install)
        assert time.monotonic() - started < _HANGS
        assert origin.connections >= 2
    assert (done.returncode, done.stdout) == (alone.returncode, alone.stdout)
    assert done.returncode != 0
    for secret in ("hidden", "Traceback", "@127.0.0.1"):
        assert secret not in done.stderr
    wait_until_nothing_is_left(world)


@contextmanager
def apart(code: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A proxy in a process of its own, which prints its port first, and ends by itself when it reads no more."""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=CHECKOUT) as process:
        try:
            assert process.stdout
            yield process, int(process.stdout.readline())
            assert process.stdin
            process.stdin.close()
            assert process.wait(30) == 0
        finally:
            process.kill()


_WITH_1024_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
from tests.proxy.serving import Serving
with Serving() as proxy:
    print(proxy.address[1], flush=True)
    sys.stdin.read()
"""


def test_a_thousand_connections_at_once() -> None:
    """Each gets its answer, where a process may open 1024 files, as it usually may, and asks for more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < 8192:
        pytest.skip(f"no process may have more than {before[1]} files here")
    all_are_here = threading.Event()

    def talk(connection: socket.socket) -> None:
        if b"Prefer: no-analytics\r\n" in read_head(connection) and all_are_here.wait(_CROWDED):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere")

    resource.setrlimit(resource.RLIMIT_NOFILE, (max(4096, before[0]), before[1]))
    try:
        with Origin(talk) as origin, apart(_WITH_1024_FILES) as (_, port), ExitStack() as stack:
            request = f"GET http://{origin.host}/x HTTP/1.1\r\n{AUTHORIZED}Host: x\r\nUser-Agent: {UV}\r\n\r\n"
            clients = []
            for _ in range(1000):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_CROWDED))
                client.sendall(request.encode())
                clients.append(client)
            deadline = time.monotonic() + _CROWDED
            while origin.connections < 1000 and time.monotonic() < deadline:
                time.sleep(0.1)
            assert origin.connections == 1000
            all_are_here.set()
            assert {read_all(client)[-4:] for client in clients} == {b"here"}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


_WITH_ONE_FILE_MORE = """
import os, resource, sys, time
from tests.proxy.serving import Serving
with Serving() as proxy:
    print(proxy.address[1], flush=True)
    sys.stdin.readline()
    taken = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    print("limited", flush=True)
    sys.stdin.readline()
    before = time.process_time()
    time.sleep(2)
    print(time.process_time() - before, flush=True)
    sys.stdin.read()
"""


def test_too_many_files_do_not_make_it_spin() -> None:
    """Who cannot be taken waits until others end, and costs nothing meanwhile."""
    with apart(_WITH_ONE_FILE_MORE) as (process, port):

        def told() -> str:
            assert process.stdin
            assert process.stdout
            process.stdin.write("\n")
            process.stdin.flush()
            return process.stdout.readline()

        assert told() == "limited\n"
        with ExitStack() as stack:
            for _ in range(8):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_HANGS))
            assert float(told()) < 0.1  # of two seconds
        with socket.create_connection(("127.0.0.1", port), timeout=_HANGS) as client:  # there is room again
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert read_all(client).startswith(b"HTTP/1.1 407 ")


def test_a_client_that_takes_its_time_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head that comes byte by byte has as long as one that comes at once; places are few, and others wait."""
    monkeypatch.setattr(connection, "_HEAD_SECONDS", 1)
    monkeypatch.setattr(server, "_MAX_CONNECTIONS", 2)
    with Serving() as proxy, Origin(silent) as origin, ExitStack() as stack:
        slow = [stack.enter_context(proxy.connect()) for _ in range(2)]
        for _ in range(50):
            with suppress(OSError):
                for one in slow:
                    one.sendall(b"G")
            time.sleep(0.05)
        for one in slow:
            read_all(one)  # ends
        answer = proxy.ask(f"PUT x HTTP/1.1\r\n{AUTHORIZED}\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert origin.connections == 0


def test_a_server_that_says_too_much_in_the_handshake(private: tuple[Authority, str], tmp_path: Path) -> None:
    """A certificate of a megabyte, with all that a chain may hold: the client is told, and memory is given back."""
    authority, roots = private
    pem = authority.server("127.0.0.1")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(pem + authority.pem * 2000)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(chain))

    def talk(connection: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            read_head(secure)

    with Serving(environ={"SSL_CERT_FILE": roots}) as proxy, Origin(talk) as origin:
        answer = proxy.ask(f"CONNECT {origin.host} HTTP/1.1\r\n{AUTHORIZED}User-Agent: {UV}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 502 "), os.fsdecode(answer[:200])
