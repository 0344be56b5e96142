"""h11, under httpcore and so httpx, and under their forks: the request event is signed as it is sent."""

from __future__ import annotations

from .. import scope
from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from . import Signer


def sign(signer: Signer, module: ModuleType) -> None:
    """Have every connection sign what it sends (h11/_connection.py, Connection.send_with_data_passthrough)."""
    connection_class, request_class = module.Connection, module.Request
    send = connection_class.send_with_data_passthrough

    def _send(connection: Any, event: Any) -> Any:
        if type(event) is request_class:
            try:
                event = _signed(signer, event)
            except Exception as fault:
                gates.warn("h11", fault)
        return send(connection, event)

    connection_class.send_with_data_passthrough = _send


def _signed(signer: Signer, event: Any) -> Any:
    target = event.target.decode("latin-1")
    if "://" in target.partition("?")[0]:
        host = scope.host_of(target)
    else:
        host = scope.host_of("any://" + dict(event.headers).get(b"host", b"").decode("latin-1"))
    if not signer.covers(event.method.decode("latin-1"), host):
        return event
    raw_items = getattr(event.headers, "raw_items", None)
    fields = list(raw_items() if raw_items else event.headers)
    return type(event)(
        method=event.method, target=event.target, headers=signer.signed(fields), http_version=event.http_version
    )
