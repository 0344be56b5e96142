"""The session finds what there is to find, makes it small, and says how to see it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import session

pytest.importorskip("atheris", reason="there is no atheris in this environment; nox -s fuzz has it where there is one")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(session, "CACHE", tmp_path)
    return tmp_path


def test_a_find_is_told_and_fails_the_session(capsys: pytest.CaptureFixture[str]) -> None:
    assert session.session(["planted"], 60, 1, keep=False) == 1
    said = capsys.readouterr().out
    assert "planted: AssertionError: a bug" in said
    command, _, path = said.strip().rpartition(" ")
    assert command.endswith("python -m tests.fuzz planted --replay")
    assert Path(path).read_bytes() == b"bug"
    with pytest.raises(AssertionError, match="a bug"):
        session.replay("planted", Path(path))


def test_a_target_without_a_fault_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert session.main(["journal", "--seconds", "2"]) == 0
    name, executions, _, edges, finds = capsys.readouterr().out.splitlines()[1].split()
    assert (name, finds) == ("journal", "none")
    assert int(executions) > 10
    assert int(edges) > 10
