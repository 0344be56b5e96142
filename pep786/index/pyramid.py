"""For Pyramid: ``config.include("pep786.index.pyramid")`` gives ``request.no_analytics`` and hides the signal.

Source: Pyramid, "Registering Tweens" and ``Configurator.add_request_method``. The boundary is a tween, the outermost
of those added without a place of their own, whenever they are added. WSGI middleware still stands outside of
it and sees the signal: where the application can be wrapped, wrap it in :class:`pep786.index.WSGIMiddleware`; both
together are fine.
"""

from __future__ import annotations

from . import flag, wsgi

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def includeme(config: Any) -> None:
    """Add the tween and the property to a Pyramid configuration."""
    config.add_request_method(no_analytics, property=True)
    # The tween added last is the outermost, and an action runs when all that was included is known.
    config.action(__name__, config.add_tween, (f"{__name__}.tween",))


def no_analytics(request: Any) -> bool:
    """Whether the request asks to be left out of analytics; True too where the tween has not run."""
    return request.environ.get(flag.FLAG) is not False


def tween(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:  # noqa: ARG001  Pyramid's signature
    """The handler behind the boundary."""

    def admitting(request: Any) -> Any:
        admitted = wsgi.admit(request.environ)
        try:
            return handler(request)
        finally:
            flag.end(admitted)

    return admitting
