"""What happens to the proxy while uv runs: it is removed, or stopped for a while (docs/faults.md)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from subprocess import PIPE
from typing import TYPE_CHECKING, Iterator

import pytest

from tests.environments import CHECKOUT
from tests.faults.raw import RawIndex
from tests.proxy.origins import RUN, Wrapped
from tests.proxy.test_lifetime import proxies_of, wait_until_nothing_is_left
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority
    from pep786.verify.index import Request

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are told by /proc"),
]


class Gate(RawIndex):
    """An index that keeps its first client waiting until the gate is opened."""

    def __init__(self, certificate: str | None = None) -> None:
        super().__init__(self._wait, certificate)
        self.redirect_files = False  # it would lead to plain http
        self.reached, self.opened = threading.Event(), threading.Event()
        self.asked: list[Request] = []

    def _wait(self, request: Request) -> None:
        self.asked.append(request)
        self.reached.set()
        assert self.opened.wait(60)


@pytest.fixture
def gate() -> Iterator[Gate]:
    with Gate() as index:
        yield index
        index.opened.set()


@pytest.fixture
def world(tmp_path: Path) -> Wrapped:
    return Wrapped(tmp_path / "world", NEWEST)


@contextmanager
def started(world: Wrapped, *indexes: RawIndex, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """A uv that asks the indexes in this order."""
    options = [word for index in indexes for word in ("--index", index.simple)]
    options[-2] = "--default-index"
    install = ["pip", "install", "--no-cache", "--target", "t", *options, "demo-dependency"]
    with subprocess.Popen(
        [*RUN, "--", world.uv, *install],
        env={**world.environ, "PIP_NO_ANALYTICS": "1", "UV_HTTP_RETRIES": "0", **environ},
        cwd=world.work,
        stdout=PIPE,
        stderr=PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def assert_signed_to_the_end(process: subprocess.Popen[str], world: Wrapped, *indexes: Gate) -> None:
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert (world.work / "t" / "demo_dependency.py").exists()
    for index in indexes:
        assert index.asked
        assert all(request.prefer == ["no-analytics"] for request in index.asked)
    wait_until_nothing_is_left(world)


def test_the_package_is_removed(world: Wrapped, gate: Gate, private: tuple[Authority, str]) -> None:
    """By another pip, say, while uv waits for a page; a server in TLS is asked for afterwards for the first time."""
    copied = world.root / "site"
    shutil.copytree(os.path.join(CHECKOUT, "pep786"), copied / "pep786", ignore=shutil.ignore_patterns("__pycache__"))
    world.write("server.pem", private[0].server("127.0.0.1").decode())
    with Gate(str(world.root / "server.pem")) as secure:
        secure.opened.set()
        gate.distributions = []
        with started(world, gate, secure, PYTHONPATH=str(copied), SSL_CERT_FILE=private[1]) as process:
            assert gate.reached.wait(30)
            assert secure.asked == []
            shutil.rmtree(copied)
            gate.opened.set()
            assert_signed_to_the_end(process, world, gate, secure)


@pytest.mark.parametrize("whom", ["uv", "proxy"])
def test_it_is_stopped_for_a_while(whom: str, world: Wrapped, gate: Gate) -> None:
    """SIGSTOP and SIGCONT: both go on where they were."""
    with started(world, gate) as process:
        assert gate.reached.wait(30)
        stopped = process.pid if whom == "uv" else proxies_of(world, process.pid)[1]
        os.kill(stopped, signal.SIGSTOP)
        gate.opened.set()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        os.kill(stopped, signal.SIGCONT)
        assert_signed_to_the_end(process, world, gate)
