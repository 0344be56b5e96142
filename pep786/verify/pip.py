"""The person's pip: which it is, how the signal gets out of it, and what an index receives from it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import ClassVar

from .. import resolver
from . import judging, running
from .cases import built_in, tried_on
from .distributions import NEEDS
from .errors import NoToolError
from .index import Index
from .judging import Outcome
from .places import fill
from .sandbox import Sandbox

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, Sequence

    from .cases import Case

# The first release lines of pip that fetch what a build needs, and that carry a parser for TOML.
_BUILDS, _TOML = 19, 10

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
    if os.path.dirname(python):  # it is asked in another folder; a bare name is looked up
        python = os.path.abspath(python)
    with Sandbox() as sandbox:
        sandbox.write_pip_conf("")
        answer = sandbox.run([python, "-c", _PROBE], {})
    try:
        found = json.loads(answer.output.splitlines()[-1])
        tier = "native" if found["native"] else "shim" if found["hooked"] else "injected" if inject else "none"
        return Pip(python, str(found["version"]), str(found["path"]), tier)
    except (ValueError, LookupError, TypeError):
        last = answer.output.strip().splitlines()[-1:] or [f"exit status {answer.status}"]
        raise NoPipError(f"{python} has no pip that runs: {last[0][:200]}") from None


def verify(pip: Pip, cases: Sequence[Case] | None = None) -> Iterator[Outcome]:
    """Run pip in each case's situation, a few at a time, and judge each in turn; None: those that pip is tried on."""
    wanted = tried_on("pip", "pip") if cases is None else cases
    yield from running.in_turn(lambda case: judge(pip, case), wanted, max(2, os.cpu_count() or 1))


def judge(pip: Pip, case: Case) -> Outcome:
    """Run pip in one case's situation, in a sandbox and against an index of its own."""
    why_not = unasked(pip, case) or judging.unasked(case)
    if why_not:
        return Outcome(case, "skipped", why_not)
    with Sandbox(inject=pip.tier == "injected") as sandbox, Index() as index:
        places = lay_out(sandbox, case)
        said = {name: fill(value, places) for name, value in case.environment.items()}
        machine = resolver.resolve(
            "pip", environ=sandbox.environment(said), cwd=sandbox.project, command=_command(case)
        )
        if machine.opted_out and not case.opted_out and not case.flags:
            return Outcome(case, "skipped", f"this machine opts out by {machine.origin}")
        for count in range(case.runs):
            index.clear()
            target = os.path.join(sandbox.root, f"target{count}")
            run = sandbox.run(_command_line(pip, case, index, target), said)
        needs = NEEDS[case.requirement] if case.runs == 1 else ()
        return judging.judge(case, run, index.received, tool="pip", needs=needs)


def unasked(pip: Pip, case: Case) -> str | None:
    """Why this pip need not meet a case; None: it has to."""
    line = int(pip.version.partition(".")[0])
    if "build" in case.aspects and line < _BUILDS:
        return f"needs pip {_BUILDS} or later"
    if pip.tier == "native" and (not case.native or not reads(line, case)):
        return judging.takes_the_shim(case)
    return None


def reads(line: int, case: Case) -> bool:
    """Whether native support in a release line can know what decides: pip 9 carries no parser for pyproject.toml."""
    return line >= _TOML or "pyproject.toml" not in case.expect.origin


def lay_out(sandbox: Sandbox, case: Case) -> dict[str, str]:
    """Write the case's files; what the placeholders stand for is returned."""
    places = built_in().own("pip").among(sandbox.places, "pip")
    files = {fill(name, places): fill(text, places) for name, text in case.files.items()}
    sandbox.write_pip_conf(files.pop(places["pip_conf"], ""))
    for name, text in files.items():
        sandbox.write(name, text)
    return places


def _command(case: Case) -> str:
    """The subcommand: what a build is asked of fetches its requirements too."""
    return case.command or ("wheel" if "build" in case.aspects else "download")


def _command_line(pip: Pip, case: Case, index: Index, target: str) -> list[str]:
    """The command line of a case. pip caches only what comes from a host it trusts."""
    command = _command(case)
    folder = "--dest" if command == "download" else "--wheel-dir"
    where = ["--index-url", index.url(case.path), "--trusted-host", "127.0.0.1", "--trusted-host", "localhost"]
    arguments = [command, folder, target, *where, *case.arguments, case.requirement]
    return [pip.python, "-m", "pip", *case.before, *arguments]
