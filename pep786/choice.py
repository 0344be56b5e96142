"""What holds for the requests of one process: the decision, and what the person chose for single indexes."""

from __future__ import annotations

from . import scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .config.hosts import Hosts
    from .decision import Decision


class Choice:
    """What holds for the requests of one process: the decision, and the hosts for which the person chose otherwise.

    decision  for all hosts.
    hosts     the choice for single ones (config/hosts.py), which is configuration: None where something stronger
              than that decided.
    """

    __slots__ = ("decision", "hosts")

    def __init__(self, decision: Decision, hosts: Hosts | None = None) -> None:
        self.decision = decision
        self.hosts = hosts

    @classmethod
    def of(cls, decision: Decision, environ: Mapping[str, str]) -> Choice:
        """A decision with the choice for single hosts as environ's files have it. Raises nothing for what is there."""
        if decision.source in ("flag", "environment"):
            return cls(decision)
        from .config import own

        return cls(decision, own.read(environ).hosts)

    @property
    def speaks(self) -> bool:
        """Whether any request at all may carry the preference."""
        return self.decision.opted_out or bool(self.hosts and self.hosts.denied)

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing in the configuration that a person should mend."""
        more = self.hosts.warnings if self.hosts else []
        return tuple(dict.fromkeys((*self.decision.warnings, *more)))

    def signs(self, host: str) -> bool:
        """Whether what is fetched from a host (in lower case) carries the preference, if it is an index."""
        chosen = self.hosts.says(host) if self.hosts else None
        return self.decision.opted_out if chosen is None else chosen

    def verdict(self, method: str, host: str) -> tuple[bool, str]:
        """Whether a request carries the preference, and why: a few words for the journal."""
        if not scope.may_be_index(host):
            return False, "no index"
        return self.why(host) if method in scope.METHODS else (False, "upload")

    def why(self, host: str) -> tuple[bool, str]:
        """:meth:`signs`, and why."""
        chosen = self.hosts.says(host) if self.hosts else None
        if chosen is not None:
            return chosen, "denied host" if chosen else "allowed host"
        decision = self.decision
        return decision.opted_out, "nobody opted out" if decision.source == "default" else decision.origin
