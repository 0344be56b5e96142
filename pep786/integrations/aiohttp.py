"""aiohttp: a client middleware signs each request of a session (aiohttp 3.12 and later).

A session hands every request of a redirect chain to its middlewares, each made anew from what the caller set
(aiohttp/client.py, ClientSession._request).
"""

from __future__ import annotations

from . import _signing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable

    from ..decision import Decision
    from ._signing import Signer

    Handler = Callable[[Any], Awaitable[Any]]


def sign(decision: Decision | None = None, *, tool: str | None = None) -> Callable[[Any, Handler], Awaitable[Any]]:
    """A client middleware that sends the preference, if the person opted out: a session takes it when it is made.

    decision  what was decided, once for the session; if None, ``pep786.resolve(tool)`` decides now.

    The session's headers stay as they are. GET and HEAD only, and no host that is known to be no index (design, D11).
    Put it last; and where a single request is given middlewares of its own, which stand in for the session's, there
    too::

        decision = pep786.resolve("mytool", flag=args.no_analytics)
        async with aiohttp.ClientSession(middlewares=[sign(decision)]) as session: ...
    """
    signer = _signing.signer(decision, tool)

    async def middleware(request: Any, handler: Handler) -> Any:
        _sign(signer, request)
        return await handler(request)

    return middleware


def request_class(base: type, decision: Decision | None = None, *, tool: str | None = None) -> type:
    """The same before aiohttp 3.12, the last line for Python 3.8: a class of requests that sign themselves.

    base  ``aiohttp.ClientRequest``, or a class made from it::

        aiohttp.ClientSession(request_class=request_class(aiohttp.ClientRequest, decision))
    """
    signer = _signing.signer(decision, tool)
    send: Any = base.send  # type: ignore[attr-defined]

    async def _send(request: Any, *args: Any, **kwargs: Any) -> Any:
        _sign(signer, request)
        return await send(request, *args, **kwargs)

    return type(base.__name__, (base,), {"send": _send})


def _sign(signer: Signer, request: Any) -> None:
    headers = request.headers
    prefer = ", ".join(headers.getall("Prefer", ())) or None
    signed = _signing.fields(signer, request.method, request.url.host or "", prefer, headers.get("User-Agent"))
    for name, value in signed.items():
        headers[name] = value
