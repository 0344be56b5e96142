"""Large bodies in plain http, which the kernel moves where it can."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import pytest

from pep786.proxy.transport import Pipe
from tests.proxy.serving import Origin, Serving, read_head
from tests.proxy.test_connection import get


@pytest.mark.parametrize("possible", [Pipe.possible, False])
@pytest.mark.parametrize("missing", [0, 1, 5_000_000])
def test_a_large_plain_body_and_one_that_is_cut_off(
    missing: int, possible: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the kernel's pipe and past it: the same bytes, as many of them, to a client that now and then sleeps."""
    monkeypatch.setattr(Pipe, "possible", possible)
    moved = []

    def move(*sides: Any) -> bool:
        moved.append(sides)
        return real(*sides)

    real = Pipe.move
    monkeypatch.setattr(Pipe, "move", move)
    whole = os.urandom(1 << 20) * 16
    answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode()

    def talk(connection: socket.socket) -> None:
        for _ in range(2):
            read_head(connection)
            connection.sendall(answer + whole[: len(whole) - missing])
            if missing:
                return

    with Origin(talk) as origin, Serving() as proxy, proxy.connect() as connection:
        for _ in range(1 if missing else 2):
            connection.sendall(get(origin.host).encode())
            assert read_head(connection) == answer
            received = b""
            while len(received) < len(whole) - missing:
                received += connection.recv(1 << 20, socket.MSG_WAITALL)
                time.sleep(0.001)
            assert received == whole[: len(whole) - missing]
        if missing:
            assert connection.recv(1) == b""
    assert bool(moved) == possible
