"""Every tool but pip: one file to a tool, under its command's name, says how to lead it to the loopback index."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from ... import resolver
from .. import judging, running
from ..cases import tried_on
from ..distributions import demo_distributions
from ..index import Index
from ..judging import Outcome
from ..sandbox import Sandbox
from .driver import Driver, Stage, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, Sequence

    from ..cases import Case
    from ..distributions import Distribution

_NO_TOOLS = ("described", "driver")

#: The commands that can be verified, besides pip: a file here for each.
NAMES = tuple(sorted(module.replace("_", "-") for _, module, _ in iter_modules(__path__) if module not in _NO_TOOLS))

#: How many cases are tried at a time. Tools make environments and fill caches: more would only wait for the disk.
_AT_A_TIME = 2


def driver(name: str) -> Driver:
    """The driver of a tool out of :data:`NAMES`."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    made: Driver = module.DRIVER
    return made


def project(tool: Tool) -> str:
    """The name that a tool's own cases go by."""
    return (tool.driver or driver(tool.name)).project


def verify(tool: Tool, cases: Sequence[Case] | None = None) -> Iterator[Outcome]:
    """Run the tool in each case's situation, a few at a time, and judge each in turn; None: the usual ones."""
    cases = tried_on("tools", project(tool)) if cases is None else cases
    yield from running.in_turn(lambda case: judge(tool, case), cases, _AT_A_TIME)


def judge(tool: Tool, case: Case) -> Outcome:
    """Run the tool in one case's situation, in a sandbox and against an index of its own."""
    how = tool.driver or driver(tool.name)
    why_not = unasked(tool, case, how) or judging.unasked(case)
    if why_not:
        return Outcome(case, "skipped", why_not)
    with Sandbox(inject=tool.tier == "injected") as sandbox, Index(_offered(how)) as index:
        stage = Stage(how, tool, case, sandbox, index)
        environ = variables(stage)
        for _ in range(case.runs):
            index.clear()
            stage.clear()
            stage.lay_out()
            if _machine_opts_out(stage, environ):
                return Outcome(case, "skipped", "this machine opts out by a file of its own")
            for command in how.commands(stage):
                run = sandbox.run(command, environ)
                if run.status != 0:
                    break
        # Caches may spare a later run the files, and are judged by what they let through.
        needs = how.needs[case.requirement] if case.runs == 1 else ()
        received, kinds = index.received, judging.FILES_OR_METADATA
        return judging.judge(case, run, received, tool=tool.name, needs=needs, kinds=kinds, suffix=how.suffix)


def unasked(tool: Tool, case: Case, how: Driver) -> str | None:
    """Why this tool need not meet a case; None: it has to."""
    lacked = [how.cannot[aspect] for aspect in sorted(case.aspects) if aspect in how.cannot]
    why_not = how.not_here(tool) or (lacked[0] if lacked else None)
    if why_not is None and how.commanded and case.command not in ("", *how.commanded):
        why_not = f"is about the subcommand {case.command}"
    if why_not is None and tool.tier in ("native", "described") and not case.native:
        why_not = judging.takes_the_shim(case)
    return why_not


def _offered(how: Driver) -> list[Distribution]:
    other = {(made.name, made.version) for made in how.offers}
    return [*how.offers, *(made for made in demo_distributions() if (made.name, made.version) not in other)]


def variables(stage: Stage) -> dict[str, str]:
    """What the environment says: to pips that the tool starts, to the tool, and in this case."""
    where = {"PIP_INDEX_URL": stage.simple, "PIP_TRUSTED_HOST": "127.0.0.1 localhost"}
    # virtualenv, inside many a tool, asks its maker's own index in the background for what it might seed with.
    where["VIRTUALENV_NO_PERIODIC_UPDATE"] = "1"
    said = {**stage.driver.variables, **stage.case.environment}
    return {**where, **{name: stage.fill(value) for name, value in said.items()}}


def _machine_opts_out(stage: Stage, said: dict[str, str]) -> bool:
    if stage.case.opted_out or stage.case.flags:
        return False
    environ = stage.sandbox.environment(said)
    return resolver.resolve(stage.driver.project, environ=environ, cwd=stage.sandbox.project).opted_out
