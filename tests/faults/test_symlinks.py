"""Links in the way of what is written: a person's own stay and are followed, those of others lead nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pep786.optout import storage
from pep786.optout.errors import OptOutError
from tests.faults.disks import needs_root
from tests.optout.conftest import Person, person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["person"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and owners are POSIX's")

_OTHER = 1234
_FIRST, _SECOND = b"[global]\n", b"[global]\nno-analytics = true\n"
_PREY = "[project]\nname = 'prey'\n"


@pytest.fixture
def shared(person: Person, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that all may write to, as /tmp; root stands in it."""
    folder = person.root / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.chdir(folder)
    return folder


@needs_root
def test_a_link_of_somebody_elses_is_not_followed_to_a_file_of_ours(person: Person, shared: Path) -> None:
    prey = person.write("~/prey/pyproject.toml", _PREY)
    link = shared / "pyproject.toml"
    link.symlink_to(prey)
    os.lchown(str(link), _OTHER, _OTHER)
    done = person.run("opt-out", "--scope", "project")
    assert done.status == 1
    assert "pyproject.toml: is reached by a link of another user; nothing written" in done.err
    assert prey.read_text() == _PREY
    assert os.listdir(str(prey.parent)) == ["pyproject.toml"]


@needs_root
def test_with_sudo_a_persons_own_link_is_followed_to_what_is_theirs_only(person: Person) -> None:
    dotfile = person.write("~/dotfiles/pip.conf", "[global]\n")
    folder = person.path("~/.config/pip")
    folder.mkdir(parents=True)
    link = folder / "pip.conf"
    link.symlink_to(dotfile)
    for path in (dotfile, folder, person.home):
        os.chown(str(path), _OTHER, _OTHER)
    os.lchown(str(link), _OTHER, _OTHER)
    assert person.run("opt-out", "--tool", "pip").status == 0
    assert link.is_symlink()
    assert "no-analytics" in dotfile.read_text()
    dotfile.write_text("[global]\n")
    os.chown(str(dotfile), 0, 0)
    done = person.run("opt-out", "--tool", "pip")
    assert "is reached by a link of another user" in done.err
    assert dotfile.read_text() == "[global]\n"


def test_links_in_circles_are_one_line(person: Person) -> None:
    folder = person.path("~/.config/pip")
    folder.mkdir(parents=True)
    (folder / "pip.conf").symlink_to("other")
    (folder / "other").symlink_to("pip.conf")
    done = person.run("opt-out", "--tool", "pip")
    assert done.status == 1
    assert len(done.err.splitlines()) == 1
    assert sorted(os.listdir(str(folder))) == ["other", "pip.conf"]


_EXCHANGE = """
import os, shutil, sys, time
os.setuid(int(sys.argv[2]))
print("begun", flush=True)
until = time.monotonic() + 120
while time.monotonic() < until and os.getppid() == int(sys.argv[1]):
    os.rename("here", "kept")
    try:
        os.symlink("../prey", "here"); os.unlink("here")
    except OSError:  # in the meantime it was made anew
        shutil.rmtree("here", ignore_errors=True)
    os.rename("kept", "here")
"""


@pytest.fixture
def exchanged(nobody: Path) -> Iterator[Path]:
    """Of somebody else's: a folder in whose place there is, time and again, a link to one of ours."""
    theirs, ours = nobody / "theirs", nobody / "prey"
    for folder in (theirs, theirs / "here", ours):
        folder.mkdir()
    for path in (theirs / "here" / "pip.conf", ours / "pip.conf"):
        path.write_bytes(_FIRST)
    for path in (theirs, theirs / "here", theirs / "here" / "pip.conf"):
        os.chown(str(path), _OTHER, _OTHER)
    command = [sys.executable, "-c", _EXCHANGE, str(os.getpid()), str(_OTHER)]
    with subprocess.Popen(command, cwd=str(theirs), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield nobody
        process.kill()


@needs_root
def test_a_folder_exchanged_for_a_link_all_the_time_leads_nowhere(exchanged: Path) -> None:
    """What the link leads to has the same bytes, and could be taken for the file that was read."""
    prey = exchanged / "prey" / "pip.conf"
    before = prey.stat()
    written = {True: 0, False: 0}
    until = time.monotonic() + 60
    while time.monotonic() < until and (sum(written.values()) < 300 or not all(written.values())):
        now, then = (_FIRST, _SECOND) if written[True] % 2 == 0 else (_SECOND, _FIRST)
        try:
            storage.write(str(exchanged / "theirs" / "here" / "pip.conf"), now, then, private=True)
        except OptOutError:
            written[False] += 1
        else:
            written[True] += 1
    after = prey.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert os.listdir(str(prey.parent)) == ["pip.conf"]
    assert all(written.values()), written
