"""What ``pep786 run`` costs uv: beside uv alone, and on request beside another proxy, in interleaved rounds.

    python benchmarks/proxy.py                       30 wheels, one of 256 MB, memory by size, and the start
    python benchmarks/proxy.py --mitmproxy BIN       the same behind mitmdump too, from an environment of its own

uv comes from the registry that pip is configured for. The index is nginx where there is one, and speaks HTTP/2 to who
asks for it in TLS, as the large ones do; else it is Python's, which does not. It has its files on disk and is on the
loopback interface, which is faster than any line to an index: there, what is measured is whether uv, the index and the
proxy find enough processors. So there is a line of 1 Gbit/s too. Processor time and memory are those of the proxies by
themselves, as Linux accounts for them.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import functools
import hashlib
import http.server
import os
import random
import shutil
import socket
import socketserver
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from typing import Callable, Dict, Iterator, Mapping

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_UV = "0.13.8"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, of prctl(2)
_MB = 10**6

#: How many wheels, of how many bytes.
CASES = {"30 wheels": (30, 85 * _MB // 30), "one wheel of 256 MB": (1, 256 * _MB)}
#: What they come over: the scheme, and how many bytes in a second; 0: as many as it can.
LINES = {"https, 1 Gbit/s": ("https", 125 * _MB), "https": ("https", 0), "http": ("http", 0)}
#: What memory is looked at for: one wheel of so many bytes.
SIZES = {"1 MB": _MB, "256 MB": 256 * _MB, "1 GB": 1000 * _MB}

Figures = Dict[str, float]


def make_index(folder: str, wheels: int, size: int) -> None:
    """Write pages, metadata and wheels with so many bytes that do not compress."""
    block = random.Random(786).randbytes(_MB) if hasattr(random.Random, "randbytes") else os.urandom(_MB)  # noqa: S311
    os.mkdir(folder)
    tags = "Wheel-Version: 1.0\nGenerator: pep786\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    for number in range(wheels):
        name = f"demo{number}"
        info = f"{name}-1.0.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        record = f"{name}.bin,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
        wheel = f"{name}-1.0-py3-none-any.whl"
        path = os.path.join(folder, wheel)
        with zipfile.ZipFile(path, "w") as archive:
            with archive.open(f"{name}.bin", "w") as member:
                for start in range(0, size, _MB):
                    member.write(block[: size - start])
            for file, text in (("METADATA", metadata), ("WHEEL", tags), ("RECORD", record)):
                archive.writestr(f"{info}/{file}", text)
        with open(f"{path}.metadata", "w", encoding="ascii") as file_beside:
            file_beside.write(metadata)
        page = os.path.join(folder, "simple", name, "index.html")
        os.makedirs(os.path.dirname(page))
        attribute = f"sha256={hashlib.sha256(metadata.encode()).hexdigest()}"
        with open(page, "w", encoding="ascii") as file_beside:
            link = f'<a href="/{wheel}#sha256={_sha256(path)}" data-core-metadata="{attribute}">{wheel}</a>'
            file_beside.write(f"<!DOCTYPE html><title>x</title>{link}")


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(_MB), b""):
            digest.update(block)
    return digest.hexdigest()


_NGINX = """\
daemon off; master_process off; pid {folder}/pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nodelay on; keepalive_requests 100000; default_type text/html;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{ listen 127.0.0.1:{port} {tls}; root {folder}/files; }}
}}
"""


class _Files(http.server.SimpleHTTPRequestHandler):
    """Where there is no nginx."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


def serve(folder: str, port: str, certificate: str) -> None:
    """Be the index, in TLS where there is a certificate."""
    server = _Server(("127.0.0.1", int(port)), functools.partial(_Files, directory=folder))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


class _Line(socketserver.BaseRequestHandler):
    """What all connections share, to a server that it knows nothing of."""

    port = 0
    rate = 0  # bytes in a second, towards the client
    _lock = threading.Lock()
    _free = 0.0  # when it is

    def handle(self) -> None:
        """Carry one connection, in two threads."""
        with socket.create_connection(("127.0.0.1", self.port)) as server:
            for one in (server, self.request):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._carry, args=(self.request, server, 0), daemon=True).start()
            self._carry(server, self.request, self.rate)

    def _carry(self, source: socket.socket, sink: socket.socket, rate: int) -> None:
        with contextlib.suppress(OSError):
            for data in iter(lambda: source.recv(1 << 16), b""):
                if rate:
                    with self._lock:
                        start = max(time.monotonic(), _Line._free)
                        _Line._free = start + len(data) / rate
                    time.sleep(max(0.0, start - time.monotonic()))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


class _Lines(socketserver.ThreadingTCPServer):
    request_queue_size = 256
    daemon_threads = True


def slow_down(port: str, target: str, rate: str) -> None:
    """Be a line to another port."""
    _Line.port, _Line.rate = int(target), int(rate)
    _Lines(("127.0.0.1", int(port)), _Line).serve_forever()


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
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        itself = [sys.executable, os.path.abspath(__file__)]
        command = [*itself, "--serve", f"{folder}/files", str(port), certificate]
        if nginx:
            tls = f"ssl http2; ssl_certificate {certificate}; ssl_certificate_key {certificate}" if certificate else ""
            with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
                file.write(_NGINX.format(folder=folder, port=port, tls=tls))
            command = [nginx, "-e", "/dev/null", "-p", folder, "-c", f"{folder}/nginx.conf"]
        try:
            with self.server(command, port), contextlib.ExitStack() as stack:
                if rate:
                    target, port = port, free_port()
                    line = [*itself, "--slow-down", str(port), str(target), str(rate)]
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
        subprocess.run([*command, f"uv=={_UV}"], check=True)
        (found,) = [name for name in os.listdir(self.folder) if name.endswith(".whl")]
        with zipfile.ZipFile(os.path.join(self.folder, found)) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith("/scripts/uv")]
            path = self.write("uv", archive.read(member))
        os.chmod(path, 0o755)  # noqa: S103
        return path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _children() -> set[int]:
    """The children of this process: those that it started, and what was left to it by one that ended."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return set(map(int, file.read().split()))


class Other:
    """Another proxy that does the same by a script: one process, for all rounds, whose start is counted apart."""

    def __init__(self, executable: str, bench: Bench, stack: contextlib.ExitStack) -> None:
        folder, port = f"{bench.folder}/mitmproxy", free_port()
        options = ["--quiet", "--listen-host", "127.0.0.1", "--listen-port", str(port), "--set", f"confdir={folder}"]
        options += ["--set", f"ssl_verify_upstream_trusted_ca={bench.roots}", "--set", "stream_large_bodies=1m"]
        script = bench.write("sign.py", _SCRIPT)
        self._process = stack.enter_context(bench.server([executable, *options, "--scripts", script], port))
        self._bench = bench
        self.start = self._busy()
        url = f"http://127.0.0.1:{port}"
        self._environ = {"HTTP_PROXY": url, "HTTPS_PROXY": url, "SSL_CERT_FILE": f"{folder}/mitmproxy-ca-cert.pem"}

    def install(self, url: str, wheels: int) -> Figures:
        """As :meth:`Bench.install`."""
        before = self._busy()
        figures = self._bench.install([], url, wheels, self._environ)
        with open(f"/proc/{self._process}/status", encoding="ascii") as file:
            (peak,) = [line.split()[1] for line in file if line.startswith("VmHWM:")]
        return {**figures, "cpu": self._busy() - before, "memory": int(peak) / 1024}

    def _busy(self) -> float:
        with open(f"/proc/{self._process}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


_SCRIPT = b"""
def requestheaders(flow):
    flow.request.headers["Prefer"] = "no-analytics"
    flow.request.headers["User-Agent"] = flow.request.headers.get("User-Agent", "") + " (no-analytics)"
"""

RUN = [sys.executable, "-m", "pep786", "run", "--"]
OPTED_OUT = {"PIP_NO_ANALYTICS": "1"}


def compare(bench: Bench, case: str, line: str, other: Other | None, rounds: int) -> measure.Samples:
    """uv alone, behind us, and behind another proxy, round by round."""
    wheels, size = CASES[case]
    with bench.index(wheels, size, *LINES[line]) as url:
        sides: dict[str, Callable[[], Mapping[str, float]]] = {
            "direct": lambda: bench.install([], url, wheels, {}),
            "pep786": lambda: bench.install(RUN, url, wheels, OPTED_OUT),
        }
        if other is not None:
            sides["mitmproxy"] = functools.partial(other.install, url, wheels)
        for side in sides.values():
            side()
        return measure.interleave(sides, rounds)


def memory(bench: Bench, size: int) -> float:
    """The most that the proxy ever had, in MiB, for one wheel of this size over https."""
    with bench.index(1, size, "https", 0) as url:
        return bench.install(RUN, url, 1, OPTED_OUT)["memory"]


def main() -> None:
    """Measure and print."""
    parser = measure.arguments(__doc__ or "", 7)
    parser.add_argument("--mitmproxy", metavar="BIN", help="a mitmdump to compare with")
    parser.add_argument("--only", metavar="CASE", choices=list(CASES), help="one case")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--slow-down", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(*arguments.serve)
    if arguments.slow_down:
        slow_down(*arguments.slow_down)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        bench = Bench(folder)
        other = Other(arguments.mitmproxy, bench, stack) if arguments.mitmproxy else None
        rows, data = [], {}
        for case in [arguments.only] if arguments.only else CASES:
            for line in LINES:
                samples = data[f"{case}, {line}"] = compare(bench, case, line, other, arguments.rounds)
                rows.append(_row(f"{case}, {line}", samples, other))
        sizes = {name: memory(bench, size) for name, size in SIZES.items()}
        start = measure.interleave(
            {
                "direct": lambda: bench.run([bench.uv, "--version"], {}),
                "pep786": lambda: bench.run([*RUN, bench.uv, "--version"], OPTED_OUT),
            },
            3 * arguments.rounds,
        )
    header = ["", "uv alone, s", "wall", "cpu s", "MiB"]
    if arguments.mitmproxy:
        header += ["mitmproxy: wall", "cpu s", "MiB", "cpu, of ours", "with its start"]
    peaks = ", ".join(f"{name}: {peak:.0f} MiB" for name, peak in sizes.items())
    added = measure.added(start, "pep786.wall", "direct.wall")
    noise = measure.spread(start, "pep786.wall", "direct.wall")
    text = f"{measure.table(header, rows)}\n\nThe most memory, by the wheel's size: {peaks}."
    text += f"\nThe start alone adds {added:.0f} ms (spread {noise:.0f})."
    measure.publish(text, arguments.json, samples=data, memory=sizes, start=start)


def _row(name: str, samples: measure.Samples, other: Other | None) -> list[str]:
    figures = [f"{measure.median(samples, 'direct.wall') / 1e3:.2f}", *_figures(samples, "pep786")]
    if other:
        samples["mitmproxy.started"] = [busy + other.start for busy in samples["mitmproxy.cpu"]]
        figures += _figures(samples, "mitmproxy")
        figures += [f"{measure.ratio(samples, f'mitmproxy.{one}', 'pep786.cpu'):.1f}" for one in ("cpu", "started")]
    return [name, *figures]


def _figures(samples: measure.Samples, side: str) -> list[str]:
    return [
        f"{measure.ratio(samples, f'{side}.wall', 'direct.wall'):.2f}",
        f"{measure.median(samples, f'{side}.cpu') / 1e3:.2f}",
        f"{measure.median(samples, f'{side}.memory'):.0f}",
    ]


if __name__ == "__main__":
    main()
