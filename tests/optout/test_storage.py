"""How ``pep786 opt-out`` puts a file in place: permissions, owners and links stay, and nothing is half written."""

from __future__ import annotations

import ntpath
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pep786.optout import storage
from pep786.optout.errors import OptOutError

if TYPE_CHECKING:
    from tests.optout.conftest import Person

OWN, CONF = "~/.config/pep786/config.toml", "~/.config/pip/pip.conf"


def test_permissions_are_kept_and_folders_are_private(person: Person) -> None:
    path = person.write(CONF, "[global]\n")
    path.chmod(0o640)
    person.run("opt-out")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(person.path(OWN).parent.stat().st_mode) == 0o700
    previous = os.umask(0o077)
    try:
        person.run("opt-out", "--scope", "global")
    finally:
        os.umask(previous)
    machine = person.path("/etc/pep786")
    assert stat.S_IMODE(machine.stat().st_mode) == 0o755
    assert stat.S_IMODE((machine / "config.toml").stat().st_mode) == 0o644


def test_a_drive_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which on Windows is above itself, as is the empty folder of a bare name."""
    made: list[str] = []
    monkeypatch.chdir(tmp_path)  # where these are plain names
    with monkeypatch.context() as patched:
        patched.setattr(os, "path", ntpath)
        missing = storage.missing_folders("Z:\\a\\b\\c.toml")
        storage._make_plainly("Z:\\a\\b", made)
    assert missing == made == ["Z:\\a", "Z:\\a\\b"]
    assert storage.missing_folders("c.toml") == []


def test_a_write_protected_file_is_left(person: Person) -> None:
    person.write(CONF, "[global]\n").chmod(0o444)
    done = person.run("opt-out")
    assert "is write-protected" in done.err
    assert person.path(CONF).read_text() == "[global]\n"


def test_a_link_is_followed_and_stays(person: Person) -> None:
    dotfile = person.write("~/dotfiles/pip.conf", "[global]\n")
    person.path(CONF).parent.mkdir(parents=True)
    person.path(CONF).symlink_to(dotfile)
    person.run("opt-out")
    assert person.path(CONF).is_symlink()
    assert "no-analytics" in dotfile.read_text()
    person.run("opt-in")
    assert (person.path(CONF).is_symlink(), dotfile.read_text()) == (True, "[global]\n")


def test_a_link_to_nothing_stays_that(person: Person) -> None:
    person.path(CONF).parent.mkdir(parents=True)
    person.path(CONF).symlink_to(os.devnull)
    done = person.run("opt-out")
    assert "pip/pip.conf: is not a regular file" in done.err
    assert (done.status, os.readlink(str(person.path(CONF)))) == (1, os.devnull)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such calls")
@pytest.mark.parametrize("folder", [True, False])
def test_a_link_put_in_the_way_is_not_followed(folder: bool, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    path = person.write("~/here/pip.conf", "[global]\n")
    prey = person.write("~/there/pip.conf", "[global]\n")
    resolve = storage._followed

    def exchanged(name: str) -> str:
        found = resolve(name)
        path.unlink()
        if folder:
            path.parent.rmdir()
            path.parent.symlink_to(prey.parent)
        else:
            path.symlink_to(prey)
        return found

    monkeypatch.setattr(storage, "_followed", exchanged)
    with pytest.raises(OptOutError, match="meanwhile"):
        storage.write(str(path), b"[global]\n", b"x", private=True)
    assert prey.read_text() == "[global]\n"
    assert len(list(prey.parent.iterdir())) == 1


@pytest.mark.parametrize(("before", "now"), [(b"a", b"b"), (None, b"b"), (b"a", None)])
def test_what_changed_meanwhile_is_not_overwritten(before: bytes | None, now: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "file"
    if now is not None:
        path.write_bytes(now)
    with pytest.raises(OptOutError, match="meanwhile"):
        storage.write(str(path), before, b"c", private=True)
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir() if entry.is_file()] == (
        [] if now is None else [("file", now)]
    )


def test_nothing_is_left_behind_when_writing_fails(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = person.run("opt-out")
    assert (done.status, person.files()) == (1, {})
    assert "No space left on device" in done.err
    assert not person.path("~/.config").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root, to be somebody else")
def test_what_only_root_can_write_is_one_line_with_the_command(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody can enter pytest's own temporary folders.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103
        person.machine = Path(folder)
        monkeypatch.chdir(folder)
        os.seteuid(65534)
        try:
            done = person.run("opt-out", "--scope", "global")
        finally:
            os.seteuid(0)
        assert os.listdir(folder) == []
    assert done.status == 1
    (line,) = [line for line in done.err.splitlines() if "permission denied" in line]
    assert f"{folder}/etc/pep786/config.toml, {folder}/etc/pip.conf" in line
    assert "run: sudo " in line
    assert line.endswith(" -m pep786 opt-out --scope global")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_owners_are_kept_and_what_root_makes_for_a_person_is_the_persons(person: Person) -> None:
    path = person.write(CONF, "[global]\n")
    os.chown(path, 1234, 4321)
    for folder in (person.home, person.path("~/.config")):
        os.chown(folder, 1234, 4321)
    person.run("opt-out")
    for found in (path, person.path(OWN), person.path(OWN).parent, person.path("~/.local/state/pep786/opt-out.json")):
        assert (found.stat().st_uid, found.stat().st_gid) == (1234, 4321), found
