"""Which patch serves which release: ``series.toml`` beside the patches."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import asdict, dataclass

from .errors import PatchError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOOLS = ("pip", "poetry", "pdm", "hatch", "uv")


@dataclass(frozen=True)
class Release:
    """One release of a tool and what there is for it.

    patch    the path of the patch that serves it.
    toml     of pip, the TOML parser that this release carries and the patch reads ``[tool.pip]`` with; None: it
             has none, and the patch leaves that table unread.
    pythons  the minor versions of Python that run it, of those that were tried; of uv, none.
    unbuilt  whether the patch is for a program that was never compiled with it.
    """

    tool: str
    version: str
    patch: str
    toml: str | None
    pythons: tuple[str, ...]
    unbuilt: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {**asdict(self), "pythons": list(self.pythons)}


def folder(tool: str) -> str:
    """Where a tool's patches are: in the installed package, or at the root of a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    for parent in (package, os.path.dirname(package)):
        path = os.path.join(parent, "patches", tool)
        if os.path.exists(os.path.join(path, "series.toml")):
            return path
    raise PatchError(f"the patches for {tool} are not installed")


@functools.lru_cache(maxsize=None)
def releases(tool: str = "pip") -> tuple[Release, ...]:
    """Every release there is a patch for, oldest first."""
    where = folder(tool)
    with open(os.path.join(where, "series.toml"), "rb") as file:
        table = tomllib.load(file)["releases"]
    return tuple(
        Release(
            tool,
            version,
            os.path.join(where, row["patch"]),
            row.get("toml"),
            tuple(row.get("pythons", "").split()),
            row.get("unbuilt", False),
        )
        for version, row in table.items()
    )


def find(tool: str, version: str) -> Release:
    """The release of a tool; a local version ("24.0+debian") is the release it was made of. Raises PatchError."""
    if tool not in TOOLS:
        raise PatchError(f"there are no patches for {tool}; there are for {', '.join(TOOLS)}")
    public = version.partition("+")[0]
    known = releases(tool)
    for release in known:
        if release.version == public:
            return release
    versions = [release.version for release in known]
    served = ", ".join(versions) if len(versions) < 9 else f"{versions[0]} to {versions[-1]}"
    raise PatchError(f"there is no patch for {tool} {version}; there is for the releases {served}")
