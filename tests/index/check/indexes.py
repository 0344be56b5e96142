"""A loopback index for browsers too, and the same with one fault: what an operator may get wrong."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, NamedTuple

from pep786.preference import opted_out
from pep786.verify import index as loopback
from pep786.verify.index import Request


class Reply(NamedTuple):
    """What is sent: status, fields, body."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


#: Gets a request and the right reply to it, and gives the one that is sent; None closes the connection.
Fault = Callable[[Request, Reply], "Reply | None"]

CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "Range, Prefer"}


def asks(request: Request) -> bool:
    return opted_out(request.prefer, request.user_agent)


class CheckedIndex(loopback.Index):
    """What ``pep786.verify`` serves, with CORS fields and preflight, and with a fault put in."""

    def __init__(
        self, fault: Fault | None = None, *, cors: bool = True, metadata: bool = True, redirect_files: bool = True
    ) -> None:
        super().__init__(metadata=metadata, redirect_files=redirect_files)
        self._fault = fault
        self._cors = cors

    def _listening(self) -> ThreadingHTTPServer:
        return _Server(self)

    def reply(self, request: Request) -> Reply | None:
        self._record(request)
        if request.method == "OPTIONS" and self._cors:
            right = Reply(200, dict(CORS))
        elif request.method not in ("GET", "HEAD"):
            right = Reply(405, {})
        else:
            status, headers, body = loopback._answer(self, request)
            right = Reply(status, {**headers, **(CORS if self._cors else {})}, body)
        return self._fault(request, right) if self._fault else right


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, index: CheckedIndex) -> None:
        self.index = index
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The client has gone: nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    timeout = 20

    def _respond(self) -> None:
        request = Request(self.command, self.path, self.headers.raw_items())
        reply = self.server.index.reply(request)
        if reply is None:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD" and reply.status != 304:
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_OPTIONS = _respond  # noqa: N815  the base class looks for these names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
        """What came is in ``received``."""


# -- faults: each is what some index does, or nearly did ------------------------------------------------------


def to_those_who_ask(change: Callable[[Request, Reply], Reply | None]) -> Fault:
    """A fault that only requests with the preference meet."""
    return lambda request, right: change(request, right) if asks(request) else right


def only(kind: str, fault: Fault, method: str = "GET") -> Fault:
    """A fault in the answers to one kind of request."""
    return lambda request, right: fault(request, right) if request.kind == kind and request.method == method else right


def refused(_: Request, __: Reply) -> Reply:
    return Reply(403, {})


def shortened(_: Request, right: Reply) -> Reply:
    return right._replace(body=right.body[:-1])


def forgeable(request: Request, right: Reply) -> Reply:
    """An index that believes a client's own note of the decision, and serves who has it less."""
    return refused(request, right) if request.values("X-No-Analytics") == ["1"] else right


def told(**fields: str) -> Callable[[Request, Reply], Reply]:
    """Fields that the answer gets."""
    added = {name.replace("_", "-"): value for name, value in fields.items()}
    return lambda _, right: right._replace(headers={**right.headers, **added})


def slow(seconds: float) -> Callable[[Request, Reply], Reply]:
    def wait(_: Request, right: Reply) -> Reply:
        time.sleep(seconds)
        return right

    return wait
