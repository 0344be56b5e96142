"""pex has children resolve and download with a pip of its own, told to heed no configuration."""

from __future__ import annotations

from ..distributions import wheel
from .driver import Driver, Stage, Tool


def _commands(stage: Stage) -> list[list[str]]:
    where = ("--no-pypi", "--index-url", stage.simple)
    return [stage.call(stage.wanted, *where, "--output-file", "demo.pex")]


def _not_here(tool: Tool) -> str | None:
    if tool.python_version < (3, 12):
        return None
    return "on Python 3.12 and later pex fetches a pip of its own choice, which the loopback index does not have"


# Its pip is told the index on pex's own command line.
DRIVER = Driver(
    name="pex",
    commands=_commands,
    not_here=_not_here,
    # The pip that old releases of it bring along builds with this one.
    offers=(wheel("wheel", "0.37.1"),),
)
