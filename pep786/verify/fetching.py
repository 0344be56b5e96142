"""Named releases of tools, from the registry that pip is configured for, each in an environment of its own.

They are kept in a cache folder, the platform's or that of PEP786_CACHE, and nothing else of the person's is
written. An environment is made under another name and then renamed, so that whoever sees it sees all of it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys

from ..startup import INJECTED
from . import running
from .errors import NoToolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Mapping

_VERSION = re.compile(r"[0-9][0-9A-Za-z.!+_-]*")
_ASK = "import sys; print('%d.%d' % sys.version_info[:2])"
# A large tool from a slow registry takes minutes.
_TIMEOUT = 900
# What would have pip put the tool elsewhere than into its environment.
_ASTRAY = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PYTHONHOME", "__PYVENV_LAUNCHER__")


def cache(environ: Mapping[str, str] = os.environ) -> str:
    """The folder of the person's caches that is ours."""
    if environ.get("PEP786_CACHE"):
        return os.path.abspath(environ["PEP786_CACHE"])
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "pep786", "Cache")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "pep786")
    named = environ.get("XDG_CACHE_HOME", "")
    return os.path.join(named if os.path.isabs(named) else os.path.join(home, ".cache"), "pep786")


def fetch(
    distribution: str,
    version: str,
    python: str = sys.executable,
    constraints: Iterable[str] = (),
    environ: Mapping[str, str] = os.environ,
) -> str:
    """The environment that has this release of a distribution for this interpreter, made if need be.

    constraints are requirements that whatever it needs must keep to; environ says which registry pip is
    configured for, and where our cache is. Raises :class:`NoToolError`.
    """
    if not _VERSION.fullmatch(version):
        raise NoToolError(f"{distribution}=={version}: that is no version")
    name = f"{distribution}-{version}-python{_output([python, '-c', _ASK], environ).strip()}"
    folder = os.path.join(cache(environ), "tools", name)
    if os.path.exists(interpreter(folder)):
        return folder
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    # Of the same length: the path is inside scripts, and on Windows inside programs.
    part = f"{folder[:-9]}.{secrets.token_hex(4)}"
    try:
        _output([python, "-m", "venv", part], environ)
        _install(part, f"{distribution}=={version}", constraints, environ)
        _rename_within(part, folder)
        _move(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def interpreter(folder: str) -> str:
    """The interpreter of an environment."""
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def script(folder: str, name: str) -> str:
    """A command of an environment."""
    return os.path.join(os.path.dirname(interpreter(folder)), f"{name}.exe" if os.name == "nt" else name)


def _install(folder: str, requirement: str, constraints: Iterable[str], environ: Mapping[str, str]) -> None:
    limits = os.path.join(folder, "constraints.txt")
    with open(limits, "w", encoding="utf-8") as file:
        file.writelines(f"{limit}\n" for limit in constraints)
    # This too is a download, and carries the person's preference.
    install = ("install", "--quiet", "--disable-pip-version-check", "--constraint", limits, requirement)
    _output([interpreter(folder), "-m", "pip", *install], {**environ, "PYTHONPATH": INJECTED})


def _rename_within(part: str, folder: str) -> None:
    """Have the scripts name the environment by its final path."""
    scripts = os.path.dirname(interpreter(part))
    for entry in os.scandir(scripts):
        if entry.is_file(follow_symlinks=False):
            with open(entry.path, "rb+") as file:
                data = file.read()
                if os.fsencode(part) in data:
                    file.seek(0)
                    file.write(data.replace(os.fsencode(part), os.fsencode(folder)))


def _move(part: str, folder: str) -> None:
    if os.path.lexists(folder) and not os.path.exists(interpreter(folder)):
        shutil.rmtree(folder)  # its Python is gone
    try:
        os.rename(part, folder)
    except OSError as fault:
        if not os.path.exists(interpreter(folder)):  # else another process was first
            raise NoToolError(f"{folder} cannot be written: {fault}") from None


def _output(command: list[str], environ: Mapping[str, str]) -> str:
    """What a command prints; raises NoToolError with the last line of what it says when it fails."""
    try:
        kept = {name: value for name, value in environ.items() if name.upper() not in _ASTRAY}
        done = running.run(command, environ=kept, timeout=_TIMEOUT)
    except OSError as fault:
        raise NoToolError(str(fault)) from None
    said = done.output
    if done.status != 0:
        ended = f"did not end in {_TIMEOUT} seconds" if done.status is None else f"exit status {done.status}"
        last = said.strip().splitlines()[-1:] if done.status else []
        last = last or [ended]
        raise NoToolError(f"{os.path.basename(command[0])} {' '.join(command[1:3])}: {last[0][:200]}")
    return said
