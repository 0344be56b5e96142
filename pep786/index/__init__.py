"""For those who run an index: the decision, and what is built on it. Nothing here runs inside a tool.

Nothing is loaded until a name is used.
"""

from __future__ import annotations

__all__ = ["ASGIMiddleware", "NoAnalyticsFilter", "WSGIMiddleware"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .access_log import NoAnalyticsFilter
    from .asgi import ASGIMiddleware
    from .wsgi import WSGIMiddleware

_HOMES = {"ASGIMiddleware": "asgi", "NoAnalyticsFilter": "access_log", "WSGIMiddleware": "wsgi"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(__import__(f"{__name__}.{_HOMES[name]}", fromlist=["*"]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
