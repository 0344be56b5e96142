"""The released tools that the shim is promised for: data, and their environments, fetched once into the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tests.environments
from pep786.verify import fetching, installed, tools
from pep786.verify.errors import NoToolError
from pep786.verify.tools.driver import RUN, Tool
from tests.environments import CACHE, Environment, python

if TYPE_CHECKING:
    from tests.environments import Environments


@dataclass(frozen=True)
class Release:
    """One release of a tool, and the Pythons that run it, best first."""

    tool: str
    version: str
    pythons: tuple[str, ...] = ("3.11", "3.12", "3.10")

    def __str__(self) -> str:
        return f"{self.tool}-{self.version}"


#: The newest that can be installed; each has to pass every clause.
NEWEST = (
    Release("poetry", "2.5.1"),
    Release("pdm", "2.29.3"),
    Release("hatch", "1.18.2"),
    Release("pipenv", "2026.10.3"),
    Release("pip-compile", "7.6.2"),
    Release("pipx", "1.18.4"),
    Release("pip-audit", "2.10.1"),
    Release("pex", "2.105.2", ("3.11", "3.10", "3.9")),
    Release("bandersnatch", "8.2.0", ("3.12", "3.13")),
    Release("tox", "4.67.13"),
    Release("nox", "2026.10.20"),
    Release("build", "1.6.1"),
    Release("virtualenv", "21.15.7"),
    Release("uv", "0.13.8"),
)

#: An older major of each that has one, and what shares its adapter with another tool: the cases for old releases.
OLDER = (
    Release("pip-sync", "7.6.2"),
    Release("poetry", "1.8.5"),
    Release("pdm", "2.10.4"),  # the last line on requests
    Release("pdm", "1.15.5", ("3.11", "3.10", "3.9")),
    Release("hatch", "1.9.7"),
    Release("pipenv", "2023.12.1"),
    Release("pip-compile", "6.14.0"),
    Release("pip-sync", "6.14.0"),
    Release("pipx", "1.2.1"),
    Release("pip-audit", "2.6.0"),
    Release("pex", "2.1.164", ("3.11", "3.10", "3.9")),
    Release("bandersnatch", "6.8.0"),
    Release("tox", "3.28.0"),
    Release("uv", "0.9.9"),
    Release("uv", "0.5.31"),
    Release("uv", "0.4.30"),
)


def folder(release: Release) -> Path:
    """The cached environment of a release; fails the test where it cannot be fetched."""
    driver = tools.driver(release.tool)
    interpreter = next(filter(None, map(python, release.pythons)), None)
    if interpreter is None:
        pytest.skip(f"{release} runs on Python {', '.join(release.pythons)}, and this machine has none of them")
    environ = {**tests.environments._ENVIRON, "PEP786_CACHE": str(CACHE)}
    try:
        limits = driver.limits(release.version)
        return Path(fetching.fetch(driver.project, release.version, interpreter, limits, environ))
    except NoToolError as fault:
        pytest.fail(str(fault))


class Tools:
    """Makes what the tests run, once for each worker."""

    def __init__(self, environments: Environments, folders: pytest.TempPathFactory) -> None:
        self._environments = environments
        self._folders = folders
        self._made: dict[Release, Tool] = {}

    def with_shim(self, release: Release) -> Tool:
        """The tool with the shim's wheel unpacked beside it, or with the only thing that helps in front of it."""
        if tools.driver(release.tool).wrapped:
            return self.wrapped(release)
        if release not in self._made:
            environment = Environment.copy(folder(release), self._folders.mktemp("tool") / "venv")
            environment.unpack(self._environments.wheel)
            self._made[release] = self._described(release, environment.root)
            assert self._made[release].tier == "shim"
        return self._made[release]

    def bare(self, release: Release) -> Tool:
        """The tool as it was fetched."""
        return self._described(release, folder(release))

    def wrapped(self, release: Release) -> Tool:
        """The tool as it was fetched, started by ``pep786 run``."""
        bare = self.bare(release)
        return Tool(bare.name, bare.version, (*RUN, "--", *bare.command), bare.python, "none", bare.python_version)

    def _described(self, release: Release, root: Path) -> Tool:
        driver = tools.driver(release.tool)
        tool = installed.describe(driver, fetching.script(str(root), driver.start))
        assert tool.version == release.version
        return tool
