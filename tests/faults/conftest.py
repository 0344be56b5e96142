"""A loopback index for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.verify.index import Index

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as index:
        yield index
