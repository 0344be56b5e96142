"""The journal's file: where it is, who can read it, and that any number of processes may write at once."""

from __future__ import annotations

import fcntl
import json
import os
import re
import resource
import stat
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from pep786 import journal
from pep786.journal import Journal, aside, redacted
from pep786.journal.reading import Reading
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

# Argument by argument: the file, its limit, the number of processes and of lines, which each writes as fast as it can.
WRITERS = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pep786.journal import Journal
path, limit, processes, lines = sys.argv[2], *map(int, sys.argv[3:])
journal = Journal(path, limit)
reading, writing = os.pipe()
for number in range(processes):
    if not os.fork():
        os.close(writing)
        os.read(reading, 1)
        for line in range(lines):
            journal.note("pip", "index.example", f"/simple/{number}/{line}/", sent=True, why="PIP_NO_ANALYTICS")
        os._exit(journal.broken)
os.close(writing)
sys.exit(any(os.wait()[1] for _ in range(processes)))
"""


def write(path: Path, processes: int, lines: int, limit: int = journal.LIMIT) -> dict[int, list[int]]:
    """Have many processes write at once. Returns the lines of each that are there, in their order."""
    words = [str(CHECKOUT), str(path), str(limit), str(processes), str(lines)]
    done = subprocess.run([sys.executable, "-c", WRITERS, *words], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[int, list[int]] = {}
    for file in (aside(str(path)), str(path)):
        if os.path.exists(file):
            with open(file, encoding="utf-8") as text:
                for line in text:
                    number, at = json.loads(line)["path"].split("/")[2:4]
                    found.setdefault(int(number), []).append(int(at))
    return found


def test_200_processes_tear_and_lose_nothing(tmp_path: Path) -> None:
    found = write(tmp_path / "new" / "journal.jsonl", 200, 50)
    assert found == {number: list(range(50)) for number in range(200)}
    assert not os.path.exists(aside(str(tmp_path / "new" / "journal.jsonl")))


def test_with_rotation_only_the_oldest_go(tmp_path: Path) -> None:
    path, limit = tmp_path / "journal.jsonl", 100_000
    found = write(path, 50, 60, limit)
    more = 50 * 200  # each may have looked at the size before the others wrote
    assert limit - 1000 < os.path.getsize(aside(str(path))) < limit + more
    assert os.path.getsize(path) < limit + more
    for lines in found.values():
        assert sorted(lines) == list(range(60 - len(lines), 60))


def test_a_small_journal_goes_aside_once_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    for number in range(10):
        Journal(str(path), 400).note("pip", "a.example", f"/{number}", sent=False, why="x")
    older, newer = ((tmp_path / name).read_text().splitlines() for name in ("journal.jsonl.1", "journal.jsonl"))
    kept = [json.loads(line)["path"] for line in [*older, *newer]]
    assert kept == [f"/{number}" for number in range(10)][-len(kept) :]
    assert all(3 <= len(lines) <= 4 or lines is newer for lines in (older, newer))
    assert sorted(os.listdir(tmp_path)) == ["home", "journal.jsonl", "journal.jsonl.1"]


def test_a_line_that_went_away_with_its_file_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others put it aside, and then the next one, between this process's open and its write."""
    path, real = tmp_path / "journal.jsonl", os.write
    missed = iter([str(path)])

    def late(handle: int, data: bytes) -> int:
        for gone in missed:
            os.unlink(gone)
        return real(handle, data)

    monkeypatch.setattr(os, "write", late)
    Journal(str(path)).note("pip", "a.example", "/kept", sent=False, why="x")
    assert [one.path for one in Reading(str(path)).requests] == ["/kept"]


def test_two_that_find_it_full_put_it_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes to its turn when the first has begun a new one, which is full at once."""
    path, real = tmp_path / "journal.jsonl", fcntl.flock
    path.write_text("full" * 100)

    def late(handle: int, how: int) -> None:
        path.replace(aside(str(path)))
        path.write_text("new!" * 100)
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", late)
    Journal(str(path), 400).note("pip", "a.example", "/", sent=False, why="x")
    assert (tmp_path / "journal.jsonl.1").read_text() == "full" * 100
    assert path.read_text().startswith("new!")


def test_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "journal.jsonl"
    before = os.umask(0)
    try:
        Journal(str(path)).note("pip", "pypi.org", "/simple/six/?q=secret#x", sent=True, why="PIP_NO_ANALYTICS")
    finally:
        os.umask(before)
    found = json.loads(path.read_text())
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", found.pop("time"))
    expected = {"tool": "pip", "host": "pypi.org", "path": "/simple/six/", "sent": True, "why": "PIP_NO_ANALYTICS"}
    assert found == expected
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("/simple/six/?token=1", "/simple/six/"),
        ("/simple/six/#sha256=1?x", "/simple/six/"),
        ("/a/0123456789abcdef/simple/", "/a/***/simple/"),
        ("/AbCdEfGhIjKl1234", "/***"),
        ("/pypi-AgE_cHlwaS5v-cmcCJDkx/simple/", "/***/simple/"),
        ("/simple/pypi-attestation-models/", "/simple/pypi-attestation-models/"),
        ("/mirror/https://user:secret@a.example/simple/", "/mirror/https://***@a.example/simple/"),
        ("/abc/6ba7b810-9dad-11d1-80b4-00c04fd430c8/simple", "/abc/***/simple"),
        ("/simple/google-cloud-storage-v1beta2-and-more/", "/simple/google-cloud-storage-v1beta2-and-more/"),
        ("/simple/averyveryverylongname/", "/simple/averyveryverylongname/"),
        ("/files/demo_wheel-1.0-py3-none-any.whl", "/files/demo_wheel-1.0-py3-none-any.whl"),
        ("/" + "a" * 5000, "/" + "a" * 999 + "..."),
        ("", ""),
    ],
)
def test_no_query_no_fragment_no_token(target: str, written: str) -> None:
    assert redacted(target) == written


@pytest.mark.parametrize("path", ['/"\n\\', "/\udc80", "/\u2028\x00", "/é"])
def test_a_line_stays_one_line(path: str, tmp_path: Path) -> None:
    file = tmp_path / "j"
    Journal(str(file)).note("t", "h", path, sent=False, why="x")
    assert file.read_bytes().count(b"\n") == 1
    assert json.loads(file.read_bytes())["path"] == path


def broken(journal: Journal, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that is said, however often it is tried."""
    for _ in range(3):
        journal.note("pip", "a.example", "/", sent=False, why="x")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pep786: the journal is not written: ")
    return str(line)


def test_what_is_no_file_is_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "fifo")
    for path, said in (
        ("", "Is a directory"),
        ("file/journal", "Not a directory"),
        ("link", "symbolic links"),
        ("fifo", "No such device"),
        ("\0", "ValueError"),
    ):
        assert said in broken(Journal(str(tmp_path / path)), capsys)
    assert "not a regular file" in broken(Journal(os.devnull), capsys)
    assert not (tmp_path / "elsewhere").exists()


def test_a_disk_that_is_full_is_said_once_and_what_was_there_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """RLIMIT_FSIZE fails a write as a full disk does: in the midst of a line."""
    path = tmp_path / "journal"
    writer = Journal(str(path))
    writer.note("pip", "a.example", "/first", sent=False, why="x")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, before[1]))
    try:
        said = broken(writer, capsys)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "No space left" in said
    Journal(str(path)).note("pip", "a.example", "/after", sent=False, why="x")
    found = Reading(str(path))
    assert ([one.path for one in found.requests], found.broken) == (["/first", "/after"], 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize(
    ("who", "owner", "said"), [("nobody", 0, "Permission denied"), ("root", 65534, "another user's")]
)
def test_a_home_that_is_read_only_and_one_of_another_user(who: str, owner: int, said: str) -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pep786 import journal, resolver\n"
        "if sys.argv[3] == 'nobody': os.setuid(65534)\n"
        "found = journal.of({'HOME': sys.argv[2], 'PEP786_JOURNAL': '1'})\n"
        "for _ in range(3):\n    found and found.note('pip', 'h', '/', sent=True, why='x')\n"
    )
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o555)  # noqa: S103  another user looks in
        os.chown(home, owner, owner)
        command = [sys.executable, "-c", code, str(CHECKOUT), home, who]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr
        assert said in done.stderr
        assert not os.listdir(home)


HOME = "/home/me"
PLACES = {
    "linux": ("linux", {"HOME": HOME}, f"{HOME}/.local/state/pep786/journal.jsonl"),
    "XDG_STATE_HOME": ("linux", {"HOME": HOME, "XDG_STATE_HOME": "/s"}, "/s/pep786/journal.jsonl"),
    "a relative one is none": (
        "linux",
        {"HOME": HOME, "XDG_STATE_HOME": "s"},
        f"{HOME}/.local/state/pep786/journal.jsonl",
    ),
    "macos": ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Logs/pep786/journal.jsonl"),
    "windows": ("win32", {"LOCALAPPDATA": r"C:\L"}, r"C:\L\pep786\log\journal.jsonl"),
    "windows, the profile": ("win32", {"USERPROFILE": r"C:\me"}, r"C:\me\AppData\Local\pep786\log\journal.jsonl"),
    "named": ("linux", {"HOME": HOME, "PEP786_JOURNAL": "/var/j"}, "/var/j"),
    "switched on": ("linux", {"HOME": HOME, "PEP786_JOURNAL": "Yes"}, f"{HOME}/.local/state/pep786/journal.jsonl"),
    "switched off": ("linux", {"HOME": HOME, "PEP786_JOURNAL": "0"}, f"{HOME}/.local/state/pep786/journal.jsonl"),
}


@pytest.mark.parametrize(("platform", "environ", "expected"), PLACES.values(), ids=PLACES)
def test_where_it_is(platform: str, environ: dict[str, str], expected: str) -> None:
    assert journal.where(environ, platform=platform) == (expected, "")


def test_a_relative_name_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path, problem = journal.where({"HOME": HOME, "PEP786_JOURNAL": "log.jsonl"}, platform="linux")
    assert path == f"{HOME}/.local/state/pep786/journal.jsonl"
    assert "neither 1 nor a path" in problem
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert journal.of({"PEP786_JOURNAL": "1"}) is None
    assert "no home folder is known" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "variable", "on"),
    [
        ("", None, False),
        ("journal = true", None, True),
        ("journal = true", "0", False),
        ("journal = false", "1", True),
        ("journal = false", None, False),
        ("journal = 'yes'", None, False),
        ("journal = true", "", True),
        ("", "off", False),
    ],
)
def test_who_switches_it_on(
    content: str, variable: str | None, on: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "home" / ".config" / "pep786" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    environ = {"HOME": str(tmp_path / "home")}
    if variable is not None:
        environ["PEP786_JOURNAL"] = variable
    assert (journal.of(environ) is not None) is on
    assert ("expected true or false" in capsys.readouterr().err) is ("yes" in content)
