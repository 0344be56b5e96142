"""Where a host keeps its interpreters and the environments of its tools."""

from __future__ import annotations

import os
import re
import sys

from ..children import commands
from . import asking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator, Mapping

_PYTHON = re.compile(r"(?:python|pypy)(?:\d+(?:\.\d+)?t?)?(?:\.exe)?")


def pipx(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The environments that pipx made, and the one whose pip they share."""
    homes = [environ.get("PIPX_HOME"), _data("pipx", environ), _home(".local", "pipx"), environ.get("PIPX_GLOBAL_HOME")]
    if os.name == "posix":
        homes.append("/opt/pipx")
    found = [*_environments(os.path.join(home, "venvs") for home in homes if home)]
    return [*found, *_those_with_python(os.path.join(home, "shared") for home in homes if home)]


def uv_tools(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The environments that ``uv tool`` made."""
    return list(_environments([environ.get("UV_TOOL_DIR") or os.path.join(_data("uv", environ), "tools")]))


def conda(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The environments that conda knows of, those of its own installation among them."""
    named = [environ.get("CONDA_PREFIX"), environ.get("CONDA_ROOT"), *_lines(_home(".conda", "environments.txt"))]
    executable = environ.get("CONDA_EXE")
    if executable:
        named.append(os.path.dirname(os.path.dirname(executable)))
    named += [_home(name) for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge")]
    return list(_those_with_python(name for name in named if name))


def interpreters(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Paths of interpreters: of PATH, the system, pyenv, uv and conda. The same one may recur."""
    pyenv = environ.get("PYENV_ROOT") or _home(".pyenv")
    # What pyenv puts on PATH only chooses among its versions, which are listed themselves.
    stands_in = os.path.realpath(os.path.join(pyenv, "shims"))
    for folder in search_path(environ):
        if os.path.realpath(folder) != stands_in:
            for name in _listed(folder):
                if _PYTHON.fullmatch(name) and os.access(os.path.join(folder, name), os.X_OK):
                    yield os.path.join(folder, name)
    managed = environ.get("UV_PYTHON_INSTALL_DIR") or os.path.join(_data("uv", environ), "python")
    for home in (os.path.join(pyenv, "versions"), managed):
        for environment in _environments([home]):
            path = asking.of_environment(environment)
            if path:
                yield path
    for environment in conda(environ):
        path = asking.of_environment(environment)
        if path:
            yield path


def search_path(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The folders of PATH, and those that a short PATH leaves out."""
    usual = ["/usr/local/bin", "/usr/bin"] if os.name == "posix" else []
    folders = [folder for folder in os.get_exec_path(environ) if os.path.isabs(folder)]
    return list(dict.fromkeys([*folders, *usual]))


def scripts(environ: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
    """The commands of tools on PATH: name and path, of each name the first."""
    seen = set()
    for folder in search_path(environ):
        for name in _listed(folder):
            path = os.path.join(folder, name)
            plain = name[:-4] if name.endswith(".exe") else name
            if plain in seen or not (plain in commands.SCRIPTS or plain in commands.PROGRAMS):
                continue
            if os.path.isfile(path) and os.access(path, os.X_OK):
                seen.add(plain)
                yield plain, path


def distinct(paths: Iterable[str]) -> list[str]:
    """The paths without those that are links to one before; two environments are two, although one Python runs both."""
    found: dict[str, str] = {}
    for path in paths:
        folder = os.path.realpath(os.path.dirname(path))
        virtual = os.path.exists(os.path.join(os.path.dirname(folder), "pyvenv.cfg"))
        found.setdefault(folder if virtual else os.path.realpath(path), path)
    return list(found.values())


def _environments(homes: Iterable[str]) -> Iterator[str]:
    """The folders in these folders that have an interpreter, working or not."""
    seen = set()
    for home in homes:
        for name in _listed(home):
            folder = os.path.join(home, name)
            real = os.path.realpath(folder)
            if real not in seen and asking.of_environment(folder):
                seen.add(real)
                yield folder


def _those_with_python(folders: Iterable[str]) -> Iterator[str]:
    return (folder for folder in dict.fromkeys(map(os.path.realpath, folders)) if asking.of_environment(folder))


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return [line.strip() for line in file if line.strip()]
    except OSError:
        return []


def _home(*parts: str) -> str:
    return os.path.join(os.path.expanduser("~"), *parts)


def _data(name: str, environ: Mapping[str, str]) -> str:
    """The folder of a tool's own data: XDG's, but Windows and pipx on macOS have theirs elsewhere."""
    if sys.platform == "win32":
        return os.path.join(environ.get("APPDATA") or _home("AppData", "Roaming"), name)
    if sys.platform == "darwin" and name == "pipx":
        return _home("Library", "Application Support", "pipx")
    named = environ.get("XDG_DATA_HOME", "")
    return os.path.join(named if os.path.isabs(named) else _home(".local", "share"), name)
