"""nox has a pip child fill each session's environment."""

from __future__ import annotations

from .driver import Driver, Stage

_FILE = """\
import nox


@nox.session
def demo(session):
    session.install("{wanted}")
"""


def _lay_out(stage: Stage) -> None:
    stage.write("noxfile.py", _FILE.format(wanted=stage.wanted))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call()]


# The noxfile is a program of the person's, inside nox's own process.
DRIVER = Driver(
    name="nox",
    lay_out=_lay_out,
    commands=_commands,
)
