"""What the servers of the tests serve: applications that tell what they see of a request.

``/same`` is the same for all who ask, in one piece; ``/stream`` comes in three pieces, ``/file`` as the server
sends files. Imported in the servers' processes, which have this project and no test library.
"""

from __future__ import annotations

import io
import json
from typing import Any, Iterable, Iterator

from pep786.index import ASGIMiddleware, WSGIMiddleware


def _wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/stream":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (part for part in (b"one ", b"two ", b"three"))
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "70000")])
        wrapped: Iterable[bytes] = environ.get("wsgi.file_wrapper", _pieces)(io.BytesIO(b"file " * 14000), 4096)
        return wrapped
    body = b"the same for all"
    if environ["PATH_INFO"] != "/same":
        told = {
            "flag": environ["pep786.no_analytics"],
            "prefer": environ.get("HTTP_PREFER"),
            "user_agent": environ.get("HTTP_USER_AGENT"),
        }
        body = json.dumps(told).encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def _pieces(file: io.BytesIO, size: int) -> Iterator[bytes]:
    """For servers that offer no wrapper."""
    return iter(lambda: file.read(size), b"")


async def _asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        assert "pep786.no_analytics" not in scope
        while True:
            kind = (await receive())["type"].rsplit(".", 1)[1]
            await send({"type": f"lifespan.{kind}.complete"})
            if kind == "shutdown":
                return
    parts = [b"the same for all"]
    if scope["path"] == "/stream":
        parts = [b"one ", b"two ", b"three"]
    elif scope["path"] == "/file":
        parts = [b"file " * 14000]
    elif scope["path"] != "/same":
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        told = {
            "flag": scope["pep786.no_analytics"],
            "prefer": ", ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"prefer")
            or None,
            "user_agent": headers.get("user-agent"),
        }
        parts = [json.dumps(told).encode()]
    length = [] if len(parts) > 1 else [(b"content-length", str(len(parts[0])).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), *length]})
    for number, part in enumerate(parts, 1):
        await send({"type": "http.response.body", "body": part, "more_body": number < len(parts)})


wsgi = WSGIMiddleware(_wsgi)
asgi = ASGIMiddleware(_asgi)
