"""virtualenv has a pip child download what it seeds an environment with, when told to."""

from __future__ import annotations

from ..distributions import wheel
from .driver import Driver, Stage


def _commands(stage: Stage) -> list[list[str]]:
    return [stage.call("--download", "env")]


# --download asks the index that pip is configured for; the periodic update's host is built in.
DRIVER = Driver(
    name="virtualenv",
    commands=_commands,
    cannot={"build": "virtualenv builds nothing"},
    needs={"demo-wheel": ("pip",)},
    # Below Python 3.12 it seeds these too.
    offers=(wheel("setuptools", "99.0"), wheel("wheel", "99.0")),
)
