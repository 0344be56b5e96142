"""Running pip, and what every request of a run has to be like."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from pep786.verify.index import Index
    from tests.environments import Environment

OPT_OUT: dict[str, Any] = {"PIP_NO_ANALYTICS": "1"}

CURRENT = ("26.3", "25.3", "24.0", "23.3.2", "22.3.1", "21.3.1", "20.3.4")


def pip(
    environment: Environment, *arguments: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m pip`` apart from the machine's configuration."""
    environ: dict[str, Any] = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **variables}
    return environment.run([environment.python, "-m", "pip", *arguments], cwd=cwd, **environ)


def building(index: Index, folder: Path) -> tuple[str, ...]:
    """The arguments of ``pip wheel`` that opt out by the flag and build from the index into a folder."""
    return ("-w", str(folder), "-i", index.simple, "--no-analytics")


def assert_all_carry(index: Index, *, expected: bool = True) -> None:
    """Every request carries the signal once, or none does; and there were requests."""
    assert index.received
    for request in index.received:
        assert request.prefer == (["no-analytics"] if expected else []), request
        suffixes = (request.user_agent or "").count("(no-analytics)")
        assert suffixes == int(expected), request
