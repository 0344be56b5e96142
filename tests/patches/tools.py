"""Released poetry, pdm and hatch, patched or as they are, and how each is told to fetch from an index."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pep786 import patching
from pep786.verify.distributions import wheel
from tests.environments import CACHE, Environment, fetched, python

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pep786.verify.index import Index
    from tests.environments import Environments as Shims

# As pytest was started: the registry may be configured there.
_ENVIRON = dict(os.environ)
_PYPROJECT = """\
[project]
name = "a-project"
version = "1.0"
requires-python = ">=3.9"
dependencies = []
"""


@dataclass(frozen=True)
class Tool:
    """A release and what is particular to it.

    python   the minor version that runs it here.
    instead  for what it requires (by name), another requirement, or None for none: what it names does not exist,
             or no longer works with it.
    fetch    the command that has it fetch demo-wheel; flags stand before it and, where the tool knows them there,
             after it.
    children whether a pip that it starts fetches, and not the tool itself.
    """

    name: str
    version: str
    python: str
    fetch: tuple[str, ...]
    instead: Mapping[str, str | None] = field(default_factory=dict, hash=False)
    children: bool = False

    @property
    def id(self) -> str:
        """What to call it in a list of tests."""
        return f"{self.name}-{self.version}"

    @property
    def is_modern(self) -> bool:
        """Whether pdm is of its second major."""
        return not self.version.startswith("1.15")


_PDM = {"certifi": "certifi", "hishel": "hishel[httpx2]>=1.4,<2"}
TOOLS = (
    Tool("poetry", "2.5.1", "3.12", ("add", "demo-wheel")),
    Tool("poetry", "1.8.5", "3.11", ("add", "demo-wheel"), {"poetry-plugin-export": None}),
    Tool("pdm", "2.29.4", "3.12", ("add", "--no-self", "demo-wheel"), _PDM),
    Tool(
        "pdm",
        "2.29.3",
        "3.12",
        ("add", "--no-self", "demo-wheel"),
        {"hishel": "hishel[httpx]<2", "unearth": "unearth<0.19"},
    ),
    Tool("pdm", "1.15.5", "3.9", ("add", "--no-self", "demo-wheel")),
    Tool("hatch", "1.18.2", "3.12", ("env", "create"), children=True),
    Tool("hatch", "1.9.7", "3.11", ("env", "create"), {"click": "click<8.2"}, children=True),
)


def unpack(tool: Tool, folder: Path) -> Path:
    """The released wheel, unpacked into a folder."""
    with zipfile.ZipFile(fetched(tool.name, tool.version)) as archive:
        archive.extractall(folder)
    return folder


@functools.lru_cache(maxsize=None)
def sdist(tool: Tool) -> Path:
    """The released sdist, unpacked into the cache."""
    folder = CACHE / f"{tool.id}-sdist"
    if not folder.exists():
        part = CACHE / f"{folder.name}.{os.getpid()}"
        command = ["download", "--quiet", "--no-deps", "--no-binary", tool.name, "--dest", str(part)]
        _pip(tool, *command, f"{tool.name}=={tool.version}")
        shutil.unpack_archive(str(next(part.glob("*.tar.gz"))), str(part / "unpacked"))
        _keep(next((part / "unpacked").iterdir()), folder)
        shutil.rmtree(part)
    return folder


@functools.lru_cache(maxsize=None)
def libraries(tool: Tool) -> Path:
    """A folder of the cache with what a release requires, for its Python."""
    folder = CACHE / f"{tool.id}-libraries-for-python{tool.python}"
    if not folder.exists():
        with zipfile.ZipFile(fetched(tool.name, tool.version)) as archive:
            metadata = archive.read(f"{tool.name}-{tool.version}.dist-info/METADATA").decode()
        required = []
        for requirement in re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE):
            name = re.match(r"[\w.-]+", requirement)
            if name and "extra ==" not in requirement:
                required.append(tool.instead.get(name[0].lower(), re.sub(r"\((.*?)\)", r"\1", requirement)))
        part = CACHE / f"{folder.name}.{os.getpid()}"
        _pip(tool, "install", "--quiet", "--target", str(part), *filter(None, required))
        _keep(part, folder)
    return folder


def _pip(tool: Tool, *arguments: str) -> None:
    interpreter = python(tool.python)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {tool.python}")
    command = [interpreter, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=_ENVIRON)
    if done.returncode:
        pytest.fail(f"{tool.id} cannot be fetched: {done.stderr.strip()}")


def _keep(part: Path, folder: Path) -> None:
    try:
        part.replace(folder)
    except OSError:  # another worker was first
        if not folder.exists():
            raise


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # from one file system to another
        shutil.copy2(source, target)


class Environments:
    """Makes environments once; tests share them and change nothing in them."""

    def __init__(self, folders: pytest.TempPathFactory, shims: Shims) -> None:
        self._folders = folders
        self._shims = shims
        self._made: dict[tuple[Tool, bool, bool, bool], Environment] = {}

    def shared(self, tool: Tool, *, patched: bool = True, pip: bool = False, shim: bool = False) -> Environment:
        """An environment with a release, patched or not, with a patched pip or without, with the shim or without."""
        key = (tool, patched, pip or tool.children, shim)
        if key not in self._made:
            self._made[key] = self._fresh(*key)
        return self._made[key]

    def _fresh(self, tool: Tool, patched: bool, pip: bool, shim: bool) -> Environment:
        interpreter = python(tool.python)
        if interpreter is None:
            pytest.skip(f"this machine has no Python {tool.python}")
        made = Environment(self._folders.mktemp("tool") / "environment", interpreter)
        site = str(made.site_packages)
        shutil.copytree(libraries(tool), site, copy_function=_link, dirs_exist_ok=True)
        unpack(tool, made.site_packages)
        if patched:
            patching.apply(site, tool=tool.name)
        if pip:
            if not (made.site_packages / "pip").exists():
                made.unpack(fetched("pip", "26.2.1"))
            patching.apply(site, tool="pip")
        if shim:
            made.unpack(self._shims.wheel)
        return made


@dataclass(frozen=True)
class Project:
    """A project in a folder of its own, a person's configuration, and the tool that works on it."""

    tool: Tool
    environment: Environment
    folder: Path
    index: Index

    @classmethod
    def make(cls, tool: Tool, environment: Environment, folder: Path, index: Index) -> Project:
        """Lay out a project without dependencies."""
        shutil.rmtree(folder, ignore_errors=True)
        made = cls(tool, environment, folder / "project", index)
        made.folder.mkdir(parents=True)
        (folder / "person").mkdir()
        made.reset()
        if not tool.children:
            subprocess.run([environment.python, "-m", "venv", "--without-pip", str(made.folder / ".venv")], check=True)
        return made

    def reset(self) -> None:
        """Put the project back to where it was, but leave the caches."""
        for name in ("poetry.lock", "pdm.lock"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.person / "data", ignore_errors=True)
        (self.person / "data" / "env" / "system").mkdir(parents=True)  # hatch does not make it
        self.write("", "")

    def write(self, person: str, project: str, *, table: str = "") -> None:
        """Write ``no-analytics`` into the person's file, the project's own, and the tool's table in pyproject.toml."""
        name = self.tool.name
        own = {
            "poetry": "poetry.toml",
            "pdm": "pdm.toml" if self.tool.is_modern else ".pdm.toml",
            "hatch": "hatch.toml",
        }
        (self.person / "config.toml").write_text(f"no-analytics = {person}\n" if person else "")
        path = self.folder / own[name]
        path.unlink(missing_ok=True)
        python = f'[python]\npath = "{self.folder}/.venv/bin/python"\n'
        hatch = '[envs.default]\ntype = "system"\nskip-install = true\ndependencies = ["{env:WANTED:demo-wheel}"]\n'
        text = f"no-analytics = {project}\n" if project else ""
        text += hatch if name == "hatch" else "" if self.tool.is_modern else python
        if text:
            path.write_text(text)
        text = self._pyproject() + (f"[tool.{name}]\nno-analytics = {table}\n" if table else "")
        (self.folder / "pyproject.toml").write_text(text)

    def _pyproject(self) -> str:
        if self.tool.name != "poetry":
            return _PYPROJECT
        old = '[tool.poetry]\nname = "a-project"\nversion = "1.0"\ndescription = ""\nauthors = []\n'
        old += 'packages = []\n[tool.poetry.dependencies]\npython = ">=3.9"\n'
        source = f'[[tool.poetry.source]]\nname = "loop"\nurl = "{self.index.simple}"\npriority = "primary"\n'
        text = _PYPROJECT if self.tool.version.startswith("2.") else old
        return text + source

    @property
    def person(self) -> Path:
        """Where the person's own files are."""
        return self.folder.parent / "person"

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the tool in the project's folder."""
        environ = {
            "PATH": os.pathsep.join([str(self.environment.scripts), os.environ["PATH"]]),
            "HOME": str(self.person),
            "NO_PROXY": "*",
            **_VARIABLES[self.tool.name](self),
            **variables,
        }
        command = [self.environment.python, "-m", self.tool.name, *arguments]
        return self.environment.run(command, cwd=self.folder, **environ)

    def fetch(
        self,
        before: tuple[str, ...] = (),
        after: tuple[str, ...] = (),
        variables: Mapping[str, str] | None = None,
        name: str = "demo-wheel",
    ) -> list[str]:
        """Have a project fetched; what is wrong if the tool failed."""
        command = [name if word == "demo-wheel" else word for word in self.tool.fetch]
        done = self.run(*before, *command, *after, **(variables or {}), WANTED=name)
        return [] if done.returncode == 0 else [(done.stdout + done.stderr).strip()[-1500:]]

    def publish(self, **variables: str) -> subprocess.CompletedProcess[str]:
        """Upload the project's wheel to the index, which refuses it."""
        made = wheel("a-project", "1.0")
        (self.folder / "dist").mkdir(exist_ok=True)
        (self.folder / "dist" / made.filename).write_bytes(made.data)
        url = self.index.url("/upload")
        if self.tool.name == "poetry":
            variables["POETRY_REPOSITORIES_LOOP_URL"] = url
            return self.run("publish", "-r", "loop", "-u", "me", "-p", "secret", **variables)
        if self.tool.name == "pdm":
            return self.run("publish", "--no-build", "-r", url, "-u", "me", "-P", "secret", **variables)
        return self.run("publish", "-r", url, "-u", "me", "-a", "secret", **variables)


def _poetry(project: Project) -> dict[str, str]:
    folders = {f"POETRY_{name}_DIR": str(project.person / name.lower()) for name in ("CACHE", "DATA")}
    return {**folders, "POETRY_CONFIG_DIR": str(project.person), "POETRY_KEYRING_ENABLED": "false"}


def _pdm(project: Project) -> dict[str, str]:
    return {
        "PDM_CONFIG_FILE": str(project.person / "config.toml"),
        "PDM_CHECK_UPDATE": "0",
        "PDM_PYPI_URL": project.index.simple,
        "PDM_USE_VENV": "1",
    }


def _hatch(project: Project) -> dict[str, str]:
    return {
        "HATCH_CONFIG": str(project.person / "config.toml"),
        "HATCH_DATA_DIR": str(project.person / "data"),
        "HATCH_CACHE_DIR": str(project.person / "cache"),
        "PIP_INDEX_URL": project.index.simple,
        "PIP_TARGET": str(project.folder / "target"),  # apart from what tests share
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_CONFIG_FILE": os.devnull,
    }


_VARIABLES: dict[str, Callable[[Project], dict[str, str]]] = {"poetry": _poetry, "pdm": _pdm, "hatch": _hatch}
