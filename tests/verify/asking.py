"""Asking the loopback index, as a library does and byte by byte."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING

from pep786.verify.distributions import demo_distributions

if TYPE_CHECKING:
    from pep786.verify.index import Index

WHEEL = "demo_wheel-1.0-py3-none-any.whl"
DATA = {file.filename: file.data for file in demo_distributions()}[WHEEL]
JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"


class Reply:
    """A response that was read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()


def ask(index: Index, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", index.port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Reply(connection.getresponse())
    finally:
        connection.close()


def say(index: Index, text: bytes) -> bytes:
    """Everything that comes back for these bytes, until the index closes the connection."""
    with socket.create_connection(("127.0.0.1", index.port), timeout=10) as connection:
        connection.sendall(text)
        return b"".join(iter(lambda: connection.recv(65536), b""))
