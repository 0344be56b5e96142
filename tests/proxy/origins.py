"""What stands behind the proxy in these tests: an index in TLS with a private authority, and a corporate proxy."""

from __future__ import annotations

import base64
import socket
import sys
from typing import TYPE_CHECKING, Any

from pep786.proxy.authority import Authority
from pep786.verify.index import Index
from tests.listening import Listener, read_request, shovel
from tests.proxy.uvs import World

if TYPE_CHECKING:
    import ssl
    import subprocess
    from pathlib import Path

RUN = [sys.executable, "-m", "pep786", "run"]


class SecureIndex(Index):
    """The loopback index in TLS, as 127.0.0.1 and, where its redirects lead, as localhost.

    ``authority`` made its certificates; ``alpn`` what it agreed to speak, connection by connection.
    """

    def __init__(self, authority: Authority, **options: Any) -> None:
        super().__init__(**options)
        self.authority = authority
        self.hosts: list[str] = []

    def __enter__(self) -> SecureIndex:  # noqa: PYI034  typing.Self is newer than Python 3.8
        super().__enter__()
        context = self.authority.context("127.0.0.1")
        context.sni_callback = self._choose
        server: Any = self._server
        plain, accept = server.answer, server.get_request

        def answer(request: Any) -> Any:
            found = plain(request)
            if found.headers.get("Location", "").startswith("http://"):
                found.headers["Location"] = "https" + found.headers["Location"][len("http") :]
            return found

        def get_request() -> tuple[Any, Any]:
            connection, address = accept()
            server.connections.discard(connection)
            wrapped = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            wrapped.settimeout(60)
            server.connections.add(wrapped)
            return wrapped, address

        server.answer, server.get_request = answer, get_request
        return self

    def url(self, path: str) -> str:
        return "https" + super().url(path)[len("http") :]

    def _choose(self, connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self.hosts.append(name or "")
        if name:
            connection.context = self.authority.context(name)


class CorporateProxy(Listener):
    """A forward proxy with a password, which remembers what it was asked: heads, as they came.

    Of plain http it passes on all, its password too.
    """

    def __init__(self, user: str = "someone", password: str = "pass:w@rd/1") -> None:  # noqa: S107
        self.user = user
        self.password = password
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.heads: list[str] = []

    def url(self, password: str = "pass%3Aw%40rd%2F1") -> str:  # noqa: S107
        return f"http://{self.user}:{password}@{self.host}"

    def serve(self, client: socket.socket) -> None:
        head, rest = read_request(client)
        text = head.decode("latin-1")
        self.heads.append(text)
        if f": {self.authorization}\r\n" not in f"{text}\r\n":
            challenge = b"Proxy-Authenticate: Basic realm=corp\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n" + challenge)
            return
        method, target, _ = text.split("\r\n")[0].split(" ")
        if method == "CONNECT":
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                shovel(client, server, rest)
            return
        # The loopback index takes a target in absolute form.
        host, port = target.split("/")[2].rsplit(":", 1)
        with socket.create_connection((host, int(port))) as server:
            shovel(client, server, head + b"\r\n\r\n" + rest)


class Wrapped(World):
    """A world whose uv can be run as ``pep786 run -- uv``, opted out."""

    def alone(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run uv by itself."""
        return self.run([self.uv, *arguments], environ)

    def wrapped(self, *arguments: str, program: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run uv behind ``pep786 run``."""
        return self.run([*RUN, "--", program or self.uv, *arguments], {"PIP_NO_ANALYTICS": "1", **environ})


def private_authority(folder: Path) -> tuple[Authority, str]:
    """An authority of a company's own, and the file with its certificate."""
    authority = Authority(name="private")
    path = folder / "private-ca.pem"
    path.write_bytes(authority.pem)
    return authority, str(path)
