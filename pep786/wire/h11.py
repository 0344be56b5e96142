"""h11, under httpcore and so httpx, and under their forks: the request event is signed as it is sent."""

from __future__ import annotations

from .. import scope
from ..startup import gates
from . import sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from .sender import Sender


def sign(signer: Sender, module: ModuleType) -> None:
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


def _signed(signer: Sender, event: Any) -> Any:
    method, target = event.method.decode("latin-1"), event.target.decode("latin-1")
    if "://" in target.partition("?")[0]:
        authority, path = sender.split(target)
    else:
        authority, path = dict(event.headers).get(b"host", b"").decode("latin-1"), target
    covered = signer.covers(method, scope.host_of(f"any://{authority}"))
    if (not covered and signer.journal is None) or method == "CONNECT":
        return event
    raw_items = getattr(event.headers, "raw_items", None)
    fields = list(raw_items() if raw_items else event.headers)
    if covered:
        fields = signer.signed(fields)
        event = type(event)(method=event.method, target=event.target, headers=fields, http_version=event.http_version)
    signer.note(method, authority.lower(), path, fields)
    return event
