"""pip-sync has a pip child install what a file pins, here into an environment of the project's."""

from __future__ import annotations

import os
from dataclasses import replace

from . import pip_compile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .driver import Stage


def _lay_out(stage: Stage) -> None:
    pins = {"demo-wheel": "demo-wheel==1.0\ndemo-dependency==1.0\n", "demo-sdist": "demo-sdist==1.0\n"}
    stage.write("requirements.txt", pins[stage.wanted])


def _commands(stage: Stage) -> list[list[str]]:
    python = stage.path("project", "env", *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
    sync = stage.call(*stage.flags, "--quiet", "--python-executable", python, "requirements.txt")
    return [[stage.python, "-m", "venv", "env"], sync]


# Of the same distribution as pip-compile, and configured like it.
DRIVER = replace(pip_compile.DRIVER, name="pip-sync", lay_out=_lay_out, commands=_commands)
