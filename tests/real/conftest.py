"""A loopback index for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.real.released_tools import Tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.environments import Environments


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


@pytest.fixture
def direct() -> Iterator[Index]:
    """An index without metadata files and redirects, as pip's range requests need one (T23)."""
    with Index(metadata=False, redirect_files=False) as index:
        yield index


@pytest.fixture(scope="session")
def released(environments: Environments, tmp_path_factory: pytest.TempPathFactory) -> Tools:
    """The released tools."""
    return Tools(environments, tmp_path_factory)
