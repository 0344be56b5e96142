"""An index of one page on the loopback interface, in a process of its own: the scale for request.py."""

from __future__ import annotations

import contextlib
import http.server
import os
import subprocess
import sys
from typing import Iterator

PAGE = b"<!DOCTYPE html><title>Links for pip</title>\n" + b'<a href="pip-1.0-py3-none-any.whl">pip</a><br>\n' * 40


class Page(http.server.BaseHTTPRequestHandler):
    """An index of one page, which keeps its connections and answers in one packet."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """The page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start this file as a process; gives its port."""
    with subprocess.Popen([sys.executable, os.path.abspath(__file__)], stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().strip() if server.stdout else ""
        finally:
            server.terminate()


def serve() -> None:
    """Answer until ended, after the port is printed."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve()
