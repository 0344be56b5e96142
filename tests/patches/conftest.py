"""Environments with patched pips, shared by the tests of a session."""

from __future__ import annotations

import pytest

from tests.patches.released import Environments


@pytest.fixture(scope="session")
def pips(tmp_path_factory: pytest.TempPathFactory) -> Environments:
    """Makes environments with a release of pip, patched or as it is."""
    return Environments(tmp_path_factory)
