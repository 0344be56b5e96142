"""What an interpreter is: asked of itself, in one process, with the person's variables and folder left out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Mapping

#: The oldest Python that the shim gets along with; on one older the hook does nothing (startup/inject).
OLDEST = (3, 7)

# Parses on every Python from 2.7. Takes JSON on its command line: {tool: [distribution, file of its native support]}.
_PROBE = r"""
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import json, os, re, site, sysconfig
tools = json.loads(sys.argv[1])
stdlib = sysconfig.get_path("stdlib")
base = getattr(sys, "real_prefix", None) or getattr(sys, "base_prefix", sys.prefix)
sites = getattr(site, "getsitepackages", lambda: [])()
purelib = sysconfig.get_path("purelib")
custom = None
if sys.version_info >= (3, 4):
    from importlib.machinery import PathFinder
    spec = PathFinder.find_spec("sitecustomize", [stdlib])
    custom = spec and (spec.origin or stdlib + "/sitecustomize/")
have = {}
for entry in sys.path:
    try:
        names = os.listdir(entry)
    except OSError:
        continue
    for name in names:
        match = re.match(r"(.+?)-([^-]+)(?:-py[\d.]+)?\.(?:dist|egg)-info$", name)
        if match:
            have.setdefault(re.sub(r"[-_.]+", "-", match.group(1)).lower(), match.group(2))
def native(path):
    for entry in sys.path:
        found = path and os.path.join(entry, path)
        if path and os.path.isdir(os.path.join(entry, path.split("/")[0])):
            if not os.path.isfile(found):
                return False
            if path.startswith("pip/"):
                with open(found, "rb") as file:
                    return b'"--no-analytics"' in file.read()
            return True
    return False
hook = sys.modules.get("_pep786_startup")
print("\npep786 " + json.dumps({
    "version": list(sys.version_info[:3]),
    "implementation": getattr(getattr(sys, "implementation", None), "name", "cpython"),
    "prefix": sys.prefix, "base": base, "stdlib": stdlib, "custom": custom,
    "sites": [entry for entry in [purelib] + sites if entry in sites or not sites],
    "scripts": sysconfig.get_path("scripts"),
    "hooked": any(getattr(finder, "pep786", False) for finder in sys.meta_path),
    "hook": hook and hook.__file__,
    "tools": {tool: [have[dist], native(path)] for tool, (dist, path) in tools.items() if dist in have},
}))
"""
_MARKER = "EXTERNALLY-MANAGED"
_TIMEOUT = 30
# Where they would have another Python, or none, start in its stead.
_ASTRAY = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")


class AskingError(Exception):
    """There is no such interpreter, or it does not run; the message is one line for the person."""


@dataclass(frozen=True)
class Interpreter:
    """One interpreter that runs.

    path      as it was found.                   version   such as (3, 11, 7).
    prefix    the environment it belongs to; base is that of the installation behind it, and the same if it is one.
    stdlib    the folder of its standard library, which the environments of one installation share.
    custom    the sitecustomize in there, as Python's import finds it; None: there is none.
    sites     the folders whose .pth files it reads.
    hooked    whether a hook of ours is in it, and hook is the file that it came from.
    tools     what is installed in it of the tools that were asked about: version, and whether it supports the PEP.
    """

    path: str
    version: tuple[int, ...]
    implementation: str
    prefix: str
    base: str
    stdlib: str
    custom: str | None
    sites: tuple[str, ...]
    scripts: str
    hooked: bool
    hook: str | None
    tools: Mapping[str, tuple[str, bool]] = field(default_factory=dict)

    @property
    def virtual(self) -> bool:
        """Whether it is that of a virtual environment."""
        return self.prefix != self.base

    @property
    def number(self) -> str:
        """Its version, for a person to read."""
        return ".".join(map(str, self.version))

    @property
    def marker(self) -> str | None:
        """The file by which the installation says that a package manager manages it (PEP 668); None: it does not."""
        path = os.path.join(self.stdlib, _MARKER)
        return path if os.path.exists(path) else None


def find(named: str) -> str:
    """The path of an interpreter that a person names: by path, by the folder of its environment, or as on PATH.

    Raises :class:`AskingError`.
    """
    if os.path.isdir(named):
        found = of_environment(named)
        if found is None:
            raise AskingError(f"{named}: there is no Python in that folder (bin/python, Scripts\\python.exe)")
        return found
    if os.path.dirname(named):
        if not os.path.exists(named):
            raise AskingError(f"{named}: there is no such file")
        return os.path.abspath(named)
    on_path = shutil.which(named)
    if on_path is None:
        raise AskingError(f"{named}: there is no such command on PATH")
    return on_path


def of_environment(folder: str) -> str | None:
    """The interpreter of an environment or an installation, by its folder."""
    for name in ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe"):
        path = os.path.join(folder, *name.split("/"))
        if os.path.lexists(path):
            return os.path.abspath(path)
    return None


def ask(path: str, tools: Mapping[str, tuple[str, str]] | None = None) -> Interpreter:
    """Ask an interpreter. tools names distributions, and files in them that support the PEP ("": none is known).

    Raises :class:`AskingError`.
    """
    environ = {name: value for name, value in os.environ.items() if name not in _ASTRAY}
    # -B: to look must not leave a trace.
    whole = os.path.abspath(path)
    command = [whole, "-B", "-E", "-s", "-c", _PROBE, json.dumps(tools or {})]
    # Not in the current directory, where Python 3.13 looks for linecache before it runs a line.
    folder = os.path.dirname(whole)
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            env=environ,
            cwd=folder,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AskingError(f"{path}: it does not answer") from None
    except OSError as fault:
        raise AskingError(f"{path}: {fault.strerror}") from None
    found = _answer(done.stdout.decode("utf-8", "replace").splitlines())
    if found is None:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise AskingError(f"{path}: no Python that runs ({said[-1] if said else f'exit status {done.returncode}'})")
    found["version"], found["sites"] = tuple(found["version"]), tuple(found["sites"])
    found["tools"] = {name: (version, native) for name, (version, native) in found["tools"].items()}
    return Interpreter(path=path, **found)


def ask_all(paths: Iterable[str], tools: Mapping[str, tuple[str, str]]) -> list[Interpreter | AskingError]:
    """Ask several, a few at a time; in their order, a fault where one does not run."""
    from concurrent.futures import ThreadPoolExecutor

    def answer(path: str) -> Interpreter | AskingError:
        try:
            return ask(path, tools)
        except AskingError as fault:
            return fault

    with ThreadPoolExecutor(max_workers=min(8, (os.cpu_count() or 1) + 2)) as pool:
        return list(pool.map(answer, paths))


def _answer(lines: list[str]) -> dict[str, Any] | None:
    """The line that is the probe's: a sitecustomize may print before it, and at exit after it."""
    for line in reversed(lines):
        if line.startswith("pep786 {"):
            try:
                found: dict[str, Any] = json.loads(line[len("pep786 ") :])
            except ValueError:
                continue
            return found
    return None
