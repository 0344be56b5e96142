"""urllib3: every connection pool of a pool manager signs what it sends.

A pool manager follows redirects itself, with the headers of the request before (urllib3/poolmanager.py,
PoolManager.urlopen), and asks a pool for each. Pools know the host and keep what they sign to themselves: a redirect
to a host that is no index starts from what the caller set.
"""

from __future__ import annotations

import importlib

from .. import scope
from . import _signing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from ..decision import Decision
    from ._signing import Signer

    Manager = TypeVar("Manager")

# What urllib3 sends of itself (urllib3/connection.py, HTTPConnection.request), once nobody else sets anything.
_USER_AGENT = f"python-urllib3/{importlib.import_module('urllib3').__version__}"


def sign(manager: Manager, decision: Decision | None = None, *, tool: str | None = None) -> Manager:
    """Have a ``urllib3.PoolManager`` or ``ProxyManager`` send the preference, if the person opted out. Returns it.

    decision  what was decided, once for the manager; if None, ``pep786.resolve(tool)`` decides now.

    The manager's headers stay as they are; its pools are made anew. GET and HEAD only, and no host that is known to be
    no index (design, D11)::

        http = sign(urllib3.PoolManager(), pep786.resolve("mytool", flag=args.no_analytics))
    """
    signer = _signing.signer(decision, tool)
    subject: Any = manager
    # The place for one's own classes: "so other PoolManagers can override them", says PoolManager.__init__.
    subject.pool_classes_by_scheme = {
        scheme: type(kind.__name__, (_Signing, kind), {"signer": signer})
        for scheme, kind in subject.pool_classes_by_scheme.items()
    }
    subject.clear()
    return manager


class _Signing:
    """Goes before a class of connection pools."""

    signer: Signer

    def urlopen(
        self: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Send the request, signed; whatever the pool returns or raises. url is absolute to a plain proxy."""
        if headers is None:
            headers = self.headers
        host = scope.host_of(url) if "://" in url.partition("?")[0] else self.host
        return super().urlopen(method, url, body, _signed(self.signer, method, host, headers), *args, **kwargs)  # type: ignore[misc]


def _signed(signer: Signer, method: str, host: str, headers: Any) -> Any:
    """The headers, or a copy of the same kind with the fields in the place of their own."""
    held = [((_signing.text(name) or "").lower(), name) for name in headers]
    before: dict[str, Any] = {lower: headers[name] for lower, name in held}
    signed = _signing.fields(signer, method, host, before.get("prefer"), before.get("user-agent", _USER_AGENT))
    if not signed:
        return headers
    copied = headers.copy() if hasattr(headers, "copy") else dict(headers)
    for lower, name in held:
        if lower.title() in signed:
            del copied[name]
    copied.update(signed)
    return copied
