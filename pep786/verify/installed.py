"""The packaging tools on this machine: where each is, which Python runs it, and how the signal gets out of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass

from ..children import commands
from . import pip as pips
from . import running, tools
from .errors import NoToolError
from .tools.driver import RUN, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tools.driver import Driver

#: The tools that are looked for, by command.
TOOLS = ("pip", *tools.NAMES)

# Run by the interpreter of a tool, with the name of a distribution; prints one line of JSON.
_PROBE = """
import json, sys
hooked = any(getattr(finder, "pep786", False) for finder in sys.meta_path)
try:
    from importlib.metadata import version
except ImportError:
    from importlib_metadata import version
from importlib.util import find_spec
native = bool(sys.argv[2:]) and find_spec(sys.argv[2]) is not None
found = {"hooked": hooked, "native": native, "version": version(sys.argv[1]), "python": sys.version_info[:3]}
print(json.dumps(found))
"""
_TIMEOUT = 60  # seconds for a program to say what it is
_NUMBER = re.compile(r"\d+(?:\.\w+)+")
_VERSION = re.compile(r"^pip (?P<version>\S+) from (?P<path>.+) \(python (?P<python>[\d.]+)\)")


@dataclass(frozen=True)
class Installed:
    """One tool that was found.

    path    the command; None where only ``python -m pip`` runs it.
    python  the interpreter that runs it, None for a program that is not Python or cannot be seen through.
    tier    "native", "shim", "none", or "unknown" where the interpreter is not known.
    """

    name: str
    path: str | None
    python: str | None
    version: str | None
    tier: str


def find(name: str) -> Installed | None:
    """The tool that a person gets by typing name; for pip, failing that, this interpreter's. None: not here."""
    path = where(name)
    if name == "pip":
        return _find_pip(path)
    if path is None:
        return None
    if name not in tools.NAMES:
        return Installed(name, path, None, None, "none" if _is_program(path) else "unknown")
    try:
        tool = describe(tools.driver(name), path)
    except NoToolError:
        return Installed(name, path, interpreter(path), None, "unknown")
    return Installed(name, path, tool.python, tool.version or None, tool.tier)


def where(name: str) -> str | None:
    """The path of what starts the tool; None where PATH has none."""
    return shutil.which(tools.driver(name).start if name in tools.NAMES else name)


def describe(driver: Driver, path: str, *, inject: bool = False) -> Tool:
    """The tool that a path starts, with the shim put in where it is not and inject is asked for.

    Raises :class:`NoToolError` where the interpreter in its first line does not have the tool.
    """
    python = None if driver.wrapped else interpreter(path)
    if python is None:
        # No Python program, or behind a version manager's stand-in: what it prints is what there is to know of it.
        number = version(path)
        command = (*RUN, "--", path) if driver.wrapped and inject else (path,)
        tier = "injected" if inject else "none" if driver.wrapped else "unknown"
        return Tool(driver.name, number or "", command, None, tier)
    probe = [python, "-c", _PROBE, driver.project, *([driver.native] if driver.native else [])]
    try:
        # In a folder that nobody who is not to be trusted writes into: Python looks for json there first.
        found = json.loads(_output(probe, cwd=os.path.dirname(python)).splitlines()[-1])
        hooked = found["hooked"] and _has_adapter(driver)
        tier = "native" if found["native"] else "shim" if hooked else "injected" if inject else "none"
        return Tool(driver.name, str(found["version"]), (path,), python, tier, tuple(found["python"]))
    except (ValueError, LookupError, TypeError):
        raise NoToolError(f"{path}: its Python, {python}, does not have {driver.project}") from None


def version(path: str) -> str | None:
    """The version that a program prints of itself; None where it prints none."""
    found = _NUMBER.search(_output([path, "--version"]))
    return found[0] if found else None


def interpreter(path: str) -> str | None:
    """The Python in a script's first lines; None for anything else."""
    words = commands.interpreter(path)
    python = shutil.which(words[0]) if words else None
    return os.path.abspath(python) if python else None


def _find_pip(path: str | None) -> Installed | None:
    python = None if path is None else interpreter(path) or _python_behind(path)
    if path is not None and python is None:
        return Installed("pip", path, None, None, "unknown")
    try:
        pip = pips.find(python or sys.executable)
    except pips.NoPipError:
        return None if path is None else Installed("pip", path, python, None, "unknown")
    return Installed("pip", path, pip.python, pip.version, pip.tier)


def _python_behind(path: str) -> str | None:
    """The interpreter of a pip that a version manager starts: pip itself says where it lives."""
    match = _VERSION.match(_output([path, "--version"]))
    if match is None:
        return None
    folder = match["path"]
    while os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
        for name in (f"bin/python{match['python']}", "Scripts/python.exe", "python.exe"):
            python = os.path.join(folder, name)
            if os.path.exists(python):
                return python
    return None


def _is_program(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return not file.read(2).startswith(b"#!")
    except OSError:
        return False


def _has_adapter(driver: Driver) -> bool:
    from .. import adapters

    return os.path.exists(os.path.join(os.path.dirname(adapters.__file__), f"{driver.package}.py"))


def _output(command: list[str], *, cwd: str | None = None) -> str:
    try:
        return running.run(command, cwd=cwd, timeout=min(_TIMEOUT, running.limit()), errors=False).output
    except OSError:
        return ""
