"""Released pips, patched or as they are, on the Pythons of this machine, Python 2.7 included."""

from __future__ import annotations

import functools
import glob
import os
import re
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tests.environments
from pep786 import patching
from pep786.verify import distributions, pages
from pep786.verify import index as indexes
from pep786.verify.cases import Case, tried_on
from tests.environments import Environment, fetched

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from pep786.patching import Release
    from pep786.verify.index import Index

#: What a change to the patches is tried on: one release of each line.
LINES = (
    "9.0.3",
    "10.0.1",
    "18.1",
    "19.3.1",
    "20.3.4",
    "21.0.1",
    "21.3.1",
    "22.3.1",
    "23.3.2",
    "24.0",
    "24.3.1",
    "25.1.1",
    "25.3",
    "26.2.1",
    "26.3",
)

_PYENV = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))


def cases() -> tuple[Case, ...]:
    """The cases that a patched pip has to pass; those that take the shim are left out."""
    return tuple(case for case in tried_on("pip", "pip") if case.native)


@functools.lru_cache(maxsize=None)
def interpreter(version: str) -> str | None:
    """The interpreter of a minor version, or None."""
    if version != "2.7":
        return tests.environments.python(version)
    found = glob.glob(f"{_PYENV}/versions/2.7.*/bin/python")
    return found[0] if found else None


def pythons(release: Release) -> list[str]:
    """The Pythons of this machine that run a release, the newest first."""
    return [version for version in reversed(release.pythons) if interpreter(version)]


def unpack(version: str, folder: Path) -> Path:
    """The released wheel, unpacked into a folder."""
    with zipfile.ZipFile(fetched("pip", version)) as archive:
        archive.extractall(folder)
    return folder


class OldEnvironment(Environment):
    """Python 2.7, which has no venv: a script that puts a folder of ours before its own packages."""

    def __init__(self, root: Path, python: str) -> None:
        self.root = root
        self.scripts = root / "bin"
        self.site_packages = root / "site-packages"
        for folder in (self.scripts, self.site_packages):
            folder.mkdir(parents=True)
        self.python = str(self.scripts / "python")
        script = f'#!/bin/sh\nPYTHONPATH="{self.site_packages}${{PYTHONPATH:+:$PYTHONPATH}}" exec "{python}" "$@"\n'
        Path(self.python).write_text(script, encoding="utf-8")
        os.chmod(self.python, 0o700)


def environment(root: Path, version: str, python: str, *, patched: bool = True) -> Environment:
    """A new environment with a release of pip, patched or not, on a Python."""
    path = interpreter(python)
    if path is None:
        pytest.skip(f"this machine has no Python {python}")
    made = OldEnvironment(root, path) if python == "2.7" else Environment(root, path)
    made.unpack(fetched("pip", version))
    if patched:
        patching.apply(str(made.site_packages))
    return made


class Environments:
    """Makes environments once; tests share them and change nothing in them."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._made: dict[tuple[str, str, bool], Environment] = {}

    def shared(self, version: str, python: str | None = None, *, patched: bool = True) -> Environment:
        """A release on a Python, the newest that runs it if None."""
        if python is None:
            known = pythons(patching.find("pip", version))
            if not known:
                pytest.skip(f"this machine has no Python that runs pip {version}")
            python = known[0]
        key = (version, python, patched)
        if key not in self._made:
            self._made[key] = self.fresh(version, python, patched=patched)
        return self._made[key]

    def fresh(self, version: str, python: str | None = None, *, patched: bool = True) -> Environment:
        """A release on a Python, to change."""
        python = python or pythons(patching.find("pip", version))[0]
        return environment(self._folders.mktemp("pip") / "environment", version, python, patched=patched)


@contextmanager
def serving(python: str) -> Iterator[None]:
    """While this lasts, every index offers what a Python can use; Python 2.7 needs distributions of its own."""
    if python != "2.7":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "REQUIRES_PYTHON", ">=2.7")
        patch.setattr(indexes, "demo_distributions", lambda: list(old_distributions()))
        yield


@functools.lru_cache(maxsize=None)
def old_distributions() -> tuple[distributions.Distribution, ...]:
    """The demo distributions for Python 2.7: its tags, and a backend that it can run."""
    backend = re.sub(
        r'^(""".*"""\n)', r"\1from __future__ import unicode_literals\nfrom io import open\n", distributions.BACKEND
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributions, "REQUIRES_PYTHON", ">=2.7")
        patch.setattr(distributions, "BACKEND", backend.replace("py3-none", "py2.py3-none"))
        made = distributions.demo_distributions()
    return tuple(replace(file, filename=file.filename.replace("-py3-", "-py2.py3-")) for file in made)


def real(project: str, version: str) -> distributions.Distribution:
    """A released wheel of another project, for an index to offer: legacy builds need setuptools and wheel."""
    path = fetched(project, version)
    return distributions.Distribution(project, version, path.name, path.read_bytes())


def pip(
    environment: Environment, *arguments: str, cwd: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run pip without any configuration but what the variables name."""
    quiet = {"PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "NO_PROXY": "*"}
    return environment.run([environment.python, "-m", "pip", *arguments], cwd=cwd, **{**quiet, **variables})


def faults(index: Index, *, opted_out: bool = True) -> list[str]:
    """What is wrong with the requests that an index received: each has to carry the signal once, or none may."""
    wrong = [] if index.received else ["no request"]
    for request in index.received:
        agent = request.user_agent or ""
        once = request.prefer == ["no-analytics"] and agent.count(" (no-analytics)") == 1
        never = not request.prefer and "(no-analytics)" not in agent
        if not (once and agent.endswith(" (no-analytics)") if opted_out else never):
            wrong.append(f"{request.method} {request.path}: Prefer {request.prefer}, User-Agent {agent}")
    return wrong
