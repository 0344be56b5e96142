"""build has a pip child fetch what a project needs to be built."""

from __future__ import annotations

from .driver import Driver, Stage

_PROJECT = """\
[build-system]
requires = ["demo-backend"{more}]
build-backend = "demo_backend"
"""


def _lay_out(stage: Stage) -> None:
    stage.write("pyproject.toml", _PROJECT.format(more=', "demo-sdist"' if stage.wanted == "demo-sdist" else ""))
    stage.write("PKG-INFO", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    stage.write("demo.py", "")


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("--wheel")]


# Every run is an isolated build; where more is asked for, a requirement has to be built first.
DRIVER = Driver(
    name="build",
    script="pyproject-build",
    lay_out=_lay_out,
    commands=_commands,
    needs={
        "demo-wheel": ("demo_backend", "demo_extra"),
        "demo-sdist": ("demo_backend", "demo_extra", "demo_sdist"),
    },
)
