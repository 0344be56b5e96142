"""requests: every transport adapter of a session signs what it sends.

requests follows redirects itself and sends each request of the chain through an adapter (requests/sessions.py,
SessionRedirectMixin.resolve_redirects), copying the headers of the one before. What is signed is therefore a copy:
a redirect to a host that is no index starts from what the caller set.
"""

from __future__ import annotations

from .. import scope
from . import _signing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..decision import Decision
    from ._signing import Signer

    Session = TypeVar("Session")


def sign(session: Session, decision: Decision | None = None, *, tool: str | None = None) -> Session:
    """Have a ``requests.Session`` send the preference, if the person opted out. Returns the session.

    decision  what was decided, once for the session; if None, ``pep786.resolve(tool)`` decides now.

    Adapters that are mounted keep doing what they do; mount your own before this. What was sent is on
    ``response.request``; the session's headers stay as they are. GET and HEAD only, and no host that is known to
    be no index (design, D11)::

        session = sign(requests.Session(), pep786.resolve("mytool", flag=args.no_analytics))
    """
    signer = _signing.signer(decision, tool)
    adapters: Any = session.adapters  # type: ignore[attr-defined]
    for prefix, adapter in list(adapters.items()):
        adapters[prefix] = _Adapter(adapter, signer)  # in its place: mount would sort anew
    return session


class _Adapter:
    """A transport adapter (requests/adapters.py, BaseAdapter) in front of another, whose attributes it shows."""

    def __init__(self, adapter: Any, signer: Signer) -> None:
        self._adapter = adapter
        self._signer = signer

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Send the request, or a signed copy of it; whatever the adapter behind returns or raises."""
        headers = request.headers
        host = scope.host_of(request.url or "")
        signed = _signing.fields(
            self._signer, request.method or "", host, headers.get("Prefer"), headers.get("User-Agent")
        )
        if signed:
            request = request.copy()
            request.headers.update(signed)
        return self._adapter.send(request, *args, **kwargs)

    def close(self) -> None:
        """Close the adapter behind."""
        self._adapter.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_adapter":  # asked for by copy and pickle before there is one
            raise AttributeError(name)
        return getattr(self._adapter, name)
