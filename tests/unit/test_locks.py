"""A folder for one at a time."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.locks import locked

if TYPE_CHECKING:
    from pathlib import Path

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")


@posix
def test_who_comes_second_waits_and_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    with locked(str(folder), 0) as first, locked(str(folder), 0.05) as second:
        assert (first, second) == (True, False)
    with locked(str(folder), 0) as third:
        assert third
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_nobodys(tmp_path: Path) -> None:
    with locked(str(tmp_path / "none"), 0) as mine:
        assert mine


@posix
def test_a_file_system_without_locks_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(str(tmp_path), 0) as one, locked(str(tmp_path), 0) as other:
        assert (one, other) == (True, True)


def test_a_system_without_such_locks_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with locked(str(tmp_path), 0) as one, locked(str(tmp_path), 0) as other:
        assert (one, other) == (True, True)
