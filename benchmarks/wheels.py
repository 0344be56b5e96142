"""An index of wheels on the loopback interface for proxy.py and growth.py: its files, its server, a line that is slow.

A script too, since the server and the line are processes of their own: ``wheels.py serve FOLDER PORT [CERTIFICATE]``
and ``wheels.py slow-down PORT TARGET RATE``.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import os
import random
import socket
import socketserver
import ssl
import sys
import threading
import time
import zipfile

MB = 10**6


def make_index(folder: str, wheels: int, size: int) -> None:
    """Write pages, metadata and wheels with so many bytes that do not compress."""
    block = random.Random(786).randbytes(MB) if hasattr(random.Random, "randbytes") else os.urandom(MB)  # noqa: S311
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
                for start in range(0, size, MB):
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
        for block in iter(lambda: file.read(MB), b""):
            digest.update(block)
    return digest.hexdigest()


NGINX = """\
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


def serve(folder: str, port: str, certificate: str = "") -> None:
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


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    else:
        slow_down(*sys.argv[2:])
