"""The standard logs of Amazon CloudFront: tab-separated, percent-encoded, columns named in ``#Fields``.

Source: Amazon CloudFront Developer Guide, "Standard logging (access logs)". There is no Prefer column unless
one was added (``cs(Prefer)``), so that it is the User-Agent comment that tells.
"""

from __future__ import annotations

from ... import preference
from .escapes import percents
from .lines import Format, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

#: The columns of version 1.0, for a file whose header was cut off.
STANDARD = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken "
    "x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    "fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end"
)


class CloudFront(Format):
    """One line of a standard log. Header lines are shared. statuses: those that are shared, all if empty."""

    def __init__(self, statuses: Collection[bytes] = ()) -> None:
        self._statuses = frozenset(statuses)
        self._take(STANDARD)

    def begin(self, head: bytes) -> None:
        """The columns of this file, from its header."""
        self._take(STANDARD)
        for line in head.splitlines():
            if line.startswith(b"#"):
                self.judge(line)

    def judge(self, line: bytes) -> Verdict:
        """By the User-Agent, decoded once or twice, whichever of the two has the comment; and by Prefer."""
        if line.startswith(b"#"):
            return self._header(line)
        columns = line.split(b"\t")
        if len(columns) != self._columns or self._user_agent is None:
            return Verdict.BROKEN
        if any(preference.opted_out(None, text) for text in percents(columns[self._user_agent])):
            return Verdict.OPTED_OUT
        if self._prefer is not None and any(preference.opted_out(text) for text in percents(columns[self._prefer])):
            return Verdict.OPTED_OUT
        if self._statuses and (self._status is None or columns[self._status] not in self._statuses):
            return Verdict.STATUS
        return Verdict.SHARED

    def _header(self, line: bytes) -> Verdict:
        if line.startswith(b"#Fields:"):
            self._take(line[len(b"#Fields:") :].decode("latin-1"))
            return Verdict.SHARED if self._user_agent is not None else Verdict.BROKEN
        return Verdict.SHARED if line.startswith(b"#Version:") else Verdict.BROKEN

    def _take(self, fields: str) -> None:
        names = fields.lower().split()
        self._columns = len(names)
        self._user_agent = names.index("cs(user-agent)") if "cs(user-agent)" in names else None
        self._prefer = names.index("cs(prefer)") if "cs(prefer)" in names else None
        self._status = names.index("sc-status") if "sc-status" in names else None
        # What is last has nothing behind it that would show that it was cut.
        self.open_ended = self._columns - 1 in {self._user_agent, self._prefer}
