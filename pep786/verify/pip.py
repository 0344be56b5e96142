"""The person's pip: which it is, how the signal gets out of it, and what an index receives from it."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from .. import resolver
from .clauses import PIP, Clause
from .index import Index, Request
from .sandbox import Run, Sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Literal

    Verdict = Literal["passed", "failed", "skipped"]

# Run by the interpreter that is asked about; prints one line of JSON.
_PROBE = """
import json, sys
hooked = any(getattr(finder, "pep786", False) for finder in sys.meta_path)
sys.meta_path[:] = [finder for finder in sys.meta_path if not getattr(finder, "pep786", False)]
import importlib, pip
for home in ("_internal.cli.cmdoptions", "_internal.cmdoptions", "cmdoptions"):
    try:
        options = importlib.import_module("pip." + home).general_group["options"]
        break
    except ImportError:
        pass
native = any("--no-analytics" in make()._long_opts for make in options)
print(json.dumps({"version": pip.__version__, "path": pip.__path__[0], "hooked": hooked, "native": native}))
"""


@dataclass(frozen=True)
class Pip:
    """One pip: the interpreter that runs it, and its tier, the way the signal gets out.

    tier  "native": it supports the PEP itself; "shim": ours is installed beside it; "injected": ours is put
          in for this run only; "none": it sends nothing.
    """

    python: str
    version: str
    path: str
    tier: str


class NoPipError(Exception):
    """The interpreter has no pip, or none that runs; says which, and what it printed last."""


@dataclass(frozen=True)
class Outcome:
    """One clause, judged: what the index received decides, not what the tool says."""

    clause: Clause
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


def find(python: str = sys.executable, *, inject: bool = False) -> Pip:
    """The pip that ``python -m pip`` runs. Raises :class:`NoPipError`."""
    with Sandbox() as sandbox:
        sandbox.write(PIP[0])
        answer = sandbox.run([python, "-c", _PROBE], {})
    try:
        found = json.loads(answer.output.splitlines()[-1])
    except (ValueError, IndexError):
        last = answer.output.strip().splitlines()[-1:] or [f"exit status {answer.status}"]
        raise NoPipError(f"{python} has no pip that runs: {last[0]}") from None
    tier = "native" if found["native"] else "shim" if found["hooked"] else "injected" if inject else "none"
    return Pip(python, found["version"], found["path"], tier)


def verify(pip: Pip, clauses: tuple[Clause, ...] = PIP) -> Iterator[Outcome]:
    """Run pip in each clause's situation, a few at a time, and judge each in turn."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        yield from pool.map(lambda clause: judge(pip, clause), clauses)


def judge(pip: Pip, clause: Clause) -> Outcome:
    """Run pip in one clause's situation, in a sandbox and against an index of its own."""
    with Sandbox(inject=pip.tier == "injected") as sandbox, Index() as index:
        sandbox.write(clause)
        line = int(pip.version.partition(".")[0])
        if line < clause.since:
            return Outcome(clause, "skipped", f"needs pip {clause.since} or later")
        if pip.tier == "native" and (clause.native is None or line < clause.native):
            return Outcome(clause, "skipped", "takes the shim; this pip supports the PEP itself")
        environ = sandbox.environment(dict(clause.variables))
        machine = resolver.resolve("pip", environ=environ, cwd=sandbox.project, command=clause.command)
        if machine.opted_out and not clause.opted_out and not clause.flagged:
            return Outcome(clause, "skipped", f"this machine opts out by {machine.origin}")
        for count in range(clause.runs):
            index.clear()
            target = os.path.join(sandbox.root, f"target{count}")
            run = sandbox.run(_command(pip, clause, index, target), dict(clause.variables))
        received = tuple(index.received)
        reason = _fault(clause, run, received)
        return Outcome(clause, "failed" if reason else "passed", reason or tally(received), received)


def tally(received: tuple[Request, ...]) -> str:
    """What the index received, in one line."""
    preferring = sum(bool(request.prefer) for request in received)
    suffixed = sum("(no-analytics)" in (request.user_agent or "") for request in received)
    return f"{len(received)} requests: {preferring} with Prefer, {suffixed} with the suffix"


def _command(pip: Pip, clause: Clause, index: Index, target: str) -> list[str]:
    """The command line of a clause. pip caches only what comes from a host it trusts."""
    folder = "--dest" if clause.command == "download" else "--wheel-dir"
    where = ["--index-url", index.url(clause.index), "--trusted-host", "127.0.0.1", "--trusted-host", "localhost"]
    arguments = [clause.command, folder, target, *where, *clause.after, clause.requirement]
    return [pip.python, "-m", "pip", *clause.before, *arguments]


def _fault(clause: Clause, run: Run, received: tuple[Request, ...]) -> str | None:
    """Why the clause does not hold; None when it does."""
    if run.status != 0:
        said = [line for line in run.output.splitlines() if line.strip()]
        return f"pip ended with {run.status}: {said[-1].strip() if said else 'no output'}"
    fetched = [request.path.rpartition("/")[2] for request in received if request.kind in ("file", "range")]
    for needed in clause.needs:
        if not any(name.startswith(needed) for name in fetched):
            return f"{needed} was not fetched from the index ({tally(received)})"
    if not received:
        return "the index received no request"
    for request in received:
        fault = _request_fault(clause, request)
        if fault:
            return f"{request.method} {request.path}: {fault} ({tally(received)})"
    return None


def _request_fault(clause: Clause, request: Request) -> str | None:
    user_agent = request.user_agent or ""
    suffixes = user_agent.count("(no-analytics)")
    if not clause.opted_out:
        return f"received Prefer: {request.prefer}, User-Agent: {user_agent}" if request.prefer or suffixes else None
    if request.prefer != ["no-analytics"]:
        return f"received Prefer: {', '.join(request.prefer) or 'none'}"
    if suffixes != int(clause.suffix) or (clause.suffix and not user_agent.endswith(" (no-analytics)")):
        return f"received User-Agent: {user_agent}"
    return None
