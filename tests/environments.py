"""Real parts: the Pythons of this machine, released pips, and virtual environments with the shim in them.

Released wheels come from the registry that pip is configured for, once, into a cache folder that
PEP786_TEST_CACHE names (default: .cache in the checkout).
"""

from __future__ import annotations

import functools
import glob
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parent.parent
CACHE = Path(os.environ.get("PEP786_TEST_CACHE", CHECKOUT / ".cache"))
# As pytest was started, before a test gets a home of its own: the registry may be configured there.
_ENVIRON = dict(os.environ)
_PYENV = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))

#: One release of each line that the shim is promised for, and the Pythons that run it, best first (facts).
PIPS = {
    "26.3": ("3.13", "3.12", "3.11", "3.10"),
    "25.3": ("3.10", "3.9", "3.11", "3.12", "3.13"),
    "24.0": ("3.12", "3.11", "3.8", "3.9", "3.10"),
    "23.3.2": ("3.11", "3.10", "3.9", "3.8", "3.12"),
    "22.3.1": ("3.10", "3.9", "3.8", "3.11"),
    "21.3.1": ("3.9", "3.8", "3.10", "3.11"),
    "20.3.4": ("3.8", "3.9", "3.10", "3.11"),
    "19.3.1": ("3.8", "3.9", "3.10", "3.11"),
    "18.1": ("3.8", "3.9"),
    "10.0.1": ("3.8", "3.9"),
    "9.0.3": ("3.8", "3.9"),
}
NEWEST = "26.3"
THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"


@functools.lru_cache(maxsize=None)
def python(version: str) -> str | None:
    """The interpreter of a minor version, from PATH or a pyenv; None if this machine has none."""
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return sys.executable
    candidates = [shutil.which(f"python{version}"), *glob.glob(f"{_PYENV}/versions/{version}.*/bin/python")]
    for candidate in filter(None, candidates):
        # What it is itself: a script of pyenv's finds its Python by PATH and HOME, and a test has others.
        ask = [candidate, "-c", "import sys; print(sys.executable)"]
        done = subprocess.run(ask, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


@functools.lru_cache(maxsize=None)
def fetched(project: str, version: str, *, native: bool = False) -> Path:
    """The released wheel of a project, from the cache or the registry: a pure one, or the one for this machine."""
    folder = CACHE / f"{project}-{version}"
    if not list(folder.glob("*.whl")):
        part = CACHE / f"{project}-{version}.{os.getpid()}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        if not native:
            command += ["--ignore-requires-python", "--python-version", "3.12", "--platform", "any"]
        command += ["--dest", str(part), f"{project}=={version}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=_ENVIRON)
        if done.returncode:
            pytest.fail(f"{project} {version} cannot be fetched: {done.stderr.strip()}")
        folder.mkdir(parents=True, exist_ok=True)
        for wheel in part.glob("*.whl"):
            wheel.replace(folder / wheel.name)
        shutil.rmtree(part)
    return next(folder.glob("*.whl"))


class Environment:
    """A virtual environment with a released pip, and the shim installed by unpacking its wheel, or not."""

    def __init__(self, root: Path, python: str) -> None:
        subprocess.run([python, "-m", "venv", "--without-pip", str(root)], check=True)
        self._look_around(root)

    @classmethod
    def copy(cls, made: Path, root: Path) -> Environment:
        """A virtual environment like one that is there; it shares the files' bytes where the file system can."""
        shutil.copytree(made, root, symlinks=True, copy_function=_link)
        for script in (root / ("Scripts" if os.name == "nt" else "bin")).iterdir():
            if script.is_file() and not script.is_symlink():
                data, mode = script.read_bytes(), script.stat().st_mode
                script.unlink()
                script.write_bytes(data.replace(os.fsencode(made), os.fsencode(root)))
                script.chmod(mode)
        environment = cls.__new__(cls)
        environment._look_around(root)
        return environment

    def _look_around(self, root: Path) -> None:
        self.root = root
        self.scripts = root / ("Scripts" if os.name == "nt" else "bin")
        self.python = str(self.scripts / "python")
        where = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.site_packages = Path(self.output([self.python, "-c", where]).strip())

    def unpack(self, wheel: Path) -> None:
        """Install a pure wheel that has no scripts we need."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.site_packages)

    def output(self, command: list[str], **environ: Any) -> str:
        """What a command prints to standard output; fails the test with everything it said if it fails."""
        done = self.run(command, **environ)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, command: list[str], cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command with these variables on top of the test's own."""
        environment = {**os.environ, **environ}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=cwd)


class Environments:
    """Makes environments once for a test session; a test that changes one makes its own."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._made: dict[tuple[str | None, str | None, bool], Environment] = {}

    @functools.cached_property
    def wheel(self) -> Path:
        """The shim's wheel, built from this checkout."""
        return self.build("--wheel")

    def build(self, kind: str) -> Path:
        """Build "--wheel" or "--sdist" from this checkout."""
        folder = self._folders.mktemp("dist")
        command = [sys.executable, "-m", "build", kind, "--no-isolation", "--outdir", str(folder), str(CHECKOUT)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=_ENVIRON)
        assert done.returncode == 0, done.stdout + done.stderr
        return next(folder.iterdir())

    def shared(self, pip: str | None = None, version: str | None = None, *, shim: bool = True) -> Environment:
        """An environment that tests share and must not change; see :meth:`fresh`."""
        key = (pip, version, shim)
        if key not in self._made:
            self._made[key] = self.fresh(pip, version, shim=shim)
        return self._made[key]

    def fresh(self, pip: str | None = None, version: str | None = None, *, shim: bool = True) -> Environment:
        """An environment with this release of pip and the shim, on this Python or the best one for the pip."""
        interpreter = python(version or (best(pip) if pip else THIS))
        if interpreter is None:
            pytest.skip(f"this machine has no Python {version}")
        environment = Environment(self._folders.mktemp("environment") / "venv", interpreter)
        if pip:
            environment.unpack(fetched("pip", pip))
        if shim:
            environment.unpack(self.wheel)
            environment.unpack(fetched("tomli", "2.0.2"))
        return environment


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def best(pip: str) -> str:
    """The best Python here that runs a release of pip; skips the test where there is none."""
    for version in PIPS[pip]:
        if python(version):
            return version
    pytest.skip(f"pip {pip} runs on Python {', '.join(PIPS[pip])}, and this machine has none of them")


@functools.lru_cache(maxsize=None)
def install(library: str) -> str:
    """A folder of the cache that holds a library from the registry and what it needs, for this Python."""
    folder = CACHE / f"{library}-for-python{sys.version_info[0]}{sys.version_info[1]}"
    if not folder.exists():
        part = CACHE / f"{folder.name}.{os.getpid()}"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(part), library]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=_ENVIRON)
        if done.returncode:
            pytest.fail(f"{library} cannot be installed: {done.stderr.strip()}")
        try:
            part.replace(folder)
        except OSError:
            if not folder.exists():
                raise
            shutil.rmtree(part)  # another worker was first
    return str(folder)
