"""The person's pip: which it is, how the signal gets out of it, and what an index receives from it."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

from .. import resolver
from . import judging
from .clauses import PIP, Clause
from .fault import NoToolError
from .index import Index
from .judging import Outcome
from .sandbox import Sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

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

    name: ClassVar[str] = "pip"

    python: str
    version: str
    path: str
    tier: str


class NoPipError(NoToolError):
    """The interpreter has no pip, or none that runs; says which, and what it printed last."""


def find(python: str = sys.executable, *, inject: bool = False) -> Pip:
    """The pip that ``python -m pip`` runs. Raises :class:`NoPipError`."""
    with Sandbox() as sandbox:
        sandbox.write_pip_conf("")
        answer = sandbox.run([python, "-c", _PROBE], {})
    try:
        found = json.loads(answer.output.splitlines()[-1])
    except (ValueError, IndexError):
        last = answer.output.strip().splitlines()[-1:] or [f"exit status {answer.status}"]
        raise NoPipError(f"{python} has no pip that runs: {last[0]}") from None
    tier = "native" if found["native"] else "shim" if found["hooked"] else "injected" if inject else "none"
    return Pip(python, found["version"], found["path"], tier)


def verify(pip: Pip, clauses: tuple[Clause, ...] = PIP) -> Iterator[Outcome[Clause]]:
    """Run pip in each clause's situation, a few at a time, and judge each in turn."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 1)) as pool:
        yield from pool.map(lambda clause: judge(pip, clause), clauses)


def judge(pip: Pip, clause: Clause) -> Outcome[Clause]:
    """Run pip in one clause's situation, in a sandbox and against an index of its own."""
    with Sandbox(inject=pip.tier == "injected") as sandbox, Index() as index:
        sandbox.write_pip_conf(clause.pip_conf or "")
        if clause.pyproject is not None:
            sandbox.write("project/pyproject.toml", clause.pyproject)
        if clause.own_config is not None:
            sandbox.write_own(clause.own_config)
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
        return judging.judge(clause, run, index.received, tool="pip", needs=clause.needs)


def _command(pip: Pip, clause: Clause, index: Index, target: str) -> list[str]:
    """The command line of a clause. pip caches only what comes from a host it trusts."""
    folder = "--dest" if clause.command == "download" else "--wheel-dir"
    where = ["--index-url", index.url(clause.index), "--trusted-host", "127.0.0.1", "--trusted-host", "localhost"]
    arguments = [clause.command, folder, target, *where, *clause.after, clause.requirement]
    return [pip.python, "-m", "pip", *clause.before, *arguments]
