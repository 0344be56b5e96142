"""What ``pep786 run`` costs uv: beside uv alone, and on request beside another proxy, in interleaved rounds.

    python benchmarks/proxy.py                       30 wheels, one of 256 MB, and the start, over https and http
    python benchmarks/proxy.py --mitmproxy BIN       the same behind mitmdump too, from an environment of its own

uv comes from the registry that pip is configured for. The index is in Python, on the loopback interface and in a
process of its own, and speaks HTTP/1.1: uv alone speaks no HTTP/2 here either. Processor time and memory are those
of the proxy by itself, as Linux accounts for it.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import hashlib
import http.server
import io
import json
import os
import random
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import zipfile
from typing import Callable, Dict, Iterator, Mapping

import measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, ROOT)

_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR")
_UV = "0.13.8"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, of prctl(2)
_MIB = 1 << 20

#: The cases: how many wheels, of how many bytes.
CASES = {"30 wheels": (30, 85 * 10**6 // 30), "one large wheel": (1, 256 * 10**6)}

Figures = Dict[str, float]


def wheel(name: str, size: int) -> bytes:
    """A wheel with so many bytes that do not compress."""
    data = random.Random(name).randbytes(size) if hasattr(random.Random, "randbytes") else os.urandom(size)  # noqa: S311
    folder = f"{name}-1.0.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    tags = "Wheel-Version: 1.0\nGenerator: pep786\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = f"{name}.bin,,\n{folder}/METADATA,,\n{folder}/WHEEL,,\n{folder}/RECORD,,\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}.bin", data)
        for member, text in (("METADATA", metadata), ("WHEEL", tags), ("RECORD", record)):
            archive.writestr(f"{folder}/{member}", text)
    return buffer.getvalue()


class Server(http.server.ThreadingHTTPServer):
    """As many connections at once as a client opens."""

    request_queue_size = 256
    daemon_threads = True


class Index(http.server.BaseHTTPRequestHandler):
    """An index of what was made in advance; a class attribute holds it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answers: Mapping[str, tuple[str, bytes]] = {}

    def do_GET(self) -> None:
        """A page, a metadata file or a wheel."""
        kind, body = self.answers.get(self.path, ("", b""))
        self.send_response(200 if kind else 404)
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def serve(settings: str) -> None:
    """Be the index: of so many wheels of such a size, in TLS where there is a certificate. Prints the port."""
    wheels, size, certificate = json.loads(settings)
    answers = {}
    for number in range(wheels):
        name = f"demo{number}"
        data = wheel(name, size)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()
        digests = [hashlib.sha256(one).hexdigest() for one in (data, metadata)]
        file = f"/{name}-1.0-py3-none-any.whl"
        link = f'<a href="{file}#sha256={digests[0]}" data-core-metadata="sha256={digests[1]}">{file[1:]}</a>'
        answers[f"/simple/{name}/"] = "text/html", f"<!DOCTYPE html><title>x</title>{link}".encode()
        answers[f"{file}.metadata"] = "text/plain", metadata
        answers[file] = "application/octet-stream", data
    Index.answers = answers
    server = Server(("127.0.0.1", 0), Index)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


@contextlib.contextmanager
def index(wheels: int, size: int, certificate: str) -> Iterator[str]:
    """Start the index; gives its URL."""
    settings = json.dumps([wheels, size, certificate])
    command = [sys.executable, os.path.abspath(__file__), "--serve", settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}/simple/"
        finally:
            server.terminate()


class Bench:
    """uv, a home for it, and certificates for the index."""

    def __init__(self, folder: str) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding

        from pep786.proxy.authority import Authority, _pem

        self.folder = folder
        self.uv = self._fetch_uv()
        authority = Authority(name="benchmark")
        self.roots = self._write("roots.pem", authority.pem)
        leaf = authority.leaf("127.0.0.1").public_bytes(Encoding.PEM)
        self.certificate = self._write("server.pem", leaf + _pem(authority._leaf_key))  # noqa: SLF001
        self.environ = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self.environ.update(HOME=folder, XDG_CONFIG_DIRS=folder, SSL_CERT_FILE=self.roots, PYTHONPATH=ROOT)
        self.environ.update(UV_NO_PROGRESS="1", UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never", UV_NO_CONFIG="1")

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
        _, status, _ = os.wait4(process.pid, 0)
        process.returncode = status
        wall = (time.perf_counter() - start) * 1e3
        if status:
            sys.exit(f"{' '.join(command)} failed")
        busy, memory = _others()
        return {"wall": wall, "cpu": busy, "memory": memory}

    def _fetch_uv(self) -> str:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", self.folder]
        subprocess.run([*command, f"uv=={_UV}"], check=True)
        (found,) = [name for name in os.listdir(self.folder) if name.endswith(".whl")]
        with zipfile.ZipFile(os.path.join(self.folder, found)) as archive:
            (member,) = [name for name in archive.namelist() if name.endswith("/scripts/uv")]
            path = self._write("uv", archive.read(member))
        os.chmod(path, 0o755)  # noqa: S103
        return path

    def _write(self, name: str, data: bytes) -> str:
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path


def _others() -> tuple[float, float]:
    """Processor milliseconds and the largest memory in MiB of what was started beside, once it has ended."""
    busy = memory = 0.0
    while True:
        try:
            # A second call would find the index, which goes on: only those that are not our own children's.
            process, _, usage = os.wait4(-1, 0 if _left_beside() else os.WNOHANG)
        except ChildProcessError:
            return busy, memory
        if not process:
            return busy, memory
        busy += (usage.ru_utime + usage.ru_stime) * 1e3
        memory = max(memory, usage.ru_maxrss / 1024)


def _left_beside() -> bool:
    """Whether one of our children is none that we started: it was left to us by one that ended."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return any("--serve" not in _line(child) and "mitm" not in _line(child) for child in file.read().split())


def _line(process: str) -> str:
    with contextlib.suppress(OSError), open(f"/proc/{process}/cmdline", "rb") as file:
        return file.read().decode(errors="replace")
    return ""


@contextlib.contextmanager
def mitmproxy(executable: str, bench: Bench) -> Iterator[dict[str, str]]:
    """Another proxy with a script that does the same; gives the variables that lead through it."""
    script = bench._write("sign.py", _SCRIPT)  # noqa: SLF001
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--quiet", "--listen-port", str(port), "--set", f"confdir={bench.folder}/mitmproxy"]
    options += ["--set", f"ssl_verify_upstream_trusted_ca={bench.roots}", "--set", "stream_large_bodies=1m"]
    process = subprocess.Popen([executable, *options, "--scripts", script], env=bench.environ)
    try:
        authority = os.path.join(bench.folder, "mitmproxy", "mitmproxy-ca-cert.pem")
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        url = f"http://127.0.0.1:{port}"
        yield {"HTTP_PROXY": url, "HTTPS_PROXY": url, "SSL_CERT_FILE": authority}
    finally:
        process.terminate()
        process.wait()


_SCRIPT = b"""
def request(flow):
    flow.request.headers["Prefer"] = "no-analytics"
    flow.request.headers["User-Agent"] = flow.request.headers.get("User-Agent", "") + " (no-analytics)"
"""


def compare(bench: Bench, scheme: str, case: str, other: Mapping[str, str] | None, rounds: int) -> measure.Samples:
    """uv alone, behind us, and behind another proxy, round by round."""
    wheels, size = CASES[case]
    with index(wheels, size, bench.certificate if scheme == "https" else "") as url:
        sides: dict[str, Callable[[], Mapping[str, float]]] = {
            "direct": lambda: bench.install([], url, wheels, {}),
            "pep786": lambda: bench.install(RUN, url, wheels, {"PIP_NO_ANALYTICS": "1"}),
        }
        if other is not None:
            sides["mitmproxy"] = lambda: bench.install([], url, wheels, other)
        for side in sides.values():
            side()
        return measure.interleave(sides, rounds)


RUN = [sys.executable, "-m", "pep786", "run", "--"]


def main() -> None:
    """Measure and print."""
    parser = measure.arguments(__doc__ or "", 7)
    parser.add_argument("--mitmproxy", metavar="BIN", help="a mitmdump to compare with")
    parser.add_argument("--only", metavar="CASE", choices=list(CASES), help="one case")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
        return
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        bench = Bench(folder)
        other = stack.enter_context(mitmproxy(arguments.mitmproxy, bench)) if arguments.mitmproxy else None
        rows, data = [], {}
        for case in [arguments.only] if arguments.only else CASES:
            for scheme in ("https", "http"):
                samples = data[f"{case}, {scheme}"] = compare(bench, scheme, case, other, arguments.rounds)
                rows.append(_row(f"{case}, {scheme}", samples, other is not None))
        start = measure.interleave(
            {
                "direct": lambda: bench.run([bench.uv, "--version"], {}),
                "pep786": lambda: bench.run([*RUN, bench.uv, "--version"], {"PIP_NO_ANALYTICS": "1"}),
            },
            3 * arguments.rounds,
        )
        started = f"The start alone adds {measure.added(start, 'pep786.wall', 'direct.wall'):.0f} ms"
        header = ["", "wall, of direct", "cpu s", "memory MiB", *(["mitmproxy, of direct"] if other else [])]
        noise = measure.spread(start, "pep786.wall", "direct.wall")
        text = f"{measure.table(header, rows)}\n\n{started} (spread {noise:.0f})."
        measure.publish(text, arguments.json, samples=data, start=start)


def _row(name: str, samples: measure.Samples, compared: bool) -> list[str]:
    figures = [
        f"{measure.ratio(samples, 'pep786.wall', 'direct.wall'):.2f}",
        f"{measure.median(samples, 'pep786.cpu') / 1e3:.2f}",
        f"{measure.median(samples, 'pep786.memory'):.0f}",
    ]
    if compared:
        figures.append(f"{measure.ratio(samples, 'mitmproxy.wall', 'direct.wall'):.2f}")
    return [name, *figures]


if __name__ == "__main__":
    main()
