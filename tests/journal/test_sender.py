"""What a packaging tool's process writes into the journal, and whom it signs for (wire/sender.py)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pep786.choice import Choice
from pep786.decision import Decision, Setting
from pep786.wire import sender
from pep786.wire.sender import Sender

if TYPE_CHECKING:
    from pathlib import Path

PREFER = [(b"Prefer", b"no-analytics")]


def made(file: Path, choice: Choice | None, *, signs: bool = True) -> Sender:
    return Sender(lambda: choice, "tool", {"PEP786_JOURNAL": str(file)}, signs=signs)


@pytest.mark.parametrize(
    ("opted_out", "fields", "method", "host", "sent", "why"),
    [
        (True, PREFER, "GET", "a.example", True, "x.conf"),
        (False, [], "GET", "a.example", False, "nobody opted out"),
        (True, [], "POST", "a.example", False, "upload"),
        (True, [], "GET", "github.com:443", False, "no index"),
        (False, [(b"prefer", b"wait=1, no-analytics")], "GET", "a.example", True, "native"),
        (True, [(b"Prefer", b"wait=1")], "GET", "a.example", False, "not signed"),
        (None, PREFER, "GET", "a.example", True, "native"),
        (None, [], "GET", "a.example", False, "native"),
    ],
)
def test_what_is_written_is_what_was_sent(
    opted_out: bool | None,
    fields: list[tuple[bytes, bytes]],
    method: str,
    host: str,
    sent: bool,
    why: str,
    tmp_path: Path,
) -> None:
    decision = Decision([Setting("config", True, "x.conf")] if opted_out else [])
    made(tmp_path / "j", None if opted_out is None else Choice(decision)).note(method, host, "/p", fields)
    found = json.loads((tmp_path / "j").read_text())
    assert (found["tool"], found["host"], found["path"]) == ("tool", host, "/p")
    assert (found["sent"], found["why"]) == (sent, why)


def test_only_for_writing(tmp_path: Path) -> None:
    choice = Choice(Decision([Setting("flag", True, "--no-analytics")]))
    assert made(tmp_path / "j", choice).covers("GET", "a.example")
    assert not made(tmp_path / "j", choice, signs=False).covers("GET", "a.example")
    assert not made(tmp_path / "j", None).covers("GET", "a.example")


def test_a_fault_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(sender, "wanted_journal", fail)
    found = Sender(lambda: None, "tool", {})
    for _ in range(3):
        found.note("GET", "a.example", "/", [])
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://user:secret@a.example:8080/simple/?x#y", ("a.example:8080", "/simple/?x#y")),
        ("http://a.example", ("a.example", "/")),
        ("http://[::1]:80?q", ("[::1]:80", "?q")),
    ],
)
def test_an_absolute_target_without_its_credentials(url: str, expected: tuple[str, str]) -> None:
    assert sender.split(url) == expected


@pytest.mark.parametrize(
    ("host", "port", "usual", "expected"),
    [
        ("a", 443, 443, "a"),
        ("a", 8080, 80, "a:8080"),
        ("::1", 8080, 80, "[::1]:8080"),
        ("a", None, 80, "a"),
        ("a", 443, None, "a:443"),
    ],
)
def test_a_port_that_is_usual_is_left_out(host: str, port: int | None, usual: int | None, expected: str) -> None:
    assert sender.authority(host, port, usual) == expected
