"""Disks that are full, files that may not grow, and somebody who may do little: for real."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
_NOBODY = 65534


def _can_mount() -> bool:
    if not _ROOT or not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False, capture_output=True)  # noqa: S607
        if not done.returncode:
            subprocess.run(["umount", folder], check=True)  # noqa: S607
        return not done.returncode


full_disk = pytest.mark.skipif(not _can_mount(), reason="needs root and the right to mount, for a disk to be full")
needs_root = pytest.mark.skipif(not _ROOT, reason="needs root, to give files to others")
as_nobody = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], check=True)  # noqa: S607
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


def fill(disk: Path, *, room: int) -> Path:
    """Take all of the disk but so many bytes. Returns the file that does."""
    found = os.statvfs(str(disk))
    filler = disk / "filler"
    filler.write_bytes(b"x" * (found.f_bavail * found.f_frsize - room))
    return filler


@pytest.fixture
def nobody() -> Iterator[Path]:
    """A folder that everybody can reach: pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103
        yield Path(folder)
        os.chmod(folder, 0o755)  # noqa: S103


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be nobody in the block, if root runs the tests; else the permissions that one has are few enough."""
    if not _ROOT:
        yield
        return
    os.setegid(_NOBODY)
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def smaller_files(size: int) -> Callable[[], None]:
    """For a new process: no file of its may become larger."""

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit
