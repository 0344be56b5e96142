"""urllib.request: a handler signs each request of an opener.

It goes last among those that prepare a request, and sets what urllib itself calls unredirected headers
(urllib/request.py, Request.add_unredirected_header): a redirect starts from what the caller set, and is signed in turn.
"""

from __future__ import annotations

import urllib.request

from .. import scope
from . import _signing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..decision import Decision
    from ._signing import Signer


def sign(
    opener: urllib.request.OpenerDirector, decision: Decision | None = None, *, tool: str | None = None
) -> urllib.request.OpenerDirector:
    """Have an opener send the preference, if the person opted out. Returns the opener.

    decision  what was decided, once for the opener; if None, ``pep786.resolve(tool)`` decides now.

    ``opener.addheaders`` stays as it is. GET and HEAD only, and no host that is known to be no index (design, D11)::

        opener = sign(urllib.request.build_opener(), pep786.resolve("mytool", flag=args.no_analytics))
    """
    opener.add_handler(_Handler(_signing.signer(decision, tool)))
    return opener


class _Handler(urllib.request.BaseHandler):
    handler_order = 990  # after AbstractHTTPHandler.do_request_, which puts addheaders in

    def __init__(self, signer: Signer) -> None:
        self.signer = signer

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        """The request, signed."""
        prefer, user_agent = request.get_header("Prefer"), request.get_header("User-agent")
        host = scope.host_of(request.full_url)
        signed = _signing.fields(self.signer, request.get_method(), host, prefer, user_agent)
        for name, value in signed.items():
            request.add_unredirected_header(name, value)
        return request

    https_request = http_request
