"""Installations of Python to change: copies, which find themselves where they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import pytest

from tests.environments import python

if TYPE_CHECKING:
    Installations = Callable[[str], "Installation"]

_WHERE = "import sys, sysconfig; print(sys.base_prefix); print(sysconfig.get_path('stdlib'))"
_NOT_NEEDED = (
    "site-packages",
    "dist-packages",
    "test",
    "idlelib",
    "tkinter",
    "lib2to3",
    "turtledemo",
    "config-*",
    "*.a",
)
# As pytest was started: what a version manager has on PATH finds its versions by it.
_ENVIRON = dict(os.environ)
DEBIANS = "/usr/bin/python3"


class Installation:
    """A copy of an installation, the base of environments of its own."""

    def __init__(self, root: Path, version: str) -> None:
        self.root = root
        self.python = str(root / "bin" / f"python{version}")
        self.stdlib = root / "lib" / f"python{version}"
        self.site_packages = self.stdlib / "site-packages"
        self.custom = self.stdlib / "sitecustomize.py"

    def venv(self, name: str = "venv") -> str:
        """A new virtual environment of it. Returns its interpreter."""
        folder = self.root.parent / name
        subprocess.run([self.python, "-m", "venv", "--without-pip", str(folder)], check=True)
        return str(folder / "bin" / "python")


def _copy(executable: str, root: Path) -> str:
    base, stdlib = subprocess.run(
        [executable, "-I", "-c", _WHERE], check=True, capture_output=True, text=True, env=_ENVIRON
    ).stdout.splitlines()
    version = os.path.basename(stdlib)[len("python") :]
    (root / "bin").mkdir(parents=True)
    shutil.copy2(os.path.join(base, "bin", f"python{version}"), root / "bin")
    target = root / "lib" / f"python{version}"
    shutil.copytree(stdlib, target, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_NEEDED))
    for library in Path(base, "lib").glob("libpython*"):
        shutil.copy2(library, root / "lib", follow_symlinks=False)
    if executable != DEBIANS:
        if base == "/usr":
            pytest.skip("this Python is the system's, which may lay itself out in ways of its own")
        (target / "site-packages").mkdir()
        for name in ("EXTERNALLY-MANAGED", "sitecustomize.py"):
            if os.path.lexists(target / name):
                (target / name).unlink()
    return version


@pytest.fixture(scope="session")
def installations(tmp_path_factory: pytest.TempPathFactory) -> Installations:
    """A new copy of a minor version, or of Debian's Python; skips the test where this machine has it not."""
    copied: dict[str, tuple[Path, str]] = {}

    def installation(version: str) -> Installation:
        if os.name == "nt":
            pytest.skip("copies installations laid out as on POSIX")
        if version not in copied:
            executable = DEBIANS if version == "debian" else python(version)
            if executable is None or (version == "debian" and not os.path.exists("/etc/debian_version")):
                pytest.skip(f"this machine has no Python {version}")
            root = tmp_path_factory.mktemp("copied") / "usr"
            copied[version] = root, _copy(executable, root)
        master, number = copied[version]
        root = tmp_path_factory.mktemp("installation") / "usr"
        shutil.copytree(master, root, symlinks=True, copy_function=_link)
        return Installation(root, number)

    return installation


def _link(source: str, target: str) -> None:
    """Share the bytes with the copy before: no test writes into a file that it did not make."""
    os.link(source, target, follow_symlinks=False)
