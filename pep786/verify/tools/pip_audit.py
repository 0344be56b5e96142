"""pip-audit has a pip child resolve a requirements file; what it then asks of vulnerability data is not asked here."""

from __future__ import annotations

from ..distributions import wheel
from .driver import Driver, Stage


def _lay_out(stage: Stage) -> None:
    stage.write("requirements.txt", f"{stage.wanted}\n")


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("--dry-run", "--requirement", "requirements.txt", "--index-url", stage.simple)]


# --dry-run ends before the vulnerability data, whose hosts are built in.
DRIVER = Driver(
    name="pip-audit",
    lay_out=_lay_out,
    commands=_commands,
    # It has these upgraded in the environment that it resolves in.
    offers=(wheel("setuptools", "0.1"), wheel("wheel", "0.1")),
)
