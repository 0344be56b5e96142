"""Which file to write for which tool at which scope: from the table of places to one place, or why there is none."""

from __future__ import annotations

import os
import sys

from ..config import files
from ..config.locations import Place, places
from ..config.table import NEUTRAL, TOOLS
from .errors import OptOutError
from .harm import harm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Our own file, and our table in the project's: what stands there speaks for every tool.
OWN = "pep786"

SCOPES = ("user", "site", "global", "project")

# What the rows of the table are called for a person who names one of the four. A variable that names a file
# (POETRY_CONFIG_DIR, PIP_CONFIG_FILE) puts it in the stead of the person's own.
_ROWS = {"user": ("named", "user"), "site": ("site",), "global": ("global",), "project": ("project",)}
_OWN_ROWS = {"user": "user", "site": "global", "global": "global", "project": "project"}

# What else than its table says that a project is run with the tool.
_LOCKS = {"poetry": "poetry.lock", "pdm": "pdm.lock"}


class Target:
    """One place to write.

    tool    "pep786" for our own.    scope  of the four.
    place   None where nothing is written, and then
    reason  says why, in a sentence without the tool's name at its beginning;
    needed  whether that keeps the person from what was asked for.
    """

    __slots__ = ("needed", "place", "reason", "scope", "tool")

    def __init__(self, tool: str, scope: str, place: Place | None, reason: str = "", *, needed: bool = False) -> None:
        self.tool = tool
        self.scope = scope
        self.place = place
        self.reason = reason
        self.needed = needed


class Machine:
    """Where things are: the environment, the directory, the platform, and the prefix of pip's Python."""

    def __init__(
        self,
        environ: Mapping[str, str],
        cwd: str | None = None,
        *,
        platform: str = sys.platform,
        prefix: str | None = None,
    ) -> None:
        self.environ = environ
        self.cwd = cwd
        self.platform = platform
        self.prefix = prefix

    def places(self, tool: str) -> list[Place]:
        """As :func:`pep786.config.locations.places`."""
        return places(tool, self.environ, self.cwd, platform=self.platform, prefix=self.prefix)

    def own(self, scope: str) -> Target:
        """Our own file or table, which comes first and needs no tool to be here."""
        rows = {(row.scope, row.table) for row in NEUTRAL}
        for place in self.places(OWN):
            if place.scope == _OWN_ROWS[scope] and (place.scope, place.table) in rows:
                return Target(OWN, scope, place)
        why = "no home folder is known"
        if scope == "project":
            # Making one would change how the project is built: with it, pip isolates and uses PEP 517.
            why = "there is no pyproject.toml here or above, and none is made: it would change how things are built"
        return Target(OWN, scope, None, why, needed=True)

    def of_tool(self, tool: str, scope: str, *, named: bool) -> Target:
        """The tool's own file; named: the person named the tool, so that a file is made for it if need be."""
        own = [place for place in self._own_rows(tool) if place.scope in _ROWS[scope]]
        harms = [(place, harm(tool, place)) for place in own]
        candidates = [place for place, reason in harms if not reason]
        if scope == "project":
            return self._of_project(tool, candidates, [reason for _, reason in harms if reason], named=named)
        candidates = [place for place in candidates if _may_be_made(tool, place)]
        if not candidates:
            reasons = [reason for _, reason in harms if reason]
            return Target(
                tool, scope, None, reasons[0] if reasons else f"has no file of its own at this scope ({scope})"
            )
        existing = [place for place in candidates if os.path.exists(place.path)]
        return Target(tool, scope, (existing or candidates)[0])

    def _own_rows(self, tool: str) -> list[Place]:
        """The tool's places without ours, and without those that it borrows from pip."""
        others = {(place.path, place.table) for place in self.places(OWN)}
        if tool != "pip":
            others |= {(place.path, place.table) for place in self.places("pip")}
        return [place for place in self.places(tool) if (place.path, place.table) not in others]

    def _of_project(self, tool: str, candidates: list[Place], reasons: list[str], *, named: bool) -> Target:
        pyproject = self.own("project").place
        for place in candidates:
            # A poetry.toml in a folder above is not this project's.
            same = pyproject is not None and os.path.dirname(place.path) == os.path.dirname(pyproject.path)
            if not place.path.endswith("pyproject.toml") and (same or os.path.basename(place.path) == "Pipfile"):
                return Target(tool, "project", place)
        if tool == "uv" or (reasons and tool != "poetry"):
            return Target(tool, "project", None, reasons[0] if reasons else harm(tool, Place("project", "", "tool.uv")))
        if pyproject is None or tool == "pipenv":
            return Target(tool, "project", None, "has no file here, and none is made")
        root = os.path.dirname(pyproject.path)
        if not (named or tool == "pip" or _uses(tool, pyproject.path)):
            return Target(tool, "project", None, "is not used by this project")
        if tool == "poetry":
            return Target(tool, "project", Place("project", os.path.join(root, "poetry.toml"), ""))
        return Target(tool, "project", Place("project", pyproject.path, f"tool.{tool}"))


def targets(machine: Machine, tools: Iterable[str], scope: str, *, named: bool) -> list[Target]:
    """Where to write for these tools, ours first.

    named  the person named the tools: only theirs, and ours only for the sake of one that has no place.
    """
    found = [machine.of_tool(tool, scope, named=named) for tool in tools]
    if not named or any(target.place is None for target in found):
        found.insert(0, machine.own(scope))
    return found


def known(tool: str) -> bool:
    """Whether we know where the tool keeps its configuration."""
    return tool in TOOLS


def _may_be_made(tool: str, place: Place) -> bool:
    """Not the file that PIP_CONFIG_FILE names in vain: once there, it would hide the person's others."""
    return not (tool == "pip" and place.scope == "named") or os.path.isfile(place.path)


def _uses(tool: str, pyproject: str) -> bool:
    if tool in _LOCKS and os.path.exists(os.path.join(os.path.dirname(pyproject), _LOCKS[tool])):
        return True
    from . import toml

    try:
        found = toml.document(files.read(pyproject)[0] or b"").get("tool", {})
    except OptOutError:
        return False
    return isinstance(found, dict) and tool in found
