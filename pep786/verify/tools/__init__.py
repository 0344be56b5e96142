"""Every tool but pip: one file to a tool, under its command's name, says how to lead it to the loopback index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

from ... import resolver
from .. import judging
from ..distributions import demo_distributions
from ..index import Index
from ..judging import Outcome
from ..sandbox import Sandbox
from .clauses import TOOLS, Clause
from .driver import Driver, Stage, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

    from ..distributions import Distribution

#: The commands that can be verified, besides pip.
NAMES = (
    "uv",
    "poetry",
    "pdm",
    "hatch",
    "pipenv",
    "pip-compile",
    "pip-sync",
    "pipx",
    "pip-audit",
    "pex",
    "bandersnatch",
    "tox",
    "nox",
    "build",
    "virtualenv",
)

#: How many clauses are tried at a time. Tools make environments and fill caches: more would only wait for the disk.
_AT_A_TIME = 2


def driver(name: str) -> Driver:
    """The driver of a tool out of :data:`NAMES`."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    made: Driver = module.DRIVER
    return made


def verify(tool: Tool, clauses: tuple[Clause, ...] = TOOLS) -> Iterator[Outcome[Clause]]:
    """Run the tool in each clause's situation, a few at a time, and judge each in turn."""
    with ThreadPoolExecutor(max_workers=_AT_A_TIME) as pool:
        yield from pool.map(lambda clause: judge(tool, clause), clauses)


def judge(tool: Tool, clause: Clause) -> Outcome[Clause]:
    """Run the tool in one clause's situation, in a sandbox and against an index of its own."""
    how = driver(tool.name)
    why_not = how.not_here(tool) or how.cannot.get(clause.aspect)
    if tool.tier == "native" and not clause.native:
        why_not = "takes the shim; this tool supports the PEP itself"
    if why_not:
        return Outcome(clause, "skipped", why_not)
    with Sandbox(inject=tool.tier == "injected") as sandbox, Index(_offered(how)) as index:
        stage = Stage(how, tool, clause, sandbox, index)
        environ = variables(stage)
        for _ in range(clause.runs):
            index.clear()
            stage.clear()
            lay_out(stage)
            if _machine_opts_out(stage, environ):
                return Outcome(clause, "skipped", "this machine opts out by a file of its own")
            for command in how.commands(stage):
                run = sandbox.run(command, environ)
                if run.status != 0:
                    break
        # Caches may spare a later run the files, and are judged by what they let through.
        needs = how.needs[clause.project] if clause.runs == 1 else ()
        received, kinds = index.received, judging.FILES_OR_METADATA
        return judging.judge(clause, run, received, tool=tool.name, needs=needs, kinds=kinds)


def _offered(how: Driver) -> list[Distribution]:
    other = {(made.name, made.version) for made in how.offers}
    return [*how.offers, *(made for made in demo_distributions() if (made.name, made.version) not in other)]


def variables(stage: Stage) -> dict[str, str]:
    """What the environment says: to pips that the tool starts, to the tool, and in this clause."""
    where = {"PIP_INDEX_URL": stage.simple, "PIP_TRUSTED_HOST": "127.0.0.1 localhost"}
    # virtualenv, inside many a tool, asks its maker's own index in the background for what it might seed with.
    where["VIRTUALENV_NO_PERIODIC_UPDATE"] = "1"
    own = {name: value.format(project=stage.sandbox.project) for name, value in stage.driver.variables.items()}
    return {**where, **own, **stage.clause.variables}


def lay_out(stage: Stage) -> None:
    """Write what the tool finds: its project, its configuration, and what the clause adds to them."""
    stage.sandbox.write_pip_conf("")
    if stage.clause.own_config is not None:
        stage.sandbox.write_own(stage.clause.own_config)
    stage.write("pyproject.toml", "")
    stage.driver.lay_out(stage)
    if stage.clause.key and stage.driver.write_key is not None:
        stage.driver.write_key(stage)


def _machine_opts_out(stage: Stage, said: dict[str, str]) -> bool:
    if stage.clause.opted_out or stage.clause.flagged:
        return False
    environ = stage.sandbox.environment(said)
    return resolver.resolve(stage.driver.project, environ=environ, cwd=stage.sandbox.project).opted_out
