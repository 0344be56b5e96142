"""What ``pep786.index``'s middleware adds to a request, over WSGI and ASGI, against the application by itself.

The application answers an empty page; the request is one of pip's, as gunicorn and uvicorn give it to applications:
twelve fields, a User-Agent with JSON. Each round calls all sides in batches of some milliseconds, in an order that
changes. "adds" is what a call takes longer than the bare application's in the same round, in CPU time, since
nothing in it waits. No server and no socket is in that; the last column is its part of a whole request to the
standard library's ``http.server`` over loopback, by the clock on the wall.
"""

from __future__ import annotations

import http.client
import http.server
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Iterable

from figures import goal
from measure import (
    Samples,
    Side,
    added,
    arguments,
    batch,
    interleave,
    median,
    more,
    parsed,
    per_call,
    publish,
    ratio,
    spread,
    table,
)

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from pep786.index import ASGIMiddleware, WSGIMiddleware

if TYPE_CHECKING:
    from pep786.index.asgi import Receive, Scope, Send

PIP = (
    'pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},"name":'
    '"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.11.7"},"installer":'
    '{"name":"pip","version":"26.3"},"openssl_version":"OpenSSL 3.0.15 3 Sep 2024","python":"3.11.7",'
    '"setuptools_version":"69.0.3","system":{"name":"Linux","release":"6.1.0"}}'
)
#: What one of pip's requests has beside its User-Agent, and what proxies add.
FIELDS = {
    "host": "pypi.org",
    "accept-encoding": "gzip, deflate",
    "accept": "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
    "connection": "keep-alive",
    "cache-control": "max-age=0",
    "x-forwarded-for": "192.0.2.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "pypi.org",
    "via": "1.1 proxy",
    "x-request-id": "6f88a684ad90df48",
}
#: The fields of the signal, in the cases that occur.
SIGNALS: dict[str, dict[str, str]] = {
    "no signal": {"user-agent": PIP},
    "another preference": {"user-agent": PIP, "prefer": "respond-async, wait=10"},
    "Prefer": {"user-agent": PIP, "prefer": "no-analytics"},
    "Prefer and comment": {"user-agent": f"{PIP} (no-analytics)", "prefer": "no-analytics"},
    "among other preferences": {"user-agent": PIP, "prefer": 'respond-async, no-analytics, foo="a, b"'},
}


#: The flag of the last request, where there was one.
_seen: list[object] = [None]


def _wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    _seen[0] = environ.get("pep786.no_analytics")
    start_response("200 OK", [])
    return []


async def _asgi(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  ASGI
    _seen[0] = scope.get("pep786.no_analytics")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _start_response(*_: object) -> Any:
    return None


async def _receive() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def _send(_message: Any) -> None:
    return None


def wsgi_call(app: Callable[..., Any], fields: dict[str, str]) -> Callable[[], object]:
    """A request: an environ of its own, as a server makes one, and the call."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/simple/packaging/",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.multithread": True,
    }
    environ.update((f"HTTP_{name.upper().replace('-', '_')}", value) for name, value in fields.items())
    return lambda: app(environ.copy(), _start_response)


def asgi_call(app: Callable[..., Any], fields: dict[str, str]) -> Callable[[], object]:
    """A request: the scope, and the coroutine run to its end without a loop, since it waits for nothing."""
    headers: list[tuple[bytes, bytes]] = [(name.encode(), value.encode()) for name, value in fields.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "path": "/simple/packaging/",
        "query_string": b"",
        "headers": headers,
        "client": ("192.0.2.1", 40000),
        "server": ("192.0.2.2", 443),
    }

    def call() -> None:
        try:
            app(scope.copy(), _receive, _send).send(None)
        except StopIteration:
            return

    return call


def sides() -> dict[str, Side]:
    """The bare application and the wrapped one, for each interface and signal."""
    found: dict[str, Side] = {}
    interfaces: dict[str, tuple[Callable[..., Any], Any, Callable[..., Callable[[], object]]]] = {
        "WSGI": (_wsgi, WSGIMiddleware, wsgi_call),
        "ASGI": (_asgi, ASGIMiddleware, asgi_call),
    }
    for interface, (app, middleware, request) in interfaces.items():
        for signal, fields in SIGNALS.items():
            flag = "no-analytics" in str(fields)
            for kind, served, expected in (("bare", app, None), ("wrapped", middleware(app), flag)):
                call = request(served, {**FIELDS, **fields})
                call()
                if _seen[0] is not expected:
                    sys.exit(f"{interface}, {signal}, {kind}: the flag is {_seen[0]}")
                found[f"{interface} {signal} {kind}"] = _side(call, batch(call))
    return found


def _side(call: Callable[[], object], number: int) -> Side:
    return lambda: {"us": per_call(call, number, time.thread_time)}


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the log is not what is measured."""


def loopback() -> Side:
    """One request over a kept connection."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)

    def call() -> None:
        connection.request("GET", "/", headers={**FIELDS, "user-agent": PIP})
        connection.getresponse().read()

    return lambda: {"us": per_call(call, 20)}


def text(samples: Samples) -> str:
    """One row for each interface and signal."""
    rows = []
    for interface in ("WSGI", "ASGI"):
        for signal in SIGNALS:
            bare, wrapped = (f"{interface} {signal} {kind}.us" for kind in ("bare", "wrapped"))
            rows.append(
                [
                    f"{interface}, {signal}",
                    f"{median(samples, bare):.2f} µs",
                    f"{added(samples, wrapped, bare):+.2f} µs",
                    goal(f"middleware.{interface} {signal}"),
                    f"{spread(samples, wrapped, bare):.2f} µs",
                    f"{ratio(samples, wrapped, bare):.2f}",
                    f"{100 * added(samples, wrapped, bare) / median(samples, 'loopback.us'):.2f} %",
                ]
            )
    return table(["request", "bare", "adds", "goal", "noise", "ratio", "of http.server"], rows)


def main() -> None:
    """Measure and print."""
    options = parsed(arguments(__doc__ or "", rounds=30))
    samples = interleave({**sides(), "loopback": loopback()}, options.rounds)
    figures = {
        f"middleware.{interface} {signal}": more(
            samples, f"{interface} {signal} wrapped.us", f"{interface} {signal} bare.us"
        )
        for interface in ("WSGI", "ASGI")
        for signal in SIGNALS
    }
    publish(text(samples), options.json, figures=figures, rounds=options.rounds, samples=samples)


if __name__ == "__main__":
    main()
