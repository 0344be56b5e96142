"""pipenv brings a pip along and has children resolve and install with it."""

from __future__ import annotations

from .driver import Driver, Stage

_PIPFILE = """\
[[source]]
name = "loopback"
url = "{url}"
verify_ssl = false

[packages]
{wanted} = "*"
"""


def _lay_out(stage: Stage) -> None:
    stage.write("Pipfile", _PIPFILE.format(wanted=stage.wanted, url=stage.simple))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("install", *stage.flags)]


# The flag belongs to the subcommand: after it.
DRIVER = Driver(
    name="pipenv",
    takes_flag=True,
    lay_out=_lay_out,
    commands=_commands,
    variables={
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_IGNORE_VIRTUALENVS": "1",
        "PIPENV_NOSPIN": "1",
        "PIPENV_YES": "1",
    },
)
