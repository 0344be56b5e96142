"""httpx and its successor httpx2: an event hook signs each request of a client, sync or async.

A client calls its request hooks for every request of a redirect chain, and makes each from the headers of the one
before (httpx/_client.py, _send_handling_redirects and _build_redirect_request). What the caller had set goes along in
``request.extensions``, and the hook starts from there: a host that is no index gets just that.
"""

from __future__ import annotations

from . import _signing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional, Tuple, TypeVar

    from ..decision import Decision
    from ._signing import Signer

    Client = TypeVar("Client")
    Kept = Dict[str, Tuple[Optional[str], Optional[str]]]

# In a request's extensions: of each field, what the caller had set and what we made of it.
_KEPT = "pep786.kept"


def sign(client: Client, decision: Decision | None = None, *, tool: str | None = None) -> Client:
    """Have an ``httpx.Client`` or ``AsyncClient`` send the preference, if the person opted out. Returns the client.

    decision  what was decided, once for the client; if None, ``pep786.resolve(tool)`` decides now.

    The client's headers stay as they are; what was sent is on ``response.request``. GET and HEAD only, and no host that
    is known to be no index (design, D11). Clients of httpx2 are taken as well::

        client = sign(httpx.Client(), pep786.resolve("mytool", flag=no_analytics))
    """
    signer = _signing.signer(decision, tool)

    def hook(request: Any) -> None:
        _sign(signer, request)

    async def async_hook(request: Any) -> None:
        _sign(signer, request)

    subject: Any = client
    # Last, so that what other hooks set is seen.
    subject.event_hooks["request"].append(async_hook if hasattr(client, "aclose") else hook)
    return client


def _sign(signer: Signer, request: Any) -> None:
    headers = request.headers
    kept: Kept = request.extensions.get(_KEPT, {})
    callers = {}
    for name in ("Prefer", "User-Agent"):
        now = headers.get(name)
        before, ours = kept.get(name, (now, now))
        callers[name] = before if now == ours else now
    signed = _signing.fields(signer, request.method, request.url.host, callers["Prefer"], callers["User-Agent"])
    for name, value in callers.items():
        _set(headers, name, signed.get(name, value))
    request.extensions = {**request.extensions, _KEPT: {name: (callers[name], headers.get(name)) for name in callers}}


def _set(headers: Any, name: str, value: str | None) -> None:
    """Set a field, or take it out; several lines of it become one, in the place of the first."""
    if value is None:
        headers.pop(name, None)
    elif headers.get(name) != value:
        headers[name] = value
