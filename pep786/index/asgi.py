"""The boundary of an ASGI application: the signal stays outside, one flag goes in.

Source: ASGI 3.0, "Middleware" (a scope is copied before it is changed) and "HTTP Connection Scope" (header names
come in lower case); RFC 7240 section 2, RFC 9110 section 5.3 (field lines combine). ``receive`` and ``send``
are passed on as they are: bodies, streams and extensions are none of our business.
"""

from __future__ import annotations

from ..preference import NO_ANALYTICS, opted_out, without_prefer, without_user_agent
from . import flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Awaitable, Callable, List, MutableMapping, Sequence

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]
    Headers = List[Sequence[bytes]]

_PLAIN = [NO_ANALYTICS.encode()]  # nearly all that is ever sent, known without parsing


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
        if scope["type"] == "http":
            scope = admitted(scope)
        await self.app(scope, receive, send)


def admitted(scope: Scope) -> Scope:
    """A copy of an HTTP scope with the flag and without the signal; raises nothing.

    A flag that another of our middlewares has set further out stays: the signal is gone by then. A fault
    of ours counts as an opt-out, and then neither field goes in, as far as there are fields at all.
    """
    headers = scope.get("headers") or ()
    admitted = dict(scope)
    try:
        if type(headers) is not list:  # any iterable will do (ASGI)
            headers = list(headers)
        prefer: list[bytes] = []
        user_agents: list[bytes] = []
        for name, value in headers:
            if name == b"prefer":
                prefer.append(value)
            elif name == b"user-agent":
                user_agents.append(value)
        no_analytics = _opted_out(prefer, user_agents)
        if no_analytics:
            headers = _without(headers, prefer)
        else:
            no_analytics = scope.get(flag.FLAG) is True
    except Exception as error:
        flag.fault(error)
        headers = _without_both(headers)
        no_analytics = True
    admitted["headers"] = headers
    admitted[flag.FLAG] = no_analytics
    flag.put(no_analytics)
    return admitted


def _opted_out(prefer: list[bytes], user_agents: list[bytes]) -> bool:
    """Field lines of Prefer are one list; a User-Agent is no list, and a second one is looked at by itself."""
    if prefer == _PLAIN:
        return True
    if len(prefer) < 2 and len(user_agents) < 2:
        return opted_out(prefer[0] if prefer else None, user_agents[0] if user_agents else None)
    return opted_out(prefer) or any(opted_out(None, user_agent) for user_agent in user_agents)


def _without(headers: Headers, prefer: list[bytes]) -> Headers:
    """The fields without the signal, the others in their order; what is left of Prefer stands where it began."""
    left = None if prefer == _PLAIN else without_prefer(b",".join(prefer).decode("latin-1"))
    kept: Headers = []
    for field in headers:
        name = field[0]
        if name == b"user-agent":
            product = without_user_agent(field[1].decode("latin-1"))
            if product:
                kept.append((name, product.encode("latin-1")))
        elif name != b"prefer":
            kept.append(field)
        elif left:
            kept.append((name, left.encode("latin-1")))
            left = None
    return kept


def _without_both(headers: Any) -> Any:
    """Headers of whatever shape without the fields that may carry the signal, where they can be told apart."""
    try:
        return [field for field in headers if field[0].lower() not in {b"prefer", b"user-agent"}]
    except Exception:
        return []
