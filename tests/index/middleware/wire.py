"""A client of bytes: what it sends is what it was told to send, and nothing is repaired on the way."""

from __future__ import annotations

import io
import json
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Any, Iterable, Iterator, cast

if TYPE_CHECKING:
    from tests.index.middleware.vectors import Fields

#: Fields of an answer that say when it was made.
_TIMED = {"date"}


@dataclass(frozen=True)
class Answer:
    """Status, fields in their order without the time of day, and body."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def told(self) -> Any:
        """What the application told of the request."""
        assert self.status == 200, self
        return json.loads(self.body)


class Connection:
    """A connection that stays open, for requests one after the other or all at once."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), 20)
        self._reader = _Reader(cast("io.RawIOBase", self._socket.makefile("rb", buffering=0)))

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._socket.sendall(data)

    def answer(self) -> Answer | None:
        """The next answer; None when the server ends the connection instead."""
        response = HTTPResponse(cast("socket.socket", self))
        try:
            response.begin()
            body = response.read()
        except (HTTPException, ConnectionError):
            return None
        fields = tuple((name, value) for name, value in response.getheaders() if name.lower() not in _TIMED)
        return Answer(response.status, fields, body)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What HTTPResponse reads from: the same for each, so that a pipelined answer is not lost."""
        return self._reader

    def close(self) -> None:
        """End the connection."""
        self._reader.really_close()
        self._socket.close()


class _Reader(io.BufferedReader):
    def close(self) -> None:
        """HTTPResponse closes at the end of each answer."""

    def really_close(self) -> None:
        super().close()


def request(path: str, fields: Iterable[tuple[str, str]] = (), *, close: bool = False) -> bytes:
    """The bytes of a GET."""
    every: Fields = [("Host", "127.0.0.1"), *fields, *([("Connection", "close")] if close else [])]
    head = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in every), "", ""]
    return "\r\n".join(head).encode("latin-1")


@contextmanager
def connected(port: int) -> Iterator[Connection]:
    """A connection, closed at the end."""
    connection = Connection(port)
    try:
        yield connection
    finally:
        connection.close()


def get(port: int, path: str, fields: Iterable[tuple[str, str]] = ()) -> Answer | None:
    """The answer to one request on a connection of its own; None when the server hangs up."""
    with connected(port) as connection:
        with suppress(ConnectionError):  # refused while it was being sent: the answer may be there
            connection.send(request(path, fields, close=True))
        return connection.answer()
