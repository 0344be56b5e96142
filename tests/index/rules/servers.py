"""Servers of this machine, each started from what ``pep786 index rules`` prints, in front of an origin.

The configuration around the snippet is as small as the server allows. What the snippet's comments tell an operator
to run (varnishncsa) is taken from the comments.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple

import pytest

from pep786.index import rules
from tests.index.running import answers, free_port, needed, started, varnish, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ECHO = "/usr/lib/nginx/modules/ngx_http_echo_module.so"
APACHE_MODULES = Path("/usr/lib/apache2/modules")


class Server(NamedTuple):
    """A server that runs: where it listens, and the lines of its two logs so far."""

    port: int
    shared: Callable[[], list[str]]
    internal: Callable[[], list[str]]


def _lines(path: Path) -> Callable[[], list[str]]:
    return lambda: path.read_bytes().decode("latin-1").split("\n")[:-1] if path.exists() else []


@contextmanager
def _listening(command: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    said = folder / "said.log"
    with started(command, said, {"APACHE_LOG_DIR": str(folder)}) as process:
        wait_for(lambda: answers(port) or process.poll() is not None, f"{command[0]} starts")
        if process.poll() is not None:
            pytest.fail(f"{command[0]} does not start: {said.read_text()[-3000:]}")
        yield


@contextmanager
def nginx(behind: int, folder: Path, name: str = "nginx") -> Iterator[Server]:
    """Nginx as one process, as whoever runs the tests."""
    needed("nginx")
    load = ""
    if name == "nginx-1.22":
        if not Path(ECHO).exists():
            pytest.skip("this nginx has no echo module (Debian: libnginx-mod-http-echo)")
        load = f"load_module {ECHO};"
    (folder / "rules.conf").write_text(rules.text(name).replace("/var/log/nginx", str(folder)))
    port = free_port()
    temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""
        {load} daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
        events {{ }}
        http {{
            include {folder}/rules.conf;
            client_body_temp_path {folder}/body; {temporary}
            server {{
                listen 127.0.0.1:{port};
                location / {{ proxy_http_version 1.1; proxy_pass http://127.0.0.1:{behind}; }}
            }}
        }}""")
    with _listening(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], folder, port):
        yield Server(port, _lines(folder / "shared.log"), _lines(folder / "internal.log"))


@contextmanager
def nginx_before_1_23(behind: int, folder: Path) -> Iterator[Server]:
    """The same with the rule that looks at all lines."""
    with nginx(behind, folder, "nginx-1.22") as server:
        yield server


@contextmanager
def apache(behind: int, folder: Path) -> Iterator[Server]:
    """Apache httpd with the modules that the rule names, and a proxy."""
    needed("apache2")
    (folder / "rules.conf").write_text(rules.text("apache"))
    port = free_port()
    modules = [
        f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so"
        for name in ("mpm_event", "authz_core", "setenvif", "headers", "proxy", "proxy_http")
    ]
    root = ["User www-data", "Group www-data"] if os.getuid() == 0 else []
    (folder / "apache.conf").write_text(
        "\n".join(
            [
                *modules,
                *root,
                f"Listen 127.0.0.1:{port}\nServerName index.test\nPidFile {folder}/pid\nDefaultRuntimeDir {folder}",
                f"ErrorLog {folder}/error.log\nStartServers 1\nMinSpareThreads 1\nProxyPass / http://127.0.0.1:{behind}/",
                f"Include {folder}/rules.conf\n",
                "<Location /simple/redirected-missing/>\nProxyErrorOverride On\nErrorDocument 404 /simple/instead/",
                "</Location>\n",
            ]
        )
    )
    with _listening(["apache2", "-DFOREGROUND", "-f", str(folder / "apache.conf")], folder, port):
        yield Server(port, _lines(folder / "shared.log"), _lines(folder / "internal.log"))


@contextmanager
def haproxy(behind: int, folder: Path) -> Iterator[Server]:
    """HAProxy, and in rsyslog's place a socket; what begins with the one word is shared, as the comments say."""
    needed("haproxy")
    port = free_port()
    with _syslog() as (syslog, lines):
        (folder / "haproxy.cfg").write_text(f"""
global
    log 127.0.0.1:{syslog} len 65535 format raw local0
defaults
    mode http
    log global
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend index
    bind 127.0.0.1:{port}
{rules.text("haproxy")}
    default_backend origin
backend origin
    server origin 127.0.0.1:{behind}
""")
        with _listening(["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], folder, port):
            yield Server(port, lambda: [line for line in lines if line.startswith("shared|")], lambda: list(lines))


@contextmanager
def _syslog() -> Iterator[tuple[int, list[str]]]:
    lines: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(("127.0.0.1", 0))

        def take() -> None:
            while True:
                line = taker.recv(1 << 17).decode("latin-1").rstrip("\n")
                if line == "end":
                    return
                lines.append(line)

        thread = threading.Thread(target=take)
        thread.start()
        port: int = taker.getsockname()[1]
        try:
            yield port, lines
        finally:
            taker.sendto(b"end", ("127.0.0.1", port))
            thread.join()


#: What an operator may have of its own behind ours.
_OWN_VCL = """
sub vcl_backend_response { set beresp.do_esi = bereq.url ~ "parted"; }
sub vcl_deliver {
    if (req.restarts == 0 && req.url ~ "rolled-back") { std.rollback(req); }
    if (req.restarts == 0 && req.url ~ "restarted") { return (restart); }
}
"""


@contextmanager
def varnish_cache(behind: int, folder: Path) -> Iterator[Server]:
    """Varnish and the two varnishncsa of the comments."""
    snippet = rules.text("varnish")
    backend = f'vcl 4.1; backend origin {{ .host = "127.0.0.1"; .port = "{behind}"; }}\n'
    shared, internal = folder / "shared.log", folder / "internal.log"
    with ExitStack() as stack:
        cache = stack.enter_context(
            varnish(backend + snippet + _OWN_VCL, folder / "varnish", ["-p", "vsl_reclen=4084"])
        )
        for log in (shared, internal):
            stack.enter_context(cache.logging(_varnishncsa(snippet, log.name), log))
        yield Server(cache.port, _lines(shared), _lines(internal))


def _varnishncsa(snippet: str, log: str) -> list[str]:
    """The options of the varnishncsa that the comments give for a log, without where it writes."""
    commands = re.findall(r"^#     varnishncsa (.*\\\n#         .*)$", snippet, re.MULTILINE)
    command = next(shlex.split(found.replace("\\\n#", "")) for found in commands if log in found)
    at = command.index("-w")
    return command[:at] + command[at + 2 :]


SERVERS = {
    "nginx": nginx,
    "nginx-1.22": nginx_before_1_23,
    "apache": apache,
    "haproxy": haproxy,
    "varnish": varnish_cache,
}


def first_line_only() -> bool:
    """Whether the nginx that is here sees only the first of several lines, as all before 1.23 do."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    said = subprocess.run([nginx, "-v"], check=True, capture_output=True, text=True).stderr
    major, minor = re.findall(r"\d+", said)[:2]
    return (int(major), int(minor)) < (1, 23)


#: Vectors that come out otherwise: in nginx before 1.23, and where a rule leaves out what it cannot read for sure.
SHARED_THOUGH_OPTED_OUT = {"A20", "A22", "A23", "A36", "A42"}
NOT_SHARED_THOUGH_NOT = {
    "nginx-1.22": {"B30", "B31", "B34", "B38"},
    "varnish": {"D32"},
    "haproxy": {"B38", "D32"},
}
