"""aiohttp: the request is signed as it is sent; each redirect is a request of its own."""

from __future__ import annotations

from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from . import Signer


def sign(signer: Signer, module: ModuleType) -> None:
    """Have every client sign what it sends (aiohttp/client_reqrep.py, ClientRequest.send, a coroutine)."""
    request_class = module.ClientRequest
    send = request_class.send

    def _send(request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            _sign(signer, request)
        except Exception as fault:
            gates.warn("aiohttp", fault)
        return send(request, *args, **kwargs)

    request_class.send = _send


def _sign(signer: Signer, request: Any) -> None:
    """headers is a multidict of str; fields that stay keep their case and order."""
    if not signer.covers(request.method, (request.url.host or "").lower()):
        return
    before = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
    after = signer.signed(before)
    for name, value in after:
        if (name, value) not in before:
            request.headers[name.decode("latin-1")] = value.decode("latin-1")
