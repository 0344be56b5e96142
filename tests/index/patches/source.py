"""Where the patched code of these tests comes from: a patch's own new files, or a released sdist with the patch in."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pep786.patching import mailbox
from tests.environments import _ENVIRON, CACHE, CHECKOUT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

PATCHES = CHECKOUT / "patches"
TOOLS = ("devpi-server", "infra", "linehaul", "pypiserver", "warehouse")

_HUNK = re.compile(r"^@@ -(?P<at>\d+)(?:,(?P<removed>\d+))? \+\d+(?:,(?P<added>\d+))? @@(?P<rest>.*)$")


class Patch(NamedTuple):
    """A row of a series file. added_only: for a commit, and made of added lines without context."""

    tool: str
    serves: str
    path: Path
    added_only: bool

    def __str__(self) -> str:
        return self.path.stem


def series(tool: str) -> list[Patch]:
    """What the series file of a tool lists."""
    table = tomllib.loads((PATCHES / tool / "series.toml").read_text(encoding="utf-8"))
    return [
        Patch(tool, serves, PATCHES / tool / row["patch"], kind == "commits")
        for kind in ("releases", "commits")
        for serves, row in table.get(kind, {}).items()
    ]


ALL = [patch for tool in TOOLS for patch in series(tool)]


def patch_of(stem: str) -> Patch:
    """The patch of this name."""
    return next(patch for patch in ALL if patch.path.stem == stem)


class Hunk(NamedTuple):
    """A hunk: its header, how many lines it says that it removes and adds, and its lines."""

    header: str
    removed: int
    added: int
    rest: str
    lines: list[str]


def hunks(text: str) -> list[Hunk]:
    """The hunks of one file's diff."""
    found: list[Hunk] = []
    for line in text.splitlines():
        header = _HUNK.match(line)
        if header:
            removed, added = (int(number or 1) for number in header.group("removed", "added"))
            found.append(Hunk(line, removed, added, header["rest"], []))
        elif found and line != r"\ No newline at end of file":
            found[-1].lines.append(line)
    return found


def new_file(stem: str, path: str) -> str:
    """The text of a file that a patch makes."""
    (part,) = [part for part in mailbox.read(str(patch_of(stem).path)) if part.path == path]
    assert part.new
    return "".join(f"{line[1:]}\n" for hunk in hunks(part.text) for line in hunk.lines)


def new_module(stem: str, path: str, folder: Path) -> Any:
    """A module that a patch makes, imported alone."""
    name = "patched_" + re.sub(r"\W", "_", stem)
    file = folder / f"{name}.py"
    file.write_text(new_file(stem, path), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sdist(project: str, version: str) -> Path:
    """The released sdist of a project, from the cache or the registry."""
    folder = CACHE / f"{project}-{version}-sdist"
    if not folder.exists():
        part = CACHE / f"{folder.name}.{os.getpid()}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", project]
        done = subprocess.run(
            [*command, "--dest", str(part), f"{project}=={version}"],
            check=False,
            capture_output=True,
            text=True,
            env=_ENVIRON,
        )
        if done.returncode:
            pytest.fail(f"the sdist of {project} {version} cannot be fetched: {done.stderr.strip()}")
        try:
            part.replace(folder)
        except OSError:
            shutil.rmtree(part)  # another worker was first
    return next(folder.glob("*.tar.gz"))


def unpacked(project: str, version: str, folder: Path, *, patched: bool) -> Path:
    """The root of the released sdist, with the patch put in or not."""
    with tarfile.open(sdist(project, version)) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)  # noqa: S202  a released sdist, from the registry
    (root,) = folder.iterdir()
    if patched:
        put_in(patch_of(f"{project}-{version}"), root)
    return root


def put_in(patch: Patch, root: Path) -> None:
    """Apply a patch as the README says."""
    command = ["git", "apply", *(["--unidiff-zero"] if patch.added_only else []), str(patch.path)]
    # Within a repository, git would leave out what is not below it.
    environ = {**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)}
    done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr


def own_tests(root: Path, path: str, libraries: list[str], *arguments: str) -> None:
    """Run a test file that a patch brings, in its source tree, with these folders of libraries."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path, *arguments]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *libraries])}
    done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout
