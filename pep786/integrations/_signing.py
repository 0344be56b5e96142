"""What all the HTTP libraries have in common: the fields that sign one request."""

from __future__ import annotations

from .. import preference, resolver, scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..decision import Decision

# urllib3's word for a header that is to be left out (urllib3/util/request.py); requests hands it through.
_LEFT_OUT = "@@@SKIP_HEADER@@@"


class Signer:
    """Signs the requests of one client.

    decision  whether the person opted out.
    """

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.suffix = resolver.wants_suffix()

    def covers(self, method: str, host: str) -> bool:
        """Whether a request with this method to this host (without port, lower case) carries the preference."""
        return method in scope.METHODS and scope.may_be_index(host) and self.decision.opted_out


def signer(decision: Decision | None, tool: str | None) -> Signer:
    """What signs the requests of one client, from the decision, or from one that is made now for the tool."""
    return Signer(resolver.resolve(tool) if decision is None else decision)


def fields(
    by: Signer, method: str, host: str, prefer: str | bytes | None, user_agent: str | bytes | None
) -> dict[str, str]:
    """The header fields to set on a request; none where it does not carry the preference (design, D11 and D12).

    method, host         as the request has them.
    prefer, user_agent   as the request has them, several Prefer lines joined by commas; None where it has none.
    """
    if not by.covers(method.upper(), host.lower()):
        return {}
    found = {"Prefer": preference.prefer(text(prefer))}
    if by.suffix and user_agent != _LEFT_OUT:
        found["User-Agent"] = preference.user_agent(text(user_agent))
    return found


def text(value: str | bytes | None) -> str | None:
    """A field's value as text: some libraries take bytes, which HTTP reads as latin-1."""
    return value.decode("latin-1") if isinstance(value, bytes) else value
