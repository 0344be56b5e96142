"""What is there after uv or the proxy was killed in the middle of something: nothing that is half of anything."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Iterator

import pytest

from pep786.verify.distributions import wheel
from pep786.verify.index import Index
from tests.listening import Listener, read_request
from tests.proxy.origins import RUN, Wrapped
from tests.proxy.test_lifetime import proxies_of, wait_until_nothing_is_left

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are told by /proc"),
]

LARGE = wheel("demo-large", "1.0", files={"demo_large.py": "x = 0\n" * 200_000})
PROJECT = """\
[project]
name = "project"
version = "1"
requires-python = ">=3.8"
dependencies = ["demo-large"]
[[tool.uv.index]]
url = "{index}"
default = true
"""


class HalfWay(Listener):
    """A forward proxy of the company that passes on plain http, and of a file the first half; then it waits."""

    def __init__(self) -> None:
        self.is_half = threading.Event()
        self.stops = True

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def serve(self, client: socket.socket) -> None:
        head, _ = read_request(client)
        line, _, fields = head.partition(b"\r\n")
        host, _, port = line.split(b"/")[2].partition(b":")
        wanted = line.split(b" ")[1].endswith(b".whl")
        with socket.create_connection((host.decode(), int(port))) as server:
            server.sendall(line + b"\r\nConnection: close\r\n" + fields + b"\r\n\r\n")
            answer = server.makefile("rb").read()
        if wanted and self.stops and b" 200 " in answer[:20]:
            client.sendall(answer[: len(answer) // 2])
            self.is_half.set()
            self.over.wait(60)
        else:
            client.sendall(answer)


@pytest.fixture
def index() -> Iterator[Index]:
    with Index([LARGE]) as made:
        yield made


@pytest.fixture
def way() -> Iterator[HalfWay]:
    with HalfWay() as made:
        yield made


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize(
    ("whom", "name"),
    [
        *(("uv", "SIGINT"), ("group", "SIGINT"), ("uv", "SIGTERM"), ("uv", "SIGKILL")),
        *(("proxy", "SIGTERM"), ("proxy", "SIGKILL")),
    ],
)
def test_half_a_file_is_no_file(whom: str, name: str, world: Wrapped, index: Index, way: HalfWay) -> None:
    """uv sync is stopped in the middle of a wheel; the lock, the project and the environment are as they were."""
    world.write("work/pyproject.toml", PROJECT.format(index=index.simple))
    world.environ.update(HTTP_PROXY=way.url, UV_HTTP_RETRIES="0", PIP_NO_ANALYTICS="1")
    assert world.wrapped("lock").returncode == 0
    assert world.wrapped("venv").returncode == 0
    before = files(world.work)
    index.clear()
    process = subprocess.Popen(
        [*RUN, "--", world.uv, "sync", "--locked"],
        env=world.environ,
        cwd=world.work,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert way.is_half.wait(30)
    asked = index.received
    number = getattr(signal, name)
    if whom == "proxy":
        os.kill(proxies_of(world, process.pid)[1], number)
    else:
        (os.killpg if whom == "group" else os.kill)(process.pid, number)
    _, said = process.communicate(timeout=30)
    if whom == "proxy":
        assert process.returncode not in (0, None)
        assert "error" in said
        assert world.environ["HTTP_PROXY"] not in said
    else:
        assert process.returncode in (-number, 128 + number)
    assert {name: data for name, data in files(world.work).items() if not name.endswith(".lock")} == {
        name: data for name, data in before.items() if not name.endswith(".lock")
    }
    assert (world.work / "uv.lock").read_bytes() == before["uv.lock"]
    assert index.received == asked  # it did not ask by another way
    assert all(request.prefer == ["no-analytics"] for request in asked)
    wait_until_nothing_is_left(world)
    # And what is in uv's cache does not stand for the file: the next run fetches it whole.
    way.stops = False
    assert world.wrapped("sync", "--locked").returncode == 0
    (installed,) = world.work.glob(".venv/lib/python*/site-packages/demo_large.py")
    assert installed.read_text() == "x = 0\n" * 200_000
