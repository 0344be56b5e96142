"""Environments with patched tools, shared by the tests of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.patches import tools as other_tools
from tests.patches.released import Environments

if TYPE_CHECKING:
    from tests.environments import Environments as Shims


@pytest.fixture(scope="session")
def pips(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Makes environments with a release of pip, patched or as it is."""
    return Environments(tmp_path_factory)


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory, environments: Shims) -> other_tools.Environments:
    """Makes environments with a release of poetry, pdm or hatch, patched or as it is."""
    return other_tools.Environments(tmp_path_factory, environments)
