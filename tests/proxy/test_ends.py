"""How connections end: with all of the answer, and not for those who wait for a place."""

from __future__ import annotations

import select
import socket
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest

from pep786.proxy import server
from tests.proxy.serving import AUTHORIZED, UV, Origin, Serving, read_all, read_head
from tests.proxy.test_connection import echo, get
from tests.proxy.test_connection_tls import trusting

if TYPE_CHECKING:
    from pep786.proxy.authority import Authority

FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 8\r\n\r\nno token"
SIZE = 32 << 20  # more than lies between a client and its server


def refuse(connection: socket.socket) -> None:
    """As nginx does it: the answer before the upload, of which the rest is read and forgotten."""
    read_head(connection)
    connection.sendall(FORBIDDEN)
    connection.shutdown(socket.SHUT_WR)
    while connection.recv(65536):
        pass


@pytest.mark.parametrize("token", [True, False])
def test_an_upload_that_is_not_wanted_is_told_so(token: bool) -> None:
    """By the server or by us, and while it is under way: nobody is reset, and the answer arrives."""
    with Origin(refuse) as origin, Serving() as proxy, proxy.connect() as connection:
        upload = get(origin.host, f"Content-Length: {SIZE}\r\n").replace("GET", "POST", 1)
        if not token:
            upload = upload.replace(AUTHORIZED, "").replace(UV, "curl/8")
        connection.sendall(upload.encode())
        connection.sendall(bytes(SIZE))
        answer = read_all(connection)
    assert answer.startswith(FORBIDDEN if token else b"HTTP/1.1 407 ")


def test_an_upload_in_tls_that_is_not_wanted_is_told_so(private: tuple[Authority, str]) -> None:
    context = private[0].context("127.0.0.1")

    def talk(connection: socket.socket) -> None:
        secured = context.wrap_socket(connection, server_side=True)
        read_head(secured)
        secured.sendall(FORBIDDEN)
        with suppress(OSError):  # what is still uploaded stands where the other side's end should
            secured.unwrap()
        with socket.socket(fileno=secured.detach()) as bare:
            bare.settimeout(10)
            bare.shutdown(socket.SHUT_WR)
            while bare.recv(65536):
                pass

    with Origin(talk) as origin, Serving(environ={"SSL_CERT_FILE": private[1]}) as proxy:
        tunnel = proxy.tunnel("127.0.0.1", origin.port)
        with trusting(proxy).wrap_socket(tunnel, server_hostname="127.0.0.1") as connection:
            connection.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {SIZE}\r\n\r\n".encode())
            connection.sendall(bytes(SIZE))
            assert read_all(connection) == FORBIDDEN


def test_who_says_nothing_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that has been there longest gives its place to the next; whoever has shown the token stays."""
    monkeypatch.setattr(server, "_MAX_CONNECTIONS", 4)
    with Origin(echo) as origin, Serving() as proxy, ExitStack() as stack:
        tunnel = stack.enter_context(proxy.tunnel("127.0.0.1", origin.port, ""))
        silent = [stack.enter_context(proxy.connect()) for _ in range(3)]
        for others in ([silent[1], silent[2]], [silent[2]]):
            stack.enter_context(proxy.tunnel("127.0.0.1", origin.port, ""))
            assert select.select(others, [], [], 0)[0] == []
        assert [read_all(one) for one in silent[:2]] == [b"", b""]
        tunnel.sendall(b"still here")
        assert tunnel.recv(10) == b"still here"
