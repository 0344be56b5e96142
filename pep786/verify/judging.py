"""A run, judged: what the index received decides, not what the tool says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Generic, TypeVar

from .situation import Situation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Literal

    from .index import Kind, Request
    from .sandbox import Run

    Verdict = Literal["passed", "failed", "skipped"]

Clauses = TypeVar("Clauses", bound=Situation)

#: What counts as having fetched a distribution. A tool that only locks reads its metadata instead.
FILES: tuple[Kind, ...] = ("file", "range")
FILES_OR_METADATA: tuple[Kind, ...] = ("file", "range", "metadata")


@dataclass(frozen=True)
class Outcome(Generic[Clauses]):
    """One clause, judged; reason is one line for people, received what the index was sent."""

    clause: Clauses
    verdict: Verdict
    reason: str
    received: tuple[Request, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "clause": asdict(self.clause),
            "verdict": self.verdict,
            "reason": self.reason,
            "received": [request.as_dict() for request in self.received],
        }


def judge(
    clause: Clauses,
    run: Run,
    received: Iterable[Request],
    *,
    tool: str,
    needs: Iterable[str],
    kinds: tuple[Kind, ...] = FILES,
) -> Outcome[Clauses]:
    """The outcome of a run.

    tool   what to call it.
    needs  beginnings of file names that must be among what was fetched, so that "all of none" is no pass.
    kinds  the kinds of request that count as fetching one.
    """
    received = tuple(received)
    reason = (
        _ended(tool, run)
        or _missing(received, needs, kinds)
        or next((fault for fault in (_request_fault(clause, request, received) for request in received) if fault), None)
    )
    return Outcome(clause, "failed" if reason else "passed", reason or tally(received), received)


def tally(received: tuple[Request, ...]) -> str:
    """What the index received, in one line."""
    preferring = sum(bool(request.prefer) for request in received)
    suffixed = sum("(no-analytics)" in (request.user_agent or "") for request in received)
    return f"{len(received)} requests: {preferring} with Prefer, {suffixed} with the suffix"


def _ended(tool: str, run: Run) -> str | None:
    """How the run went wrong; None when it did not."""
    if run.status == 0:
        return None
    said = [line for line in run.output.splitlines() if line.strip()]
    ended = "did not end" if run.status is None else f"ended with {run.status}"
    return f"{tool} {ended}: {said[-1].strip() if said else 'no output'}"


def _missing(received: tuple[Request, ...], needs: Iterable[str], kinds: tuple[Kind, ...]) -> str | None:
    """What should have been asked for and was not."""
    fetched = [request.path.rpartition("/")[2] for request in received if request.kind in kinds]
    for needed in needs:
        if not any(name.startswith(needed) for name in fetched):
            return f"{needed} was not fetched from the index ({tally(received)})"
    return None if received else "the index received no request"


def _request_fault(clause: Situation, request: Request, received: tuple[Request, ...]) -> str | None:
    """What is wrong with one of the requests; None when nothing is."""
    user_agent = request.user_agent or ""
    suffixes = user_agent.count("(no-analytics)")
    fault = None
    if not clause.opted_out:
        if request.prefer or suffixes:
            fault = f"Prefer: {request.prefer}, User-Agent: {user_agent}"
    elif request.prefer != ["no-analytics"]:
        fault = f"Prefer: {', '.join(request.prefer) or 'none'}"
    elif suffixes != int(clause.suffix) or (clause.suffix and not user_agent.endswith(" (no-analytics)")):
        fault = f"User-Agent: {user_agent}"
    return fault and f"{request.method} {request.path}: received {fault} ({tally(received)})"
