"""What the tests of the proxy share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

from tests.proxy.origins import SecureIndex, Wrapped, private_authority
from tests.proxy.uvs import NEWEST

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.proxy.authority import Authority


@pytest.fixture(scope="session")
def private(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, str]:
    """An authority that no store knows, and the file with its certificate."""
    return private_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def secure_index(private: tuple[Authority, str]) -> Iterator[SecureIndex]:
    """A loopback index in TLS."""
    with SecureIndex(private[0]) as index:
        yield index


@pytest.fixture
def world(tmp_path: Path) -> Wrapped:
    """The newest uv, in a home of its own."""
    return Wrapped(tmp_path / "world", NEWEST)
