"""What the fuzzer has to find: for the session's own test, and no target of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (b"bug",)


def seeds() -> Iterator[bytes]:
    """One that is harmless."""
    yield b"ladybird"


def check(data: bytes, _: Path) -> None:
    """Data is anything."""
    assert b"bug" not in data, "a bug"
