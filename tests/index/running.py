"""Real servers on loopback: pypiserver from the registry, Varnish and its log writers, each until its block ends."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Callable

import pytest

from pep786.index import rules
from tests.environments import install
from tests.index import edge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PYPISERVER = "pypiserver==2.4.2"
_PATIENCE = 30.0


def needed(*programs: str) -> None:
    """Skip the test where one of these programs is not on the machine."""
    for program in programs:
        if _where(program) is None:
            pytest.skip(f"this machine has no {program} (Debian: see .ci/servers)")


def _where(program: str) -> str | None:
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool], what: str, alive: subprocess.Popen[bytes] | None = None) -> None:
    """Return as soon as the condition holds; fail the test if it never does, or the process has ended."""
    until = time.monotonic() + _PATIENCE
    while not condition():
        if alive is not None and alive.poll() is not None:
            pytest.fail(f"{what}: the process ended with status {alive.returncode}")
        if time.monotonic() > until:
            pytest.fail(f"{what}: not within {_PATIENCE:.0f} s")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether something listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def started(
    command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, whose output goes to a file; ended politely with the block, and then not so politely."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            [_where(command[0]) or command[0], *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def pypiserver(folder: Path, log: Path) -> Iterator[int]:
    """The released pypiserver with the distributions of a folder; gives its port."""
    needed_python((3, 10), "pypiserver")
    port = free_port()
    command = [sys.executable, "-m", "pypiserver", "run", "--interface", "127.0.0.1", "--port", str(port)]
    command += ["--server", "wsgiref", "--disable-fallback", "--cache-control", "600", str(folder)]
    with started(command, log, {"PYTHONPATH": install(PYPISERVER)}) as process:
        wait_for(lambda: answers(port), "pypiserver starts", process)
        yield port


def needed_python(version: tuple[int, int], whose: str) -> None:
    """Skip the test on a Python that a released program does not run on."""
    if sys.version_info < version:
        pytest.skip(f"{whose} needs Python {'.'.join(map(str, version))}")


class Varnish:
    """A running Varnish: its port, and its name for the log writers."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    @property
    def simple(self) -> str:
        """The URL of the index behind it."""
        return f"http://127.0.0.1:{self.port}/simple/"

    @contextmanager
    def logging(self, options: Sequence[str], to: Path) -> Iterator[None]:
        """A varnishncsa with these options that writes to a file."""
        command = ["varnishncsa", "-n", str(self.folder), "-w", str(to), *options]
        said = to.with_suffix(".said")
        with started(command, said) as process:
            wait_for(to.exists, "varnishncsa starts", process)
            yield


@contextmanager
def varnish(vcl: str, folder: Path, options: Sequence[str] = ()) -> Iterator[Varnish]:
    """The machine's Varnish with this configuration."""
    needed("varnishd", "varnishncsa")
    folder.mkdir()
    (folder / "edge.vcl").write_text(vcl)
    port = free_port()
    command = ["varnishd", "-F", "-n", str(folder / "work"), "-f", str(folder / "edge.vcl"), "-j", "none"]
    command += ["-a", f"127.0.0.1:{port}", "-s", "malloc,32m", "-p", "thread_pool_min=10", "-p", "thread_pools=1"]
    command += options
    log = folder / "varnishd.log"
    with started(command, log) as process:
        wait_for(lambda: answers(port) or process.poll() is not None, "varnishd starts")
        if process.poll() is not None:
            pytest.fail(f"varnishd does not start: {log.read_text()[-2000:]}")
        yield Varnish(folder / "work", port)


@contextmanager
def nginx(behind: int, folder: Path) -> Iterator[int]:
    """The machine's nginx with our rules before the server at a port; its two logs are in the folder."""
    needed("nginx")
    if not os.path.exists(edge.ECHO_MODULE):
        pytest.skip("this machine's nginx has no echo module (Debian: libnginx-mod-http-echo)")
    folder.mkdir()
    port = free_port()
    (folder / "no-analytics.conf").write_text(rules.text("nginx-1.22").replace("/var/log/nginx", str(folder)))
    (folder / "nginx.conf").write_text(
        edge.NGINX.format(module=edge.ECHO_MODULE, folder=folder, port=port, behind=behind)
    )
    with started(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], folder / "nginx.said") as process:
        wait_for(lambda: answers(port), "nginx starts", process)
        yield port
