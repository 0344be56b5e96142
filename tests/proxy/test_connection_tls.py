"""Tunnels that are looked into: what both sides see of each other, and of the certificates."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest

from pep786.proxy.authority import Authority
from tests.proxy.serving import UV, Origin, Serving, read_head
from tests.proxy.test_connection import WEBSOCKET
from tests.proxy.test_uv_certificates import client_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proxy.origins import SecureIndex


def trusting(proxy: Serving) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=proxy.authority.pem.decode())
    context.set_alpn_protocols(["h2", "http/1.1"])
    if ssl.OPENSSL_VERSION_INFO >= (3,):
        context.options &= ~0x80  # OP_IGNORE_UNEXPECTED_EOF
    return context


def read_answer(connection: socket.socket) -> None:
    answer = read_head(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while length:
        length -= len(connection.recv(length))


def test_a_tunnel_of_uvs_is_looked_into(private: tuple[Authority, str], secure_index: SecureIndex) -> None:
    with Serving(environ={"SSL_CERT_FILE": private[1]}) as proxy:
        for host in ("127.0.0.1", "localhost"):
            with trusting(proxy).wrap_socket(proxy.tunnel(host, secure_index.port), server_hostname=host) as connection:
                assert connection.selected_alpn_protocol() == "http/1.1"
                for path in ("/simple/demo-wheel/", "/simple/demo-extra/"):
                    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {UV}\r\n\r\n".encode())
                    read_answer(connection)
    assert [request.prefer for request in secure_index.received] == [["no-analytics"]] * 4
    assert secure_index.hosts == ["", "localhost"]


def test_a_request_that_comes_with_the_handshake_is_not_forgotten(
    private: tuple[Authority, str], secure_index: SecureIndex
) -> None:
    """In TLS 1.3 both may be one packet, which no poll tells of again (facts, T16)."""
    with Serving(environ={"SSL_CERT_FILE": private[1]}) as proxy, proxy.tunnel(
        "127.0.0.1", secure_index.port
    ) as connection:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = trusting(proxy).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(outgoing.read())
                incoming.write(connection.recv(65536))
        tls.write(b"GET /simple/demo-extra/ HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.sendall(outgoing.read())  # the end of the handshake, and the request
        deadline = time.monotonic() + 5
        while not secure_index.received and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(secure_index.received) == 1


def test_an_answer_cut_off_in_tls_does_not_look_whole(private: tuple[Authority, str]) -> None:
    """The end of the upstream connection without a close_notify is passed on as that (RFC 8446 section 6.1)."""
    context = private[0].context("127.0.0.1")

    def talk(connection: socket.socket) -> None:
        secured = context.wrap_socket(connection, server_side=True)
        read_head(secured)
        secured.sendall(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        connection = socket.socket(fileno=secured.detach())
        connection.close()

    with Origin(talk) as origin, Serving(environ={"SSL_CERT_FILE": private[1]}) as proxy:
        tunnel = proxy.tunnel("127.0.0.1", origin.port)
        with trusting(proxy).wrap_socket(tunnel, server_hostname="127.0.0.1", suppress_ragged_eofs=False) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                read_head(connection), read_head(connection)


def test_an_unverified_server_is_shown_as_unverified(secure_index: SecureIndex) -> None:
    """By an authority that was not handed out to anybody (facts, T13)."""
    with Serving() as proxy, pytest.raises(ssl.SSLCertVerificationError):
        trusting(proxy).wrap_socket(proxy.tunnel("127.0.0.1", secure_index.port), server_hostname="127.0.0.1")
    assert secure_index.received == []


@pytest.mark.parametrize("trusted", [True, False])
def test_a_client_certificate_is_shown_to_true_servers_only(
    trusted: bool, private: tuple[Authority, str], tmp_path: Path
) -> None:
    """uv would have stopped at another one, and told it nothing."""
    clients, path = client_certificate(tmp_path)
    context = Authority.load(private[0].pem, private[0].key_pem()).context("127.0.0.1")
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata=clients.pem.decode())
    shown = []

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            shown.append(secured.getpeercert(True))
            secured.recv(1)

    environ = {"SSL_CLIENT_CERT": path, **({"SSL_CERT_FILE": private[1]} if trusted else {})}
    with Origin(talk) as origin, Serving(environ=environ) as proxy:
        proxy.tunnel("127.0.0.1", origin.port).close()
        deadline = time.monotonic() + 5
        while not shown and time.monotonic() < deadline:
            time.sleep(0.01)
    assert [bool(one) for one in shown] == [trusted]


def test_a_corporate_proxy_that_speaks_tls_itself(private: tuple[Authority, str], secure_index: SecureIndex) -> None:
    """TLS within TLS."""
    context = private[0].context("127.0.0.1")
    asked = []

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured, socket.create_connection(
            ("127.0.0.1", secure_index.port)
        ) as server:
            asked.append(read_head(secured))
            secured.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            secured.settimeout(0.01)
            server.settimeout(0.01)
            for _ in range(300):
                for one, other in ((secured, server), (server, secured)):
                    try:
                        data = one.recv(65536)
                    except OSError:  # not yet
                        continue
                    if not data:
                        return
                    other.sendall(data)

    with Origin(talk) as hop:
        environ = {"SSL_CERT_FILE": private[1], "HTTPS_PROXY": f"https://127.0.0.1:{hop.port}"}
        with Serving(environ=environ) as proxy:
            tunnel = proxy.tunnel("127.0.0.1", secure_index.port)
            with trusting(proxy).wrap_socket(tunnel, server_hostname="127.0.0.1") as connection:
                connection.sendall(b"GET /simple/ HTTP/1.1\r\nHost: x\r\n\r\n")
                assert read_head(connection).startswith(b"HTTP/1.1 200 ")
    assert asked
    assert asked[0].startswith(f"CONNECT 127.0.0.1:{secure_index.port} ".encode())


def test_a_websocket_in_tls_that_the_server_does_not_want_is_none(
    private: tuple[Authority, str], secure_index: SecureIndex
) -> None:
    with Serving(environ={"SSL_CERT_FILE": private[1]}) as proxy:
        tunnel = proxy.tunnel("127.0.0.1", secure_index.port)
        with trusting(proxy).wrap_socket(tunnel, server_hostname="127.0.0.1") as connection:
            for fields in (WEBSOCKET, ""):
                connection.sendall(f"GET /simple/demo-wheel/ HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
                read_answer(connection)
    assert [request.prefer for request in secure_index.received] == [["no-analytics"]] * 2
