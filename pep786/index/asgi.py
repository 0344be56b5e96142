"""The boundary of an ASGI application: the signal stays outside, one flag goes in.

Source: ASGI 3.0, "Middleware" (a scope is copied before it is changed) and "HTTP Connection Scope" (header names
come in lower case); RFC 7240 section 2, RFC 9110 section 5.3 (field lines combine). ``receive`` and ``send``
are passed on as they are: bodies, streams and extensions are none of our business.
"""

from __future__ import annotations

from functools import lru_cache

from ..preference import without_prefer, without_user_agent
from . import flag
from .flag import FLAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, List, MutableMapping, Sequence

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]
    Headers = List[Sequence[bytes]]


# Of a longer Prefer nothing is remembered: memory stays within some kilobytes, whatever is sent.
_SHORT = 128


class ASGIMiddleware:
    """An ASGI application that decides on the preference, and hides it from the one that it is given.

    That one finds ``scope["pep786.no_analytics"]``, a bool, in every HTTP request; lifespan and websocket scopes
    are passed on untouched. ``prefer`` keeps all other preferences, in one line; ``user-agent`` loses the comment
    only. Put it outermost. Whatever the application raises is raised.
    """

    def __init__(self, app: Application) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a scope."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        inside, request = admitted(scope)
        try:
            await self.app(inside, receive, send)
        finally:
            flag.end(request)


def admitted(scope: Scope) -> tuple[Scope, flag.Request | None]:
    """A copy of an HTTP scope with the flag and without the signal, and what :func:`flag.end` wants; raises nothing.

    A flag that another of our middlewares has set further out stays: the signal is gone by then. A fault
    of ours counts as an opt-out, and then neither field goes in, as far as there are fields at all.
    """
    headers = scope.get("headers") or ()
    told = scope.get(FLAG)
    admitted = dict(scope)
    try:
        if type(headers) is not list:  # any iterable will do (ASGI)
            headers = list(headers)
        left = _without(headers)
        no_analytics = left is not headers or told is True
        headers = left
    except Exception as error:
        flag.fault(error)
        headers = _without_both(headers)
        no_analytics = True
    admitted["headers"] = headers
    admitted[FLAG] = no_analytics
    return admitted, flag.begin(no_analytics, told)


def _without(headers: Headers) -> Headers:
    """The fields without the signal, the others in their order; the very list where it is in none of them.

    Lines of Prefer are one list: what is left of it stands where it began. A User-Agent is no list, and a second one
    is looked at by itself.
    """
    lines, user_agents = [], []
    for at, (name, _) in enumerate(headers):
        if name == b"prefer":
            lines.append(at)
        elif name == b"user-agent":
            user_agents.append(at)
    kept = headers
    gone: list[int] = []
    for at in user_agents:
        user_agent = headers[at][1].decode("latin-1")
        product = without_user_agent(user_agent)
        if product is not user_agent:
            kept = headers.copy() if kept is headers else kept
            kept[at] = (b"user-agent", product.encode("latin-1"))
            if not product:
                gone.append(at)
    if lines:
        prefer = headers[lines[0]][1] if len(lines) == 1 else b",".join([headers[at][1] for at in lines])
        others = _others(prefer) if len(prefer) <= _SHORT else _others.__wrapped__(prefer)
        if others != prefer:
            kept = headers.copy() if kept is headers else kept
            kept[lines[0]] = (b"prefer", others)
            gone += lines[1:] if others else lines
    gone.sort()
    while gone:
        del kept[gone.pop()]
    return kept


# Clients of an index send few values, each of them often. What it holds is a pure function of what it is asked for.
@lru_cache(maxsize=128)
def _others(prefer: bytes) -> bytes:
    return (without_prefer(prefer.decode("latin-1")) or "").encode("latin-1")


def _without_both(headers: Any) -> Any:
    """Headers of whatever shape without the fields that may carry the signal, where they can be told apart."""
    try:
        return [field for field in headers if field[0].lower() not in {b"prefer", b"user-agent"}]
    except Exception:
        return []
