"""Every interpreter and every tool of a host, and how the signal gets out of each.

One process to an interpreter; environments that link to the same place are one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field

from .. import adapters, startup
from ..children import commands
from ..verify import installed, tools
from . import asking, places, switching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

    from .asking import AskingError, Interpreter

# Where each pip has its options; ours among them says that it supports the PEP itself.
_PIP = ("pip", "pip/_internal/cli/cmdoptions.py")
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True)
class Found:
    """One tool. tier is "native", "shim", "wrapper", "proxy", "none", or "unknown" where it cannot be seen through.

    version and path are None where that is so of them; on_path: whether it is what a person gets by typing its name.
    """

    name: str
    version: str | None
    path: str | None
    tier: str
    on_path: bool = False


@dataclass(frozen=True)
class Environment:
    """One environment or installation, and the tools in it.

    kind     "python", "venv", "pipx", "uv tool" or "conda".
    path     its interpreter.      number   its version; None for one that does not run, and fault says why.
    reached  by what the shim is in it: "installed", "enabled" (here), "venvs" (all of its installation), None.
    stale    whether it was enabled and what that leads to is gone.
    """

    kind: str
    path: str
    number: str | None
    tools: tuple[Found, ...] = ()
    reached: str | None = None
    stale: bool = False
    fault: str | None = None


@dataclass
class Host:
    """All that was found: environments, and commands on PATH that are in none of them."""

    environments: list[Environment] = field(default_factory=list)
    commands: list[Found] = field(default_factory=list)


def look(environ: Mapping[str, str] = os.environ) -> Host:
    """Look at the whole host."""
    scripts = list(places.scripts(environ))
    kinds = _kinds(environ)
    starters = [(name, path, commands.interpreter(path)) for name, path in scripts]
    found = [shutil.which(words[0], path=environ.get("PATH")) for _, _, words in starters if words]
    paths = places.distinct([*kinds, *places.interpreters(environ), *filter(None, found)])
    host = Host()
    seen = set()
    on_path = {os.path.realpath(path) for _, path in scripts}
    for answer, path in zip(asking.ask_all(paths, _table()), paths):
        if isinstance(answer, asking.AskingError):
            host.environments.append(_broken(kinds.get(path, "python"), path, answer))
            continue
        key = (os.path.realpath(answer.prefix), answer.version, answer.implementation)
        if key not in seen:
            seen.add(key)
            host.environments.append(_environment(kinds.get(path), answer, on_path, environ))
    shown = {os.path.realpath(tool.path) for one in host.environments for tool in one.tools if tool.path}
    for name, path, words in starters:
        if os.path.realpath(path) not in shown:
            shown.add(os.path.realpath(path))
            command = _command(name, path, words, environ)
            if command:
                host.commands.append(command)
    return host


def _kinds(environ: Mapping[str, str]) -> dict[str, str]:
    """The interpreters of which it is known who made their environment."""
    made = {"pipx": places.pipx(environ), "uv tool": places.uv_tools(environ), "conda": places.conda(environ)}
    found: dict[str, str] = {}
    for kind, folders in made.items():
        for path in filter(None, map(asking.of_environment, folders)):
            found.setdefault(path, kind)
    return found


def _table() -> dict[str, tuple[str, str]]:
    """Distribution and file of native support of each tool, for the question to an interpreter."""
    table = {"pip": _PIP}
    for name in tools.NAMES:
        driver = tools.driver(name)
        table[name] = (driver.project, f"{driver.native.replace('.', '/')}.py" if driver.native else "")
    return table


def _broken(kind: str, path: str, fault: AskingError) -> Environment:
    return Environment(kind, path, None, fault=str(fault)[len(path) + 2 :])


def _environment(kind: str | None, python: Interpreter, on_path: set[str], environ: Mapping[str, str]) -> Environment:
    found = []
    for name, (version, native) in python.tools.items():
        path = _script(python, tools.driver(name).start if name in tools.NAMES else name)
        tier = "native" if native else _tier(name, environ, hooked=python.hooked)
        found.append(Found(name, version, path, tier, path is not None and os.path.realpath(path) in on_path))
    reached, stale = _reached(python)
    return Environment(
        kind or ("venv" if python.virtual else "python"), python.path, python.number, tuple(found), reached, stale
    )


def _script(python: Interpreter, name: str) -> str | None:
    """The command of that name that this interpreter runs; Debian has its own elsewhere than Python says."""
    path = shutil.which(name, path=python.scripts)
    if path:
        return path
    path = shutil.which(name, path=os.path.dirname(python.path))
    words = commands.interpreter(path) if path else None
    return path if words and os.path.realpath(words[0]) == os.path.realpath(python.path) else None


def _reached(python: Interpreter) -> tuple[str | None, bool]:
    """By what the shim is in there; and whether something should put it in and does not."""
    ways = {"enabled": python.sites, "venvs": (python.stdlib,)}
    enabled = next((way for way, folders in ways.items() if any(map(_is_enabled, folders))), None)
    if not python.hooked:
        return None, enabled is not None
    beside = any(os.path.isfile(os.path.join(folder, "_pep786_startup.py")) for folder in python.sites)
    return ("installed" if beside or enabled is None else enabled), False


def _is_enabled(folder: str) -> bool:
    try:
        return switching.is_enabled(folder)
    except OSError:
        return False


def _tier(name: str, environ: Mapping[str, str], *, hooked: bool = False) -> str:
    """The way of the signal out of a tool that does not send it itself."""
    program = name in commands.PROGRAMS
    if hooked and not program and _has_adapter(name):
        return "shim"
    if _is_proxied(environ):
        return "proxy"
    if not program and startup.INJECTED in environ.get("PYTHONPATH", "").split(os.pathsep):
        return "wrapper"  # this very process was started by pep786 run
    return "none"


def _has_adapter(name: str) -> bool:
    package = tools.driver(name).package if name in tools.NAMES else name
    return os.path.exists(os.path.join(os.path.dirname(adapters.__file__), f"{package}.py"))


def _is_proxied(environ: Mapping[str, str]) -> bool:
    """Whether clients are pointed at a proxy of ours: its address has our name as the user."""
    value = next((environ[name] for name in _PROXIES if environ.get(name)), "")
    return value.partition("://")[2].startswith("pep786:")


def _command(name: str, path: str, words: list[str] | None, environ: Mapping[str, str]) -> Found | None:
    """A command on PATH that is in no environment listed; None for a stand-in that only chooses a version."""
    if words:  # a script whose Python is listed, but does not have the tool by metadata that could be read
        return Found(name, None, path, "unknown", on_path=True)
    if _wraps(path):
        return Found(name, None, path, "proxy" if name in commands.PROGRAMS else "wrapper", on_path=True)
    if name in commands.PROGRAMS:
        return Found(name, installed.version(path), path, _tier(name, environ), on_path=True)
    if os.path.basename(os.path.dirname(path)) == "shims":
        return None
    return Found(name, None, path, "unknown", on_path=True)


def _wraps(path: str) -> bool:
    """Whether a script is somebody's own that runs the tool through us."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    return head.startswith(b"#!") and b"pep786 run" in head
