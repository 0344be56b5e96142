"""``pep786 log``: reading the journal back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journal.conftest import Person


def line(
    path: str, *, tool: str = "pip", host: str = "pypi.org", sent: bool = True, why: str = "--no-analytics"
) -> str:
    time = "2026-01-22T10:20:30.123Z"
    found = {"time": time, "tool": tool, "host": host, "path": path, "sent": sent, "why": why}
    return json.dumps(found) + "\n"


@pytest.fixture
def written(person: Person) -> Person:
    person.file.parent.mkdir(parents=True)
    older = [line("/1"), line("/2", sent=False, why="nobody opted out")]
    newer = [line("/3", host="a.example:8080"), line("/4", tool="uv"), line("/5")]
    person.file.with_name("journal.jsonl.1").write_text("".join(older))
    person.file.write_text("".join(newer))
    return person


def test_both_files_in_order(written: Person) -> None:
    for arguments in ((), ("show",)):
        done = written.log(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        first, *lines, last = done.stdout.splitlines()
        assert first.split() == ["time", "(UTC)", "tool", "host", "sent", "why", "path"]
        assert [one.split()[-1] for one in lines] == ["/1", "/2", "/3", "/4", "/5"]
        assert lines[1].split() == ["2026-01-22", "10:20:30", "pip", "pypi.org", "no", "nobody", "opted", "out", "/2"]
        assert last == "5 requests, the preference sent with 4."


def test_json_and_tail(written: Person) -> None:
    found = json.loads(written.log("--json", "--tail", "2").stdout)
    assert found == {
        "schema_version": 1,
        "path": str(written.file),
        "on": False,
        "requests": [json.loads(line("/4", tool="uv")), json.loads(line("/5"))],
        "broken": 0,
    }
    assert json.loads(written.log("path", "--json", PEP786_JOURNAL="1").stdout)["on"] is True


def test_summary_by_tool_and_host(written: Person) -> None:
    found = json.loads(written.log("show", "--summary", "--json").stdout)["summary"]
    rows = [(one["tool"], one["host"], one["requests"], one["sent"]) for one in found]
    assert rows == [("pip", "pypi.org", 3, 2), ("pip", "a.example:8080", 1, 1), ("uv", "pypi.org", 1, 1)]
    table = written.log("--summary").stdout.splitlines()
    assert table[1].split() == ["pip", "pypi.org", "3", "2"]
    assert table[-1] == "5 requests, the preference sent with 4."


BROKEN = {
    "no JSON": ("{\n", ["/0", "/1"]),
    "another document": ("3\n", ["/0", "/1"]),
    "a field that is none": (line("/x").replace('"sent": true', '"sent": "yes"'), ["/0", "/1"]),
    "a field that is missing": (line("/x").replace('"why"', '"wry"'), ["/0", "/1"]),
    "broken off, and the next behind it": (line("/x")[:30], ["/0", "/1"]),
    "deeply nested": ("[" * 100_000 + "\n", ["/0", "/1"]),
    "bytes": ("\udcff\udc80\n", ["/0", "/1"]),
}


@pytest.mark.parametrize(("bad", "paths"), BROKEN.values(), ids=BROKEN)
def test_broken_lines_are_counted_and_hide_no_other(bad: str, paths: list[str], person: Person) -> None:
    person.file.parent.mkdir(parents=True)
    person.file.write_bytes((line("/0") + bad + line("/1")).encode("utf-8", "surrogateescape"))
    done = person.log("--json")
    found = json.loads(done.stdout)
    assert ([one["path"] for one in found["requests"]], found["broken"]) == (paths, 1)
    assert "1 broken line, " in person.log().stdout


def test_nothing_in_it_reaches_the_terminal_as_a_command(person: Person) -> None:
    person.file.parent.mkdir(parents=True)
    person.file.write_text(line("/\x1b[31m\u202e\x7f", why="\x9b"))
    done = person.log()
    assert not set(done.stdout) & set("\x1b\u202e\x7f\x9b")
    assert "\\x1b[31m" in done.stdout


def test_clear_and_where_it_was(written: Person) -> None:
    assert written.log("path").stdout == f"{written.file}\n"
    done = written.log("clear")
    assert (done.returncode, done.stdout) == (0, f"removed: {written.file}.1\nremoved: {written.file}\n")
    assert not list(written.file.parent.iterdir())
    assert written.log("clear").stdout == "There was no journal.\n"
    assert json.loads(written.log("clear", "--json").stdout)["removed"] == []


def test_it_says_whether_it_is_on(person: Person) -> None:
    assert "The journal is off" in person.log().stdout
    assert person.log(PEP786_JOURNAL="1").stdout == "The journal is empty.\n"
    person.configure("journal = true\n")
    assert person.log().stdout == "The journal is empty.\n"


def test_the_file_that_the_variable_names(written: Person, person: Person) -> None:
    other = person.home / "other"
    other.write_text(line("/other"))
    assert "/other" in written.log(PEP786_JOURNAL=str(other)).stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("clear", "--summary"), 2, "go with show"),
        (("path", "--tail", "1"), 2, "go with show"),
        (("--tail", "0"), 2, "expected 1 or more"),
        (("--tail", "x"), 2, "invalid int value"),
        (("nothing",), 2, "invalid choice"),
    ],
)
def test_bad_usage(arguments: tuple[str, ...], status: int, said: str, person: Person) -> None:
    done = person.log(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


def test_what_is_no_journal_is_one_line(person: Person) -> None:
    person.file.mkdir(parents=True)
    for arguments in ((), ("clear",)):
        done = person.log(*arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"pep786 log: {person.file}: Is a directory\n"
    done = person.log(PEP786_JOURNAL="relative")
    assert "neither 1 nor a path" in done.stderr


def test_a_file_that_can_be_no_journal_is_not_read(person: Person) -> None:
    person.file.parent.mkdir(parents=True)
    with person.file.open("wb") as file:
        file.truncate(5 * 1024**3)
    done = person.log()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pep786 log: {person.file}: is too large for a journal\n"


def test_help_has_examples(person: Person) -> None:
    done = person.log("--help")
    assert done.returncode == 0
    assert "pep786 log --summary" in done.stdout
