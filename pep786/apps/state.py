"""What ``pep786 status --apps`` shows: each system, its own switch, and what it will do."""

from __future__ import annotations

import os
import sys

from .. import resolver
from ..startup import INJECTED
from . import instant_python, plausipy, popylar, request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Mapping

#: One module to a system, by name.
SYSTEMS = (instant_python, plausipy, popylar)


class State:
    """One system: plain data.

    name       of its distribution.
    installed  its version where it was looked for, None where it is not.
    switch     how its own opt-out is set.
    state      what its own switch says now.
    silenced   whether we quiet it, here and now; where it is not installed, whether we would.
    why        who decided that, or what is missing.
    """

    __slots__ = ("installed", "name", "silenced", "state", "switch", "why")

    def __init__(self, name: str, *, installed: str | None, switch: str, state: str, silenced: bool, why: str) -> None:
        self.name = name
        self.installed = installed
        self.switch = switch
        self.state = state
        self.silenced = silenced
        self.why = why

    def as_dict(self) -> dict[str, Any]:
        """Every field by name, ready for JSON."""
        return {name: getattr(self, name) for name in ("name", "installed", "switch", "state", "silenced", "why")}

    def __repr__(self) -> str:
        return f"State({self.as_dict()!r})"


def states(
    environ: Mapping[str, str] | None = None, cwd: str | None = None, *, path: Iterable[str] | None = None
) -> list[State]:
    """Every system that we know, installed or not, in the order of their names.

    environ and cwd as for :func:`pep786.resolve`. path: the folders to look for distributions in; None: this
    interpreter's, and the environment of the system's own command on PATH. Raises nothing for what is found.
    """
    environ = os.environ if environ is None else environ
    asked = request.requested(environ, cwd)
    found = []
    for system in SYSTEMS:
        said = system.said(environ, cwd)
        decision = resolver.resolve(system.NAME, environ=environ, cwd=cwd)
        installed, reached = _installed(system.NAME, system.COMMAND, environ, path)
        silenced = False
        if said.allowed:
            why = "left alone: you said yes there"
        elif not asked:
            why = f"not asked for ({asked.origin}): {request.VARIABLE}=1, apps = true or pep786 run --apps asks"
        elif not decision.opted_out:
            why = f"you are not opted out ({decision.origin})"
        elif installed and not reached:
            why = (
                "no shim was seen in its environment: pep786 run --apps puts it in for one run, pep786 enable for good"
            )
        else:
            why, silenced = f"opted out by {decision.origin}, asked for by {asked.origin}", True
        state = State(
            system.NAME, installed=installed, switch=system.SWITCH, state=said.text, silenced=silenced, why=why
        )
        found.append(state)
    return found


def _installed(
    name: str, command: str | None, environ: Mapping[str, str], path: Iterable[str] | None
) -> tuple[str | None, bool]:
    """The version in the folders, or else in this environment or the command's; and whether the shim is there."""
    if path is None:
        version = _version(sys.path, name)
        if version:
            return version, any(hasattr(finder, "pep786") for finder in sys.meta_path)
        path = _beside(command, environ)
    folders = list(path)
    return _version(folders, name), INJECTED in environ.get("PYTHONPATH", "") or any(map(_has_shim, folders))


def _version(folders: list[str], name: str) -> str | None:
    from importlib import metadata

    try:
        return next((str(found.version) for found in metadata.distributions(name=name, path=folders)), None)
    except Exception:  # a broken neighbour is not what was asked about
        return None


def _has_shim(folder: str) -> bool:
    """Whether our line for the start is among the .pth and .start files of a site-packages."""
    try:
        return any(name.startswith("pep786_startup") for name in os.listdir(folder))
    except OSError:
        return False


def _beside(command: str | None, environ: Mapping[str, str]) -> list[str]:
    """The site-packages of the environment that a command's script stands in (pipx and uv link to it)."""
    import glob
    import shutil

    script = command and shutil.which(command, path=environ.get("PATH"))
    if not script:
        return []
    root = glob.escape(os.path.dirname(os.path.dirname(os.path.realpath(script))))
    return glob.glob(os.path.join(root, "lib", "python3*", "site-packages")) or [
        os.path.join(root, "Lib", "site-packages")
    ]
