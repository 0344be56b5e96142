"""``pep786 opt-out`` and ``opt-in`` where writing fails, where others write as well, and on files that are not nice."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
from tests.faults.disks import as_nobody, fill, full_disk, needs_root, smaller_files, somebody_else
from tests.optout.conftest import Person, person

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["person"]

CONF = ".config/pip/pip.conf"
OWN = ".config/pep786/config.toml"
_SECRET = b"[global]\nindex-url = https://me:s3cret@packages.example/\n"


def pep786(home: Path, *words: str, before: object = None) -> subprocess.CompletedProcess[str]:
    """Run it, for a person who has no tool but a pip."""
    environ = {**os.environ, "HOME": str(home), "PATH": str(home), "PYTHONPATH": str(CHECKOUT), "NO_COLOR": "1"}
    command = [sys.executable, "-B", "-m", "pep786", *words]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=environ,
        cwd="/",
        preexec_fn=before,  # type: ignore[call-overload]
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "s3cret" not in done.stdout + done.stderr
    return done  # type: ignore[no-any-return]


def _conf(home: Path, size: int = 0) -> Path:
    path = home / CONF
    path.parent.mkdir(parents=True)
    path.write_bytes(_SECRET + b"# filler\n" * (size // 9))
    return path


def _files(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@full_disk
def test_on_a_full_disk_everything_stays_and_with_room_it_works(disk: Path) -> None:
    _conf(disk, 40_000)
    filler = fill(disk, room=0)
    before = _files(disk)
    done = pep786(disk, "opt-out")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "the record" not in line]
    assert len(lines) == 2
    assert all("No space left on device" in line for line in lines)
    assert _files(disk) == before
    filler.unlink()
    del before[filler.name]
    assert pep786(disk, "opt-out").returncode == 0
    assert pep786(disk, "opt-in").returncode == 0
    assert _files(disk) == before


def test_where_a_file_may_not_grow_so_far_it_stays(tmp_path: Path) -> None:
    path = _conf(tmp_path, 40_000)
    before = path.read_bytes()
    done = pep786(tmp_path, "opt-out", before=smaller_files(20_000))
    assert done.returncode == 1
    assert f"~/{CONF}: cannot be written: File too large" in done.stderr
    assert path.read_bytes() == before
    assert os.listdir(str(path.parent)) == ["pip.conf"]
    assert b"no-analytics = true" in (tmp_path / OWN).read_bytes(), "the others go on"


@pytest.fixture
def guest(nobody: Path, person: Person, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A person who is nobody where root runs the tests, in a home that belongs to whoever that is."""
    person.home = nobody
    monkeypatch.setenv("HOME", str(nobody))
    monkeypatch.chdir("/")
    person.run("opt-out", "--dry-run")  # imports what somebody else may not be able to read
    return person


@as_nobody
@pytest.mark.parametrize("home", [".", "none"])
def test_a_home_that_cannot_be_written_or_made_is_a_line_for_each_file(
    home: str, guest: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(guest.home / home))
    guest.home.chmod(0o555)
    with somebody_else():
        done = guest.run("opt-out")
    assert done.status == 1
    assert f"~/{OWN}: cannot be written: Permission denied" in done.err
    assert "sudo" not in done.err, "as root, ~ is another home"
    assert _files(guest.home) == {}


@needs_root
def test_a_file_of_somebody_else_is_left(guest: Person) -> None:
    path = guest.write(f"~/{CONF}", _SECRET)
    path.chmod(0o646)
    for folder in (guest.home, guest.home / ".config", path.parent):
        folder.chmod(0o777)
    with somebody_else():
        done = guest.run("opt-out", "--tool", "pip")
    assert done.status == 1
    assert f"~/{CONF}: belongs to another user or group; nothing written" in done.err
    assert path.read_bytes() == _SECRET
    assert os.listdir(str(path.parent)) == ["pip.conf"]


_AT_ONCE = """
import json, os, sys
from pep786 import cli
from pep786.optout import hosts, switching, toml, turns
import tomlkit
cli._parser()
statuses = []
for words in json.loads(sys.argv[1]):
    if not os.fork():
        sys.stdout = open(os.devnull, "w")
        os._exit(cli.main(words))
for _ in json.loads(sys.argv[1]):
    statuses.append(os.waitstatus_to_exitcode(os.wait()[1]))
print(json.dumps(statuses))
"""


def _at_once(home: Path, commands: list[list[str]]) -> tuple[list[int], str]:
    environ = {**os.environ, "HOME": str(home), "PATH": str(home), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-B", "-c", _AT_ONCE, json.dumps(commands)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environ, cwd=str(home), timeout=300)
    return json.loads(done.stdout), done.stderr


@pytest.mark.skipif(not hasattr(os, "waitstatus_to_exitcode"), reason="needs fork and Python 3.9")
def test_many_that_choose_hosts_at_once_are_all_heard(tmp_path: Path) -> None:
    hosts = [f"host{number}.example" for number in range(50 if os.environ.get("PEP786_EVERYTHING") else 12)]
    statuses, said = _at_once(tmp_path, [["opt-out", "--allow", host] for host in hosts])
    assert (set(statuses), said) == ({0}, "")
    written = (tmp_path / OWN).read_text()
    assert [host for host in hosts if f'"{host}"' not in written] == []


@pytest.mark.skipif(not hasattr(os, "waitstatus_to_exitcode"), reason="needs fork and Python 3.9")
def test_many_that_opt_out_and_in_at_once_leave_nothing_that_opt_in_does_not_take_back(tmp_path: Path) -> None:
    _conf(tmp_path)
    before = _files(tmp_path)
    statuses, said = _at_once(tmp_path, [["opt-out"], ["opt-out"], ["opt-in"]] * 4)
    assert "meanwhile" not in said
    assert set(statuses) <= {0, 1}  # one who opts in may find that another one opted out again
    pep786(tmp_path, "opt-in")
    assert _files(tmp_path) == before


HOSTILE = {
    "CRLF, no final newline": (CONF, b"[global]\r\ntimeout = 5\r\n[install]\r\nuser = no", True),
    "a BOM": (CONF, b"\xef\xbb\xbf[global]\ntimeout = 5\n", True),
    "bytes that are no UTF-8": (CONF, b"[global]\n; \xff\xfe\xe9\ntimeout = 5\n", True),
    "the key twice": (CONF, b"[global]\nno-analytics = 0\nno-analytics = 0\n", False),
    "a section twice": (CONF, b"[global]\na = 1\n[global]\nb = 1\n", False),
    "no section": (CONF, b"timeout = 5\n", False),
    "NULs": (CONF, b"[global]\n" + b"\0" * 5000 + b" = 1\n", True),
    "nearly 4 MiB": (CONF, b"[global]\n" + b"# %060d\n" % 0 * 60000, True),
    "4 MiB, and too much with the key": (CONF, (b"[global]\n" + b"# %060d\n" % 0 * 67000)[: 4 << 20], False),
    "more than 4 MiB": (CONF, b"[global]\n" + b"# %060d\n" % 0 * 70000, False),
    "TOML, CRLF, no final newline": (OWN, b'# mine\r\n[hosts]\r\nallow = ["x.example"]', True),
    "TOML, a BOM": (OWN, b"\xef\xbb\xbf# mine\n", True),
    "TOML, the key twice": (OWN, b"no-analytics = false\nno-analytics = false\n", False),
    "TOML that is no UTF-8": (OWN, b'x = "\xff"\n', False),
    "TOML, UTF-16": (OWN, "x = 1\n".encode("utf-16"), False),
    "TOML, a line of 1 MB": (OWN, b'x = "' + b"y" * (1 << 20) + b'"\n', True),
    "TOML, the key false in a line of 1 MB": (OWN, b"no-analytics = false #" + b"y" * (1 << 20) + b"\n", False),
    "TOML, 2,000 deep": (OWN, b"x = " + b"[" * 2000 + b"]" * 2000 + b"\n", False),
}


@pytest.mark.parametrize(("where", "content", "written"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_in_a_file_comes_back_byte_for_byte_or_is_refused(
    where: str, content: bytes, written: bool, person: Person
) -> None:
    person.write(f"~/{where}", content)
    done = person.run("opt-out")
    path = person.path(f"~/{where}")
    assert (path.read_bytes() != content) is written
    assert len([line for line in done.err.splitlines() if where in line]) == int(not written)
    assert all(len(line) < 500 for line in done.err.splitlines())
    person.run("opt-in")
    assert path.read_bytes() == content


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
@pytest.mark.parametrize("kind", ["FIFO", "folder", "socket", "folder above"])
def test_what_is_no_file_is_left_as_it_is(kind: str, person: Person) -> None:
    path = person.path(f"~/{CONF}")
    path.parent.mkdir(parents=True)
    if kind == "FIFO":
        os.mkfifo(str(path))
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        os.mknod(str(path), stat.S_IFSOCK | 0o600)
    else:
        path.parent.rmdir()
        path.parent.write_bytes(b"a file")
    done = person.run("opt-out", "--tool", "pip")
    assert done.status == 1
    assert len(done.err.splitlines()) == 1
    assert path.parent.read_bytes() == b"a file" if kind == "folder above" else path.exists()
    assert [name for name in os.listdir(str(path.parent.parent)) if name.startswith(".")] == []


def test_attributes_stay_and_another_name_of_the_file_keeps_what_it_held(person: Person) -> None:
    path = person.write(f"~/{CONF}", "[global]\n")
    other = person.path("~/same")
    os.link(str(path), str(other))
    try:
        os.setxattr(str(path), "user.note", b"mine")
    except (OSError, AttributeError):
        pytest.skip("no extended attributes on this file system")
    person.run("opt-out")
    assert b"no-analytics" in path.read_bytes()
    assert os.getxattr(str(path), "user.note") == b"mine"
    assert other.read_text() == "[global]\n"
