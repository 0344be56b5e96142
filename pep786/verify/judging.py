"""A run, judged: what the index received decides, not what the tool says."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass

from ..preference import COMMENT
from .cases.case import SUFFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Literal

    from .cases import Case
    from .index import Kind, Request
    from .running import Run

    Verdict = Literal["passed", "failed", "skipped"]

#: What counts as having fetched a distribution. A tool that only locks reads its metadata instead.
FILES: tuple[Kind, ...] = ("file", "range")
FILES_OR_METADATA: tuple[Kind, ...] = ("file", "range", "metadata")

#: How much is shown of what a tool said last.
_SHOWN = 200


@dataclass(frozen=True)
class Outcome:
    """One case, judged; reason is one line for people, received what the index was sent."""

    case: Case
    verdict: Verdict
    reason: str
    received: tuple[Request, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "case": asdict(self.case),
            "verdict": self.verdict,
            "reason": self.reason,
            "received": [request.as_dict() for request in self.received],
        }


def judge(
    case: Case,
    run: Run,
    received: Iterable[Request],
    *,
    tool: str,
    needs: Iterable[str],
    kinds: tuple[Kind, ...] = FILES,
    suffix: bool | None = True,
) -> Outcome:
    """The outcome of a run.

    tool   what to call it.
    needs  beginnings of file names that must be among what was fetched, so that "all of none" is no pass.
    kinds  the kinds of request that count as fetching one.
    suffix whether the tool sends the User-Agent suffix, which the draft leaves to it; None: it may.
    """
    received = tuple(received)
    faults = (_request_fault(case, request, received, suffix) for request in received)
    reason = _ended(tool, run) or _missing(received, needs, kinds) or next(filter(None, faults), None)
    return Outcome(case, "failed" if reason else "passed", reason or tally(received), received)


def tally(received: tuple[Request, ...]) -> str:
    """What the index received, in one line."""
    preferring = sum(bool(request.prefer) for request in received)
    suffixed = sum(COMMENT in (request.user_agent or "") for request in received)
    return f"{len(received)} requests: {preferring} with Prefer, {suffixed} with the suffix"


def _ended(tool: str, run: Run) -> str | None:
    """How the run went wrong; None when it did not."""
    if run.status == 0:
        return None
    said = [line for line in run.output.splitlines() if line.strip()]
    ended = "did not end" if run.status is None else f"ended with {run.status}"
    return f"{tool} {ended}: {said[-1].strip()[:_SHOWN] if said else 'no output'}"


def _missing(received: tuple[Request, ...], needs: Iterable[str], kinds: tuple[Kind, ...]) -> str | None:
    """What should have been asked for and was not."""
    fetched = [request.path.rpartition("/")[2] for request in received if request.kind in kinds]
    for needed in needs:
        if not any(name.startswith(needed) for name in fetched):
            return f"{needed} was not fetched from the index ({tally(received)})"
    return None if received else "the index received no request"


def _has_suffix_as(user_agent: str, wanted: bool | None) -> bool:
    """Whether the suffix is there, once and last, or is not, as it is wanted; None: either will do."""
    count = user_agent.count(COMMENT)
    if count == 0:
        return not wanted
    return wanted is not False and count == 1 and user_agent.endswith(SUFFIX)


def _request_fault(case: Case, request: Request, received: tuple[Request, ...], suffix: bool | None) -> str | None:
    """What is wrong with one of the requests; None when nothing is."""
    user_agent = request.user_agent or ""
    fault = None
    if not case.opted_out:
        if request.prefer or COMMENT in user_agent:
            fault = f"Prefer: {request.prefer}, User-Agent: {user_agent}"
    elif request.prefer != [case.expect.prefer]:
        fault = f"Prefer: {', '.join(request.prefer) or 'none'}"
    elif not _has_suffix_as(user_agent, case.suffix and suffix):
        fault = f"User-Agent: {user_agent}"
    return fault and f"{request.method} {request.path}: received {fault} ({tally(received)})"


def unasked(case: Case) -> str | None:
    """Why no run can show a case here; None: one can."""
    if not case.wire:
        return "is to be decided, and cannot be seen at an index"
    if case.platform and case.platform != sys.platform:
        return f"is about {case.platform}"
    return None


def takes_the_shim(case: Case) -> str:
    """Why a tool with native support need not meet a case that is not for it."""
    return case.except_native or "takes the shim; it is no part of the draft"
