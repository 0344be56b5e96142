"""The packaging tools on this machine: where each is, which Python runs it, and how the signal gets out of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass

from . import pip as pips

#: The tools the PEP names, and pipenv, by command.
TOOLS = ("pip", "uv", "poetry", "pdm", "hatch", "pipenv")

_HOOKED = "import sys; print(any(getattr(finder, 'pep786', False) for finder in sys.meta_path))"
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
    path = shutil.which(name)
    if name == "pip":
        return _find_pip(path)
    if path is None:
        return None
    python = interpreter(path)
    if python is None:
        return Installed(name, path, None, None, "none" if _is_program(path) else "unknown")
    tier = "shim" if _has_adapter(name) and _is_hooked(python) else "none"
    return Installed(name, path, python, None, tier)


def interpreter(path: str) -> str | None:
    """The Python in a script's first lines; None for anything else.

    pip's own script maker writes a two-line ``exec`` through /bin/sh where the path is long or has blanks.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(1024).split(b"\n")
    except OSError:
        return None
    if not head[0].startswith(b"#!"):
        return None
    first = os.fsdecode(head[0][2:]).strip()
    if first == "/bin/sh" and len(head) > 1 and head[1].startswith(b"'''exec'"):
        first = os.fsdecode(head[1][len("'''exec'") :]).strip().rpartition(' "$0"')[0].strip('"')
    words = first.split()
    if words and os.path.basename(words[0]) == "env":
        first = shutil.which(words[-1]) or ""
    return first if "python" in os.path.basename(first.split(" -")[0]) and os.path.exists(first) else None


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


def _has_adapter(name: str) -> bool:
    from .. import adapters

    return os.path.exists(os.path.join(os.path.dirname(adapters.__file__), name.replace("-", "_") + ".py"))


def _is_hooked(python: str) -> bool:
    return _output([python, "-c", _HOOKED]).strip() == "True"


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
