"""pdm asks the index itself, with whichever HTTP library its line has, and builds in environments it fills itself."""

from __future__ import annotations

from .driver import Driver, Stage

_PROJECT = """\
[project]
name = "demo"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["{wanted}"]

[[tool.pdm.source]]
name = "pypi"
url = "{url}"
verify_ssl = false
"""


def _lay_out(stage: Stage) -> None:
    stage.write("pyproject.toml", _PROJECT.format(wanted=stage.wanted, url=stage.simple))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("install", "--no-self", *stage.flags)]


# The flag belongs to the subcommand: after it.
DRIVER = Driver(
    name="pdm",
    native="pdm.analytics",
    takes_flag=True,
    lay_out=_lay_out,
    commands=_commands,
    variables={"PDM_CHECK_UPDATE": "0", "PDM_USE_UV": "0"},
    # Newer ones of these took away what the last releases of pdm import.
    constraints={"2": ("hishel<2", "unearth<0.19")},
)
