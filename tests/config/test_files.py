"""Reading what anyone may have put there, and what a person is shown of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.config import files, locations, own, values
from pep786.config.reader import Reader
from pep786.config.table import SPELLINGS

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Machine

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFO in the file system")


def test_a_file_that_grows_while_it_is_read_is_cut_off(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMIT", 16)
    assert files.read(str(machine.write("a", b"x" * 16))) == (b"x" * 16, "")
    assert files.read(str(machine.write("b", b"x" * 17)))[0] is None


def test_a_file_that_comes_in_pieces(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.read
    monkeypatch.setattr(os, "read", lambda handle, _: really(handle, 1))
    assert files.read(str(machine.write("a", b"xyz"))) == (b"xyz", "")


def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.read("a\0b") == (None, "is not a path that can exist")
    assert files.read(os.devnull) == (b"", "")

    def fail(_: str) -> None:
        raise OSError

    monkeypatch.setattr(os, "stat", fail)
    assert files.read("a") == (None, "cannot be read: unknown error")


@posix
def test_a_file_that_is_exchanged_before_it_is_opened_is_not_waited_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = machine.write("a", b"no-analytics = true")
    really = os.open

    def exchange(name: str, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return really(name, flags)

    monkeypatch.setattr(os, "open", exchange)
    assert files.read(str(path)) == (None, "is not a regular file")


@pytest.mark.parametrize(
    ("data", "mentioned"),
    [
        (b"no-analytics", True),
        (b"x NO_Analytics=", True),
        (b"no.analytics", False),
        (b'"no\\U0000002danalytics"', True),
        (b'"no\\x2danalytics"', True),
        (b"", False),
        (b"n\0o\0-\0analytics", False),
        (b"\xff\xfe" + "no-analytics".encode("utf-16-le"), True),
        (b"\xfe\xff" + "no_analytics".encode("utf-16-be"), True),
    ],
)
def test_a_file_without_the_key_is_known_by_its_bytes(data: bytes, mentioned: bool) -> None:
    assert files.mentions(data, *SPELLINGS) is mentioned


@pytest.mark.parametrize(
    ("data", "text", "line"),
    [
        (b"a\nb", "a\nb", 0),
        (b"\xef\xbb\xbfa", "a", 0),
        (b"\xef\xbb\xbfa\n\xff", "a\n\udcff", 2),
        (b"\xffa\n\xff", "\udcffa\n\udcff", 1),
        (b"a\n\nb\xe9\n", "a\n\nb\udce9\n", 3),
        (b"\n\xff", "\n\udcff", 2),
    ],
)
def test_what_is_not_utf8_is_kept_and_told(data: bytes, text: str, line: int) -> None:
    assert files.decode(data) == (text, line)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a" * 60, "a" * 60), ("a" * 61, "a" * 60 + "..."), ("\xe9\x1b", "\xe9\\x1b"), ("\u202e", "\\u202e")],
)
def test_a_text_as_a_person_reads_it(text: str, shown: str) -> None:
    assert values.show(text) == shown


@pytest.mark.parametrize(
    ("path", "home", "shown"),
    [
        ("/home/ann/x", "/home/ann", "~/x"),
        ("/home/anna/x", "/home/ann", "/home/anna/x"),
        ("/home/ann", "/home/ann", "/home/ann"),
        ("C:\\Users\\ann\\x", "C:\\Users\\ann", "~\\x"),
        ("/etc/x", "", "/etc/x"),
        ("/x", "/", "/x"),
        ("/a\x1b[31m", "/home/ann", "/a\\x1b[31m"),
        ("/" + "x" * 5000, "", "/" + "x" * 4095 + "..."),
    ],
)
def test_a_path_as_a_person_reads_it(path: str, home: str, shown: str) -> None:
    assert values.show_path(path, home) == shown


def test_a_path_on_windows_as_a_person_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "C:\\Users\\ann\\pip.ini"
    (tmp_path / path).write_text("no-analytics = 1\njournal = 3\n")  # here, that is the name of one file
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(locations, "own", lambda _: [path])
    environ = {"USERPROFILE": "C:\\Users\\ann"}
    (setting,) = Reader(environ, None).settings([locations.Place("user", path, "ini")])
    assert setting.origin == "~\\pip.ini"
    assert [warning[:18] for warning in own.wants_journal(environ)[1]] == ["~\\pip.ini: journal"]
