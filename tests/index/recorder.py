"""What clients really sent: a relay on loopback that notes the head of every request and passes the bytes on."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import NamedTuple

from pep786.preference import opted_out
from tests.listening import Listener


class Sent(NamedTuple):
    """One request: its line's parts and its fields, in wire order."""

    method: str
    target: str
    fields: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """The value of each field of this name."""
        return [value for field, value in self.fields if field.lower() == name]

    @property
    def user_agent(self) -> str:
        """The User-Agent."""
        return ", ".join(self.values("user-agent"))

    @property
    def asks(self) -> bool:
        """Whether it asks to be left out."""
        return opted_out(self.values("prefer"), self.user_agent)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]


class Recorder(Listener):
    """Stands before the server at a port of loopback; for requests without bodies, as index clients send."""

    def __init__(self, port: int) -> None:
        self._behind = port
        self._open: set[socket.socket] = set()
        self.sent: list[Sent] = []

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for one in tuple(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    @property
    def simple(self) -> str:
        """The URL of the index."""
        return f"http://{self.host}/simple/"

    def serve(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._behind)) as server:
            self._open |= {client, server}
            answers = threading.Thread(target=_pass, args=(server, client), daemon=True)
            answers.start()
            self._requests(client, server)
            answers.join()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        data = b""
        with suppress(OSError):
            while True:
                more = client.recv(65536)
                if not more:
                    break
                data += more
                while b"\r\n\r\n" in data:
                    head, _, data = data.partition(b"\r\n\r\n")
                    self.sent.append(_read(head))
                    server.sendall(head + b"\r\n\r\n")
            server.shutdown(socket.SHUT_WR)


def _read(head: bytes) -> Sent:
    line, *rest = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    fields = [tuple(part.strip() for part in field.split(":", 1)) for field in rest]
    return Sent(method, target, fields)  # type: ignore[arg-type]


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
