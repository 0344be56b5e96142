"""poetry asks the index itself, with requests, and builds in environments that it fills itself."""

from __future__ import annotations

from .driver import Driver, Stage

_PROJECT = """\
[tool.poetry]
name = "demo"
version = "1.0"
description = ""
authors = []

[tool.poetry.dependencies]
python = ">=3.8"
{wanted} = "*"

[[tool.poetry.source]]
name = "loopback"
url = "{url}"
priority = "primary"
"""


def _lay_out(stage: Stage) -> None:
    stage.write("pyproject.toml", _PROJECT.format(wanted=stage.wanted, url=stage.simple))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call(*stage.flags, "install", "--no-root")]


# The flag is an option of poetry itself: before the subcommand.
DRIVER = Driver(
    name="poetry",
    native="poetry.utils.analytics",
    takes_flag=True,
    lay_out=_lay_out,
    commands=_commands,
    variables={"POETRY_VIRTUALENVS_IN_PROJECT": "true", "POETRY_NO_INTERACTION": "1"},
)
