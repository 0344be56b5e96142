"""aiohttp: the request is signed as it is sent; each redirect is a request of its own."""

from __future__ import annotations

from ..startup import gates
from . import sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from .sender import Sender


def sign(signer: Sender, module: ModuleType) -> None:
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


def _sign(signer: Sender, request: Any) -> None:
    """headers is a multidict of str; fields that stay keep their case and order."""
    url = request.url
    covered = signer.covers(request.method, (url.host or "").lower())
    if not covered and signer.journal is None:
        return
    before = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.items()]
    after = signer.signed(before) if covered else before
    for name, value in after:
        if (name, value) not in before:
            request.headers[name.decode("latin-1")] = value.decode("latin-1")
    if request.method != "CONNECT":
        usual = {"http": 80, "https": 443}.get(url.scheme)
        signer.note(request.method, sender.authority(url.raw_host or "", url.port, usual), url.raw_path, after)
