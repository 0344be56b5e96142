"""A folder for ``pep786 proxy`` that somebody else got to first (docs/faults.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
from tests.proxy.test_service import Service, mode

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the proxy does not run on Windows yet")

NAMES = ("ca.pem", "ca-key.pem", "token", "url", "certificates.pem")


def refused(folder: Path) -> str:
    """What the service says when it does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "pep786", "proxy", "--ca", str(folder), "--port", "0"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("pep786 proxy: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("bits", [0o777, 0o775, 0o1777])
def test_a_folder_that_others_can_write_to(bits: int, tmp_path: Path) -> None:
    """They could put their own certificates there, which all clients would trust."""
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(bits)
    assert "others can write to" in refused(folder)
    assert list(folder.iterdir()) == []


def test_a_folder_is_made_for_its_owner_to_write_to_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        running = Service(tmp_path / "state")
    finally:
        os.umask(before)
    running.stop()
    assert mode(tmp_path / "state") == 0o755


def test_links_that_were_there_first(tmp_path: Path) -> None:
    """None of them is written through: what they lead to is as it was, and clients find files."""
    folder, victim = tmp_path / "state", tmp_path / "victim"
    folder.mkdir(0o755)
    victim.mkdir()
    for name in NAMES:
        (victim / name).write_text("kept")
    for name in ("ca.pem", "url", "certificates.pem"):
        (folder / name).symlink_to(victim / name)
    for name in ("ca-key.pem", "token"):  # they lead nowhere yet
        (folder / name).symlink_to(tmp_path / "elsewhere" / name)
    Service(folder).stop()
    assert {path.read_text() for path in victim.iterdir()} == {"kept"}
    assert not (tmp_path / "elsewhere").exists()
    assert [name for name in NAMES if (folder / name).is_symlink()] == []


@pytest.mark.parametrize("name", ["token", "ca-key.pem"])
@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_a_secret_that_is_no_file(kind: str, name: str, tmp_path: Path) -> None:
    """It does not wait for one who writes, and reads no device."""
    folder = tmp_path / "state"
    Service(folder).stop()
    (folder / name).unlink()
    if kind == "fifo":
        os.mkfifo(folder / name, 0o600)
    elif kind == "folder":
        (folder / name).mkdir(0o700)
    else:
        (folder / name).symlink_to("/dev/zero")
    assert str(folder / name) in refused(folder)
