"""A client that sends exactly what it is told to, one connection for each request."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

USER_AGENT = 'pip/26.3 {"installer":{"name":"pip","version":"26.3"}}'
PLAIN = (("User-Agent", USER_AGENT),)

#: Five ways to opt out, each with pip's User-Agent.
SIGNALS = {
    "header": (*PLAIN, ("Prefer", "no-analytics")),
    "case": (*PLAIN, ("prefer", "No-Analytics")),
    "lines": (*PLAIN, ("Prefer", "respond-async"), ("Prefer", "no-analytics; q=1")),
    "suffix": (("User-Agent", f"{USER_AGENT} (no-analytics)"),),
    "both": (("User-Agent", f"{USER_AGENT} (no-analytics)"), ("Prefer", "wait=1, no-analytics")),
}

#: What looks like it and is not.
OTHERS = {
    "none": PLAIN,
    "parameter": (*PLAIN, ("Prefer", "respond-async; no-analytics")),
    "quoted": (*PLAIN, ("Prefer", 'a=", no-analytics"')),
    "text": (("User-Agent", 'pip/26.3 {"user_data":" (no-analytics) "}'),),
    "another": (*PLAIN, ("X-Prefer", "no-analytics"), ("DNT", "1")),
}


class Answer(NamedTuple):
    """A status (0 where the connection was closed without one), the fields, and the body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def value(self, name: str) -> str | None:
        """The value of a field, or None."""
        return next((value for field, value in self.headers if field.lower() == name.lower()), None)


def get(port: int, path: str, fields: Sequence[tuple[str, str]] = (), method: str = "GET") -> Answer:
    """The answer to one request."""
    # Whoever says something else about the connection gets HTTP/1.0, which ends with the answer as well.
    own = any(name == "Connection" for name, _ in fields)
    lines = [f"{method} {path} HTTP/1.{0 if own else 1}", f"Host: 127.0.0.1:{port}"]
    lines += [] if own else ["Connection: close"]
    lines += [f"{name}: {value}" for name, value in fields]
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        try:
            connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
            while data := connection.recv(65536):
                received += data
        except ConnectionError:
            pass  # refused while it was still being sent
    head, _, body = received.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.[01] ([0-9]{3})", head)
    if status is None:
        return Answer(0, [], b"")
    split = (line.split(":", 1) for line in head.decode("latin-1").split("\r\n")[1:])
    return Answer(int(status[1]), [(name, value.strip()) for name, value in split], body)
