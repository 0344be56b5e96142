"""pip-compile resolves with the pip beside it, in its own process; that pip builds in children."""

from __future__ import annotations

from .driver import Driver, Stage


def _lay_out(stage: Stage) -> None:
    stage.write("requirements.in", f"{stage.wanted}\n")


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call(*stage.flags, "--quiet", "requirements.in")]


DRIVER = Driver(
    name="pip-compile",
    distribution="pip-tools",
    module="piptools",
    takes_flag=True,
    lay_out=_lay_out,
    commands=_commands,
    constraints={"6": ("pip<23.1",)},  # pip-sync imports what a later pip has no more
)
