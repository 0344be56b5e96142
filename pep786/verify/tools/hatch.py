"""hatch has pip children do all its installing."""

from __future__ import annotations

from .driver import Driver, Stage

_PROJECT = """\
[project]
name = "demo"
version = "1.0"

[tool.hatch.envs.default]
path = ".venv"
skip-install = true
dependencies = ["{wanted}"]
"""


def _lay_out(stage: Stage) -> None:
    stage.write("pyproject.toml", _PROJECT.format(wanted=stage.wanted))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call(*stage.flags, "env", "create")]


# The flag is an option of hatch itself: before the subcommand.
DRIVER = Driver(
    name="hatch",
    native="hatch.utils.analytics",
    takes_flag=True,
    lay_out=_lay_out,
    commands=_commands,
)
