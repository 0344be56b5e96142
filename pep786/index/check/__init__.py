"""A black-box test of an index: does it answer the same with the preference as without?

Everything here is asked over HTTP, one request after the other, with the standard library alone. What an
index does with its logs cannot be seen from outside; :data:`UNSEEN` says so.

Source: PEP 786, "Index Behaviour"; RFC 7240 sections 2 and 3; the Fetch standard for preflight requests.
"""

from __future__ import annotations

from .asking import UnusableIndexError, Visitor, without_credentials
from .clauses import CLAUSES, Outcome
from .finding import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CLAUSES", "UNSEEN", "Check", "Outcome", "UnusableIndexError"]

#: What no outsider can check, one sentence each.
UNSEEN = (
    "what is done with the logs: whether requests with the preference are left out of what is shared",
    "which other parties get single requests: storage, error trackers, sampled feeds",
    "what becomes of raw lines, backups and older logs",
    "whether numbers about those who opted out are published",
)


class Check:
    """One run against one index.

    url      the index, as given to ``--index-url``; a user and a password in it are sent, and never shown.
    project  the project to ask for; the first one of the index's project list if None.
    timeout  seconds for each request.
    pairs    how many pairs of requests are timed.

    Raises :class:`UnusableIndexError` where the index cannot be asked at all, or has nothing to ask for.
    """

    def __init__(self, url: str, project: str | None = None, timeout: float = 10.0, pairs: int = 50) -> None:
        self._visitor = Visitor(url, timeout)
        try:
            self._found = find(self._visitor, project)
        except UnusableIndexError:
            self._visitor.close()
            raise
        self._pairs = pairs

    @property
    def url(self) -> str:
        """The index, without credentials."""
        return without_credentials(self._visitor.base)

    @property
    def project(self) -> str:
        """The project that is asked for."""
        return self._found.project

    @property
    def mark(self) -> str:
        """What the User-Agent of every request of this run contains, for the operator's look into the logs."""
        return self._visitor.mark

    @property
    def sent(self) -> tuple[int, int]:
        """How many requests were sent so far: with the preference, and without."""
        return self._visitor.asked, self._visitor.plain

    def outcomes(self) -> Iterator[Outcome]:
        """Judge every clause, one after the other; each is asked for when it is its turn."""
        try:
            for clause in CLAUSES:
                verdict, reason = clause.judge(self._visitor, self._found, self._pairs)
                yield Outcome(clause.name, verdict, reason)
        finally:
            self._visitor.close()
