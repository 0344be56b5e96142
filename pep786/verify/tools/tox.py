"""tox has a pip child fill each environment."""

from __future__ import annotations

from .driver import Driver, Stage

_INI = """\
[tox]
skipsdist = true
no_package = true

[testenv]
deps = {wanted}
commands = python -c pass
"""


def _lay_out(stage: Stage) -> None:
    stage.write("tox.ini", _INI.format(wanted=stage.wanted))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call()]


# Of all variables it lets those of pip and of virtualenv through to the child.
DRIVER = Driver(
    name="tox",
    lay_out=_lay_out,
    commands=_commands,
)
