"""pip-sync has a pip child install what a file pins, here into an environment of the project's."""

from __future__ import annotations

import os

from .driver import Driver, Stage


def _lay_out(stage: Stage) -> None:
    pins = {"demo-wheel": "demo-wheel==1.0\ndemo-dependency==1.0\n", "demo-sdist": "demo-sdist==1.0\n"}
    stage.write("requirements.txt", pins[stage.wanted])


def _commands(stage: Stage) -> list[list[str]]:
    python = stage.path("project", "env", *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
    sync = stage.call(*stage.flags, "--quiet", "--python-executable", python, "requirements.txt")
    return [[stage.python, "-m", "venv", "env"], sync]


def _write_key(stage: Stage) -> None:
    # pip-tools is configured as pip is; with a key that it does not know in [tool.pip-tools] it refuses to start.
    stage.sandbox.write_pip_conf("[global]\nno-analytics = true\n")


DRIVER = Driver(
    name="pip-sync",
    distribution="pip-tools",
    module="piptools",
    takes_flag=True,
    lay_out=_lay_out,
    commands=_commands,
    write_key=_write_key,
    constraints={"6": ("pip<23.1",)},  # pip-sync imports what a later pip has no more
)
