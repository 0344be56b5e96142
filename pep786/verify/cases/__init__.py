"""The conformance cases (conformance/cases): data that any tool can be held to, found in a checkout or in the wheel."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

from ..errors import DataError
from .case import Case, Expected, Unsigned
from .reading import CasesFile, Own, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Sequence

__all__ = ["Case", "Expected", "Own", "Suite", "Unsigned", "built_in", "read", "tried_on"]


@dataclass(frozen=True)
class Suite:
    """Some files of cases, read."""

    files: tuple[CasesFile, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """All of them, those for every tool first."""
        ordered = sorted(self.files, key=lambda file: bool(file.tool))
        return tuple(case for file in ordered for case in file.cases)

    def own(self, tool: str) -> Own:
        """Where a tool has the key: as its file says, else its table in pyproject.toml."""
        return next((file.own for file in self.files if file.tool == tool), Own())

    def of(self, tool: str) -> tuple[Case, ...]:
        """The cases for a tool: its own, and the general ones but those that one of its own stands in place of."""
        return _in_place([case for case in self.cases if case.tool in ("", tool)])

    def runnable(self, tool: str) -> tuple[Case, ...]:
        """Those of the tool's that a run of it can show."""
        return tuple(case for case in self.of(tool) if case.wire)

    def tried_on(self, kind: str, tool: str = "") -> tuple[Case, ...]:
        """Those of the tool's that verify tries by itself on "pip", "tools" or "old" ones."""
        return _in_place([case for case in self.cases if case.tool in ("", tool) and kind in case.tried_on])


@functools.lru_cache(maxsize=None)
def built_in() -> Suite:
    """The cases that come with this package."""
    return read((folder(),))


def read(paths: Sequence[str]) -> Suite:
    """The cases in these files, and in the ``.toml`` files of these folders. Raises :class:`DataError`."""
    files = tuple(load(path) for given in paths for path in _toml_files(given))
    ids = set()
    for case in (case for file in files for case in file.cases):
        if case.id in ids:
            raise DataError(f"{', '.join(paths)}: two cases have the id {case.id}")
        ids.add(case.id)
    return Suite(files)


def tried_on(kind: str, tool: str = "") -> tuple[Case, ...]:
    """:meth:`Suite.tried_on` of the built-in ones."""
    return built_in().tried_on(kind, tool)


def folder() -> str:
    """Where the cases are: in the installed package, or at the root of a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for parent in (package, os.path.dirname(package)):
        path = os.path.join(parent, "conformance", "cases")
        if os.path.isdir(path):
            return path
    raise DataError("the conformance cases are not installed")


def _toml_files(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    found = sorted(name for name in os.listdir(path) if name.endswith(".toml"))
    if not found:
        raise DataError(f"{path}: there is no .toml file in it")
    return [os.path.join(path, name) for name in found]


def _in_place(cases: Iterable[Case]) -> tuple[Case, ...]:
    """A tool's own case says in its words what a general one of the same name says."""
    by_name: dict[str, Case] = {}
    for case in cases:
        by_name[case.name] = case
    return tuple(by_name.values())
