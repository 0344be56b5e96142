"""The boundary of a WSGI application: the signal stays outside, one flag goes in.

Source: PEP 3333, "environ Variables" (the dictionary is the application's to change) and "Middleware";
RFC 7240 section 2. The answer is the application's, the very object: the preference changes nothing in it
(design, D15), and a server recognises its ``wsgi.file_wrapper`` by type.
"""

from __future__ import annotations

from ..preference import without_prefer, without_user_agent
from . import flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Protocol

    from _typeshed.wsgi import StartResponse

    class Application(Protocol):
        """PEP 3333's application; a server's environ has keys of many types."""

        def __call__(self, environ: dict[str, Any], start_response: StartResponse, /) -> Iterable[bytes]:
            """Answer a request."""


class WSGIMiddleware:
    """A WSGI application that decides on the preference, and hides it from the one that it is given.

    That one finds ``environ["pep786.no_analytics"]``, a bool, in every request. ``HTTP_PREFER`` keeps all other
    preferences, ``HTTP_USER_AGENT`` loses the comment only. Put it outermost: what stands around it, error
    trackers among them, sees the signal. Whatever the application raises is raised.
    """

    def __init__(self, app: Application) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = admit(environ)
        try:
            return self.app(environ, start_response)
        finally:
            flag.end(request)


def admit(environ: dict[str, Any]) -> flag.Request | None:
    """Set the flag in an environ and take the signal out of it; raises nothing. Gives what :func:`flag.end` wants.

    A flag that another of our middlewares has set further out stays: the signal is gone by then. A fault
    of ours counts as an opt-out, and then neither field goes in.
    """
    told = environ.get(flag.FLAG)
    try:
        prefer, user_agent = environ.get("HTTP_PREFER"), environ.get("HTTP_USER_AGENT")
        others = prefer and without_prefer(prefer)
        product = user_agent and without_user_agent(user_agent)
        if others is prefer and product is user_agent:
            no_analytics = told is True
        else:
            _set(environ, "HTTP_PREFER", others)
            _set(environ, "HTTP_USER_AGENT", product)
            no_analytics = True
    except Exception as error:
        flag.fault(error)
        environ.pop("HTTP_PREFER", None)
        environ.pop("HTTP_USER_AGENT", None)
        no_analytics = True
    environ[flag.FLAG] = no_analytics
    return flag.begin(no_analytics, told)


def _set(environ: dict[str, Any], name: str, value: str | None) -> None:
    if value:
        environ[name] = value
    else:
        environ.pop(name, None)
