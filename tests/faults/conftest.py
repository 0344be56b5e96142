"""A loopback index for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index
from tests.faults.disks import disk, nobody
from tests.proxy.origins import private_authority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pep786.proxy.authority import Authority

__all__ = ["disk", "nobody"]


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, str]:
    """An authority that no store knows, and the file with its certificate."""
    return private_authority(tmp_path_factory.mktemp("authority"))
