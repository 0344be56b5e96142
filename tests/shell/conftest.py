"""Machines for the recipes, with and without the shim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.verify.distributions import demo_distributions
from pep786.verify.index import Index
from tests.environments import NEWEST, Environments, fetched
from tests.real.released_tools import Tools
from tests.shell.machine import Machine, make, offered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def index(environments: Environments) -> Iterator[Index]:
    """An index that offers the shim, and what it needs on an old Python."""
    ours = [offered(environments.wheel), offered(fetched("tomli", "2.0.2"))]
    with Index([*ours, *demo_distributions()]) as index:
        yield index


@pytest.fixture
def machine(environments: Environments, index: Index, tmp_path: Path) -> Machine:
    """A machine whose pip has the shim beside it, and installs nothing in earnest."""
    return make(environments.shared(NEWEST), index, tmp_path)


@pytest.fixture
def bare_machine(environments: Environments, index: Index, tmp_path: Path) -> Machine:
    """A machine with a pip and no shim."""
    return make(environments.fresh(NEWEST, shim=False), index, tmp_path)


@pytest.fixture(scope="session")
def released(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The released tools."""
    return Tools(environments, tmp_path_factory)
