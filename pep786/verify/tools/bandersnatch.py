"""bandersnatch mirrors an index, with aiohttp."""

from __future__ import annotations

from .driver import Driver, Stage

_CONF = """\
[mirror]
directory = {folder}
master = {master}
allow-non-https = true
api-method = simple
json = true
timeout = 10
global-timeout = 60
workers = 2
hash-index = false
stop-on-error = true

[plugins]
enabled = allowlist_project

[allowlist]
packages =
    demo-wheel
    demo-dependency
"""


def _lay_out(stage: Stage) -> None:
    master = stage.simple[: -len("/simple/")]
    stage.write("bandersnatch.conf", _CONF.format(folder=stage.path("mirror"), master=master))


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("--config", "bandersnatch.conf", "mirror")]


# It mirrors two projects, and installs nothing.
DRIVER = Driver(
    name="bandersnatch",
    lay_out=_lay_out,
    commands=_commands,
    cannot={"build": "bandersnatch builds nothing"},
    needs={"demo-wheel": ("demo_wheel", "demo_dependency")},
)
