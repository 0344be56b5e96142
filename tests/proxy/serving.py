"""The proxy in this process, and servers that are made of what they are to say."""

from __future__ import annotations

import base64
import os
import socket
import threading
from typing import TYPE_CHECKING, Callable

from pep786.proxy import launch
from pep786.proxy.authority import Authority
from pep786.proxy.connection import Shop
from pep786.proxy.policy import Policy
from pep786.proxy.proxies import Proxies
from pep786.proxy.roots import Trust
from pep786.proxy.server import Server
from pep786.proxy.upstream import Roads
from tests.listening import Listener

if TYPE_CHECKING:
    from typing import Mapping

UV = "uv/0.13.8 {}"
TOKEN = base64.b64encode(b"pep786:token").decode()
AUTHORIZED = f"Proxy-Authorization: Basic {TOKEN}\r\n"


class Serving:
    """The proxy, as ``pep786 run`` would have it, or with other rules."""

    def __init__(
        self, rules: Policy | None = None, environ: Mapping[str, str] | None = None, idle: float | None = None
    ) -> None:
        trust = Trust(environ or {})
        self.authority = Authority()
        self.shop = Shop(
            launch.authorization("pep786", "token"),
            rules=rules or Policy(agents=("uv/",)),
            roads=Roads(Proxies(environ or {}), trust),
            trust=trust,
            authority=self.authority,
            stranger=Authority(name="stranger"),
            idle=idle,
        )

    def __enter__(self) -> Serving:  # noqa: PYI034  typing.Self is newer than Python 3.8
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.address = self._listener.getsockname()
        reading, self._writing = os.pipe()
        self._reading = reading
        server = Server(self._listener, self.shop)
        self._thread = threading.Thread(target=lambda: server.run(reading))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._writing)
        self._thread.join()
        os.close(self._reading)
        self._listener.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)

    def ask(self, *parts: str | bytes) -> bytes:
        """What comes back for this, until the proxy closes."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part if isinstance(part, bytes) else part.encode("latin-1"))
            return read_all(connection)

    def tunnel(self, host: str, port: int, agent: str = UV) -> socket.socket:
        """A connection after its CONNECT was answered with 200."""
        connection = self.connect()
        connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n{AUTHORIZED}User-Agent: {agent}\r\n\r\n".encode())
        assert read_head(connection).startswith(b"HTTP/1.1 200 ")
        return connection


class Origin(Listener):
    """A server of bytes: talk gets each connection."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._talk = talk

    def serve(self, client: socket.socket) -> None:
        client.settimeout(10)
        self._talk(client)


def read_head(connection: socket.socket) -> bytes:
    """All up to the first empty line, and not a byte more."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        more = connection.recv(1)
        if not more:
            break
        data += more
    return data


def read_all(connection: socket.socket) -> bytes:
    """All up to the end; what came before a reset counts."""
    data = []
    while True:
        try:
            data.append(connection.recv(65536))
        except ConnectionResetError:
            break
        if not data[-1]:
            break
    return b"".join(data)
