"""Programs that use the released packages, run where every use of the network is seen and none gets out."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pep786.startup import INJECTED
from tests.environments import Environment, install

if TYPE_CHECKING:
    from tests.environments import Environments

RELEASES = {"instant-python": "0.27.1", "plausipy": "0.6.0", "popylar": "0.2"}

#: The person opted out, and asked for applications too.
QUIET: dict[str, Any] = {"PEP786_APPS": "1", "PIP_NO_ANALYTICS": "1"}

# Loaded at the start of every program, before anything of ours: notes what asks for the network, and has every
# name but those of this machine unknown, as it is on a train.
_WATCH = """
import os, sys

def watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"):
        asked = arguments[0] if event.startswith("socket.get") else arguments[1]
        host = asked[0] if isinstance(asked, tuple) else asked
        with open(os.environ["WATCHED"], "a") as file:
            print(host, file=file)
        if host not in ("127.0.0.1", "localhost"):
            import socket
            raise socket.gaierror(socket.EAI_AGAIN, "this machine is on a train")

if "WATCHED" in os.environ:
    sys.addaudithook(watch)
"""


def environment(environments: Environments, *, shim: bool) -> Environment:
    """A virtual environment with the three packages, and with the shim or not."""
    if sys.version_info < (3, 10):
        pytest.skip("plausipy and instant-python want Python 3.10")
    made = environments.fresh(shim=shim)
    (made.site_packages / "watch_sockets.py").write_text(_WATCH)
    folders = "\n".join(install(f"{name}=={version}") for name, version in RELEASES.items())
    (made.site_packages / "a_watch.pth").write_text(f"import watch_sockets\n{folders}\n")
    return made


class Ran:
    """What a program printed and how it ended, and the hosts that it asked for."""

    def __init__(self, done: subprocess.CompletedProcess[str], asked: list[str]) -> None:
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr
        self.asked = asked

    def __repr__(self) -> str:
        return f"status {self.status}, asked for {self.asked}\n{self.stdout}\n{self.stderr}"


class Bench:
    """Runs programs in one environment, in a home and a folder of the test's own."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self.environment = environment
        self.folder = folder / "here"
        self.folder.mkdir()
        self.home = Path(os.environ["HOME"])
        self.log = folder / "watched"

    def run(self, *arguments: str, typed: str = "", paths: tuple[str, ...] = (INJECTED,), **variables: str) -> Ran:
        """Run Python with these arguments; paths are for PYTHONPATH: the shim, as ``pep786 run`` puts it in.

        typed is what the person would type; nothing stands for no terminal at all.
        """
        self.log.write_text("")
        environ: dict[str, Any] = {**os.environ, "WATCHED": str(self.log), "COLUMNS": "80", **variables}
        environ["PYTHONPATH"] = os.pathsep.join(paths)
        command = [self.environment.python, *arguments]
        given: dict[str, Any] = {"input": typed} if typed else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environ, cwd=self.folder, timeout=60, **given
        )
        return Ran(done, self.log.read_text().split())


class _Answer(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        request = self.rfile.readline().decode()
        length = 0
        for line in takewhile(lambda line: line != b"\r\n", self.rfile):
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self.server.received.append(request + self.rfile.read(length).decode())
        status = 403 if request.startswith("CONNECT ") else 200
        self.wfile.write(f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\n\r\n".encode())


class Sink(socketserver.ThreadingTCPServer):
    """A proxy that answers everything, but opens no tunnel, and keeps what it was sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.received: list[str] = []
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def variables(self) -> dict[str, Any]:
        """Has a program send everything here."""
        address = f"http://127.0.0.1:{self.server_address[1]}"
        return {"HTTP_PROXY": address, "HTTPS_PROXY": address, "http_proxy": address, "https_proxy": address}

    def server_close(self) -> None:
        """End the thread too."""
        self.shutdown()
        super().server_close()
