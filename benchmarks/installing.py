"""uv, installing from an index of wheels on the loopback interface: what proxy.py and growth.py measure with.

The index is nginx where there is one, and speaks HTTP/2 to who asks for it in TLS, as the large ones do; else it is
Python's, which does not. Processor time and memory are those of what a command leaves beside it, a proxy, as Linux
accounts for them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from typing import Dict, Iterator, Mapping

from environments import ROOT
from wheels import NGINX, make_index

sys.path.insert(0, ROOT)

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
UV = "0.13.8"
_WITH_SBIN = f"{os.environ['PATH']}:/usr/sbin"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, of prctl(2)

#: What stands before uv to have it signed, and the variable.
RUN = [sys.executable, "-m", "pep786", "run", "--"]
OPTED_OUT = {"PIP_NO_ANALYTICS": "1"}

Figures = Dict[str, float]


class Bench:
    """uv, a home for it, certificates for the index, and what was started for the whole of it."""

    def __init__(self, folder: str) -> None:
        from pep786.proxy.authority import Authority

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
        self.folder = folder
        self.uv = self._fetch_uv()
        authority = Authority(name="benchmark")
        self.roots = self.write("roots.pem", authority.pem)
        self.certificate = self.write("server.pem", authority.server("127.0.0.1"))
        self.environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.environ.update(HOME=folder, XDG_CONFIG_DIRS=folder, SSL_CERT_FILE=self.roots, PYTHONPATH=ROOT)
        self.environ.update(UV_NO_PROGRESS="1", UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never", UV_NO_CONFIG="1")
        self._servers: set[int] = set()

    @contextlib.contextmanager
    def server(self, command: list[str], port: int) -> Iterator[int]:
        """Run something that listens on a port; gives its process, once it does."""
        with subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL) as process:
            self._servers.add(process.pid)
            try:
                while process.poll() is None:
                    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                        break
                    time.sleep(0.02)
                yield process.pid
            finally:
                process.terminate()
                self._servers.remove(process.pid)

    @contextlib.contextmanager
    def index(self, wheels: int, size: int, scheme: str, rate: int) -> Iterator[str]:
        """An index of such wheels, which sends so many bytes in a second; gives its URL."""
        folder = tempfile.mkdtemp(dir=self.folder)
        make_index(os.path.join(folder, "files"), wheels, size)
        port, certificate = free_port(), self.certificate if scheme == "https" else ""
        nginx = shutil.which("nginx", path=_WITH_SBIN)
        itself = [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "wheels.py")]
        command = [*itself, "serve", f"{folder}/files", str(port), certificate]
        if nginx:
            tls = f"ssl http2; ssl_certificate {certificate}; ssl_certificate_key {certificate}" if certificate else ""
            with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
                file.write(NGINX.format(folder=folder, port=port, tls=tls))
            command = [nginx, "-e", "/dev/null", "-p", folder, "-c", f"{folder}/nginx.conf"]
        try:
            with self.server(command, port), contextlib.ExitStack() as stack:
                if rate:
                    target, port = port, free_port()
                    line = [*itself, "slow-down", str(port), str(target), str(rate)]
                    stack.enter_context(self.server(line, port))
                yield f"{scheme}://127.0.0.1:{port}/simple/"
        finally:
            shutil.rmtree(folder)

    def install(self, before: list[str], url: str, wheels: int, environ: Mapping[str, str]) -> Figures:
        """One uv pip install of everything, with a cold cache; what stands before it is measured too."""
        target = tempfile.mkdtemp(dir=self.folder)
        names = [f"demo{number}" for number in range(wheels)]
        options = ["--quiet", "--no-cache", "--target", target, "--default-index", url]
        try:
            return self.run([*before, self.uv, "pip", "install", *options, *names], environ)
        finally:
            shutil.rmtree(target)

    def run(self, command: list[str], environ: Mapping[str, str]) -> Figures:
        """Milliseconds of a command until it ends; processor time and memory of what it left beside."""
        start = time.perf_counter()
        process = subprocess.Popen(command, env={**self.environ, **environ}, cwd=self.folder, stdout=subprocess.DEVNULL)
        _, process.returncode, _ = os.wait4(process.pid, 0)
        wall = (time.perf_counter() - start) * 1e3
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed")
        busy, memory = 0.0, 0.0
        for left in _children() - self._servers:
            _, _, usage = os.wait4(left, 0)
            busy += (usage.ru_utime + usage.ru_stime) * 1e3
            memory = max(memory, usage.ru_maxrss / 1024)
        return {"wall": wall, "cpu": busy, "memory": memory}

    def write(self, name: str, data: bytes) -> str:
        """A new file in the folder; its path."""
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def _fetch_uv(self) -> str:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", self.folder]
        subprocess.run([*command, f"uv=={UV}"], check=True)
        (found,) = [name for name in os.listdir(self.folder) if name.endswith(".whl")]
        with zipfile.ZipFile(os.path.join(self.folder, found)) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith("/scripts/uv")]
            path = self.write("uv", archive.read(member))
        os.chmod(path, 0o755)  # noqa: S103
        return path


def versions() -> dict[str, str]:
    """uv's, and nginx's where it is the index."""
    nginx = shutil.which("nginx", path=_WITH_SBIN)
    said = subprocess.run([nginx, "-v"], check=True, capture_output=True, text=True).stderr if nginx else ""
    return {"uv": UV, **({"nginx": said.rpartition("/")[2].split()[0]} if said else {})}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _children() -> set[int]:
    """The children of this process: those that it started, and what was left to it by one that ended."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return set(map(int, file.read().split()))
