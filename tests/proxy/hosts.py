"""Servers with public names on this machine: a released nginx in TLS that would rather speak HTTP/2, and its log.

The names lead nowhere but through :class:`Resolver`, a proxy "of the company" that takes every name to the nginx.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from pep786.verify.distributions import demo_distributions
from pep786.verify.pages import html_page
from tests.listening import Listener, read_request, shovel

if TYPE_CHECKING:
    from typing import Iterable

    from pep786.proxy.authority import Authority
    from pep786.verify.distributions import Distribution

_CONFIG = """\
daemon off; worker_processes 1; pid nginx.pid; error_log error.log; {user}
events {{ worker_connections 256; }}
http {{
    log_format witness '$host\\t$server_protocol\\t$request_method\\t$request_uri\\t$http_prefer\\t$http_user_agent\\t'
        '$http_authorization\\t$http_proxy_authorization';
    access_log access.log witness;
    default_type application/octet-stream; types {{ text/html html; }}
    client_body_temp_path body; proxy_temp_path t1; fastcgi_temp_path t2; uwsgi_temp_path t3; scgi_temp_path t4;
    root content; autoindex off; keepalive_timeout 5;
    {servers}
}}
"""
_SERVER = """\
    server {{
        {listen} server_name {host};
        ssl_certificate {file}; ssl_certificate_key {file};
        location / {{ add_header Cache-Control max-age={age}; index index.html; }}
        location = /legacy/ {{ return 200 ok; }}
        location /locked/ {{ auth_basic company; auth_basic_user_file users; alias content/simple/; }}
        location /moved/ {{ return 302 https://files.example:$server_port/files$request_uri; }}
    }}
"""


class Asked(NamedTuple):
    """A request as nginx has it."""

    host: str
    protocol: str
    method: str
    path: str
    prefer: str
    user_agent: str
    authorization: str
    proxy_authorization: str

    @property
    def signed(self) -> bool:
        return self.prefer == "no-analytics" and self.user_agent.endswith("} (no-analytics)")

    @property
    def untouched(self) -> bool:
        return (self.prefer, "no-analytics" in self.user_agent) == ("-", False)


class Hosts:
    """The nginx, with a certificate for each of its hosts; all have the same content.

    There are the pages /simple/NAME/, whose files are at ``files``, /files/FILENAME, the same pages below /locked/
    for "me" with the password "secret", and whatever :attr:`content` gets.
    """

    def __init__(
        self,
        authority: Authority,
        names: Iterable[str],
        offered: Iterable[Distribution] = (),
        *,
        files: str = "",
        address: str = "127.0.0.1",
        age: int = 0,
    ) -> None:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if program is None:
            pytest.skip("there is no nginx here")
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="nginx-")
        self.root = Path(self._folder.name)
        self.content = self.root / "content"
        self.port, self.plain_port = _free(address), _free(address)
        where = f"[{address}]" if ":" in address else address
        servers = f"    server {{ listen {where}:{self.plain_port}; }}\n"
        for number, host in enumerate(names):
            file = f"certificate{number}.pem"
            (self.root / file).write_bytes(authority.server(host))
            listen = f"listen {where}:{self.port} ssl http2;"
            servers += _SERVER.format(
                listen=listen, host=f"[{host}]" if ":" in host else host, file=self.root / file, age=age
            )
        user = "user root;" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
        (self.root / "nginx.conf").write_text(_CONFIG.format(servers=servers, user=user))
        (self.root / "users").write_text("me:{PLAIN}secret\n")
        (self.content / "files").mkdir(parents=True)
        for one in offered or demo_distributions():
            (self.content / "files" / one.filename).write_bytes(one.data)
            page = self.content / "simple" / one.name / "index.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            text = html_page(one.name, [one], metadata=False).replace('"/files/', f'"{files}/files/')
            page.write_text((page.read_text() if page.exists() else "") + text)

    def __enter__(self) -> Hosts:  # noqa: PYI034  typing.Self is newer than Python 3.8
        command = [self._program, "-p", str(self.root), "-c", "nginx.conf"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while not (self.root / "nginx.pid").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                pytest.fail(f"nginx: {self._process.communicate()[1].decode()}")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()
        self._folder.cleanup()

    @property
    def log(self) -> list[Asked]:
        """What was asked so far: nginx writes it down when it has answered, which is soon."""
        lines = (self.root / "access.log").read_text().splitlines()
        return [Asked(*line.split("\t")) for line in lines]

    def clear(self) -> None:
        (self.root / "access.log").write_text("")

    def waited(self, least: int, host: str = "") -> list[Asked]:
        """The log, of one host or all, once it has so many lines or some time has gone."""
        deadline = time.monotonic() + 5
        while True:
            found = [one for one in self.log if host in ("", one.host)]
            if len(found) >= least or time.monotonic() > deadline:
                return found
            time.sleep(0.02)


class Resolver(Listener):
    """A forward proxy that takes every name to one port of this machine, and remembers what it was asked for."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self._to = address, port
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def serve(self, client: socket.socket) -> None:
        head, rest = read_request(client)
        self.heads.append(head.decode("latin-1"))
        with socket.create_connection(self._to) as server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            shovel(client, server, rest)


def _free(address: str) -> int:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as free:
        return int(free.getsockname()[1])


@functools.lru_cache(maxsize=None)
def has_ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def file_of(name: str) -> Distribution:
    """The wheel of a demo distribution."""
    return next(one for one in demo_distributions() if one.name == name and re.search(r"\.whl$", one.filename))
