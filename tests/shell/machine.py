"""What a recipe runs on: programs of this machine, a pip, and an index that offers the shim."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

import tests.environments
from pep786.recipes import recipes
from pep786.verify.distributions import Distribution
from tests.environments import CACHE, CHECKOUT, THIS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pep786.verify.index import Index
    from tests.environments import Environment

RECIPES = recipes()


def program(name: str) -> str:
    """A program of this machine; skips the test where there is none."""
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"]))
    if found is None:
        pytest.skip(f"this machine has no {name}")
    return found


def offered(wheel: Path) -> Distribution:
    """A wheel, as an index offers it."""
    project, version = wheel.name.split("-")[:2]
    name = re.sub(r"[-_.]+", "-", project).lower()
    return Distribution(name, version, wheel.name, wheel.read_bytes())


@dataclass
class Machine:
    """What a recipe runs on. folder: for its files, with the commands in bin; environment: whose pip it is."""

    folder: Path
    environment: Environment
    index: Index

    def environ(self) -> dict[str, str]:
        """The variables of a person who is not opted out."""
        path = [str(self.folder / "bin"), str(self.environment.scripts), "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        known = {name: value for name, value in os.environ.items() if name in ("HOME", "TMPDIR", "LANG", "PYENV_ROOT")}
        return {
            **known,
            "PATH": os.pathsep.join(path),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_INDEX_URL": self.index.simple,
            "PIP_NO_CACHE_DIR": "1",
        }

    def offer(self, distributions: list[Distribution]) -> None:
        """Have the index offer more."""
        self.index.distributions += distributions
        self.index.files.update((file.filename, file.data) for file in distributions)

    def run(self, command: list[str], **variables: str) -> str:
        """What a command prints; fails the test where it fails."""
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**self.environ(), **variables},
            stdin=subprocess.DEVNULL,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def assert_carried(self, *projects: str, expected: bool = True) -> None:
        """Every request for these projects was signalled, or none; each was asked for."""
        received = self.index.received
        for project in projects:
            part = [one for one in received if project in one.path.replace("_", "-")]
            assert part, f"{project} was not asked for"
            for one in part:
                assert one.prefer == (["no-analytics"] if expected else []), one


@functools.lru_cache(maxsize=None)
def with_all_it_needs(project: str, version: str) -> list[Distribution]:
    """The wheels of a release and of what it needs on this Python, fetched once into the cache."""
    folder = CACHE / f"{project}-{version}-wheels-for-python{THIS}"
    if not folder.exists():
        part = CACHE / f"{folder.name}.{os.getpid()}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--dest", str(part)]
        environ = tests.environments._ENVIRON
        done = subprocess.run(
            [*command, f"{project}=={version}"], check=False, capture_output=True, text=True, env=environ
        )
        if done.returncode:
            pytest.fail(f"{project} {version} cannot be fetched: {done.stderr.strip()}")
        try:
            part.replace(folder)
        except OSError:
            shutil.rmtree(part)  # another worker was first
    return [offered(wheel) for wheel in sorted(folder.glob("*.whl"))]


def bound(mounts: Mapping[Path, str], script: str) -> list[str]:
    """A command that runs a script where these paths of the test stand in place of the machine's."""
    unshare = program("unshare")
    if subprocess.run([unshare, "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("mounting takes root")
    lines = [f"mount --bind {shlex.quote(str(ours))} {place}" for ours, place in mounts.items()]
    return [unshare, "--mount", "sh", "-ec", "\n".join([*lines, script])]


def _script(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def make(environment: Environment, index: Index, folder: Path) -> Machine:
    """A machine with the pip of an environment and the pep786 of this checkout on PATH."""
    _script(folder / "bin" / "pip", f'exec {environment.python} -m pip "$@"')
    _script(folder / "bin" / "pep786", f'PYTHONPATH={CHECKOUT} exec {sys.executable} -m pep786 "$@"')
    return Machine(folder, environment, index)
