"""Which command lines start a packaging tool, and what they become to take the shim along.

Tools start pip and each other in many shapes (facts about the tools, T26): ``python -Im pip``, ``python
.../__pip-runner__.py``, ``python pip.whl/pip``, ``python -c "...run_module('pip')..."``, the script ``pip``.
Each becomes the same Python with the same options running startup/launcher.py, which then runs what was asked
for. Nothing else is touched: a command that is not one of these shapes beyond doubt stays as it is.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

#: The file that Python is told to run instead; it takes the tool's import name and then what it stands for.
LAUNCHER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "startup", "launcher.py")

#: Console scripts, and the import name of the tool that each belongs to.
SCRIPTS = {
    "bandersnatch": "bandersnatch",
    "hatch": "hatch",
    "nox": "nox",
    "pdm": "pdm",
    "pex": "pex",
    "pex3": "pex",
    "pip": "pip",
    "pip-audit": "pip_audit",
    "pip-compile": "piptools",
    "pip-sync": "piptools",
    "pipenv": "pipenv",
    "pipx": "pipx",
    "poetry": "poetry",
    "pyproject-build": "build",
    "tox": "tox",
    "virtualenv": "virtualenv",
}
_MODULES = frozenset(SCRIPTS.values())

#: Ends of paths that a tool hands to Python to start itself, or another, in another environment.
_FILES = {
    "__pip-runner__.py": "pip",
    "pip/__main__.py": "pip",
    "pipenv/resolver.py": "pipenv",
    "pipenv/resolver/main.py": "pipenv",
}

#: Words that are in the code that a tool hands to Python with -c: virtualenv's two.
_CODE = {
    ("runpy", "run_module('pip'"): "pip",
    ("virtualenv.seed.wheels.periodic_update", "do_update"): "virtualenv",
}

#: Programs that no code of ours can get into; ``pep786 run`` puts its proxy beside them.
PROGRAMS = frozenset(("uv", "uvx"))

#: The file that stands for ``pep786 run --``, for a Python that need not know us.
WRAPPER = os.path.join(os.path.dirname(LAUNCHER), "wrapper.py")

#: Names the Python that has what the proxy is made of, to tools which have it not.
WRAPPING_PYTHON = "_PEP786_PYTHON"

_PYTHONS = ("pythonw", "python", "pypyw", "pypy")
_TAKE_VALUE = "WXQ"


class Program:
    """What a Python command line runs.

    options    the interpreter's own.
    kind       "-m", "-c", or "" for a file.
    what       the module, the code, or the path.
    arguments  what the program gets.
    """

    __slots__ = ("arguments", "kind", "options", "what")

    def __init__(self, options: list[str], kind: str, what: str, arguments: list[str]) -> None:
        self.options = options
        self.kind = kind
        self.what = what
        self.arguments = arguments


def accompanied(command: list[str], environ: Mapping[str, str] | None = None) -> list[str] | None:
    """The command line that takes the shim along; None if this one starts no tool that it could go along with.

    environ is the child's, whose PATH finds a script that is given by its name alone; os.environ if None.
    """
    if not command:
        return None
    if is_python(command[0]):
        program = split(command)
        tool = tool_of(program) if program else None
        if program is None or tool is None:
            return None
        kind = [program.kind] if program.kind else []
        return [command[0], *program.options, LAUNCHER, tool, *kind, program.what, *program.arguments]
    tool = SCRIPTS.get(script_name(command[0]))
    path = _find(command[0], environ) if tool else None
    python = interpreter(path) if path else None
    if tool is None or path is None or python is None:
        return None
    return [*python, LAUNCHER, tool, path, *command[1:]]


def started(command: list[str]) -> str:
    """The name of what a command line starts: of a script by its name or path, of a module by ``python -m``."""
    if not command or not is_python(command[0]):
        return script_name(command[0]) if command else ""
    program = split(command)
    return program.what if program and program.kind == "-m" else ""


def wrapped(command: list[str], environ: Mapping[str, str]) -> list[str] | None:
    """The command line with ``pep786 run --`` before it; None where no Python is known that has the proxy."""
    named = environ.get(WRAPPING_PYTHON) or os.environ.get(WRAPPING_PYTHON)
    python = named if named and os.path.isabs(named) and _is_executable(named) else wrapping_python()
    return [python, WRAPPER, *command] if python and os.access(WRAPPER, os.R_OK) else None


def wrapping_python() -> str | None:
    """This Python, if it has what the proxy is made of: looked for, not imported."""
    here = any(os.path.isdir(os.path.join(entry, "cryptography")) for entry in sys.path)
    return sys.executable if here else None


def is_python(executable: str) -> bool:
    """Whether a path is that of a Python interpreter, judged by its name."""
    name = _basename(executable).lower()
    if name.endswith(".exe"):
        name = name[: -len(".exe")]
    start = next((start for start in _PYTHONS if name.startswith(start)), None)
    return executable == sys.executable or (start is not None and _is_version(name[len(start) :]))


def split(command: list[str]) -> Program | None:
    """What a Python command line runs; None when that is its standard input, or cannot be told."""
    position = 1
    options: list[str] = []
    while position < len(command):
        argument = command[position]
        if argument in ("-", "--") or argument.startswith("--"):
            return None
        if not argument.startswith("-"):
            return Program(options, "", argument, command[position + 1 :])
        for offset, letter in enumerate(argument[1:], 1):
            if letter in "mc":  # alone, after others (-Im), or with its value attached (-mpip)
                if offset > 1:
                    options.append(argument[:offset])
                rest = command[position + 1 :]
                what = argument[offset + 1 :]
                if not what and not rest:
                    return None
                return Program(options, "-" + letter, what or rest[0], rest if what else rest[1:])
            if letter in _TAKE_VALUE:
                if offset == len(argument) - 1:
                    options.append(argument)
                    position += 1
                break
        options.extend(command[position : position + 1])
        position += 1
    return None


def tool_of(program: Program) -> str | None:
    """The import name of the tool that a Python program starts; None for any other program."""
    if program.kind == "-m":
        top = program.what.partition(".")[0]
        return top if top in _MODULES else None
    if program.kind == "-c":
        return next((tool for words, tool in _CODE.items() if all(word in program.what for word in words)), None)
    path = program.what.replace("\\", "/")
    for end, tool in _FILES.items():
        if path == end or path.endswith("/" + end):
            return tool
    return SCRIPTS.get(script_name(path))


def script_name(path: str) -> str:
    """The name of a console script without folder, suffix and version: pip for ``bin/pip3.12``."""
    name = _basename(path)
    for suffix in (".exe", ".py", ".pyz", "-script"):
        if name.endswith(suffix):
            name = name[: -len(suffix)]
    return "pip" if name.startswith("pip") and _is_version(name[len("pip") :]) else name


def interpreter(path: str) -> list[str] | None:
    """The Python, and its options, in a script's first lines; None for anything else.

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
        line = os.fsdecode(head[1][len("'''exec'") :]).strip().rpartition(' "$0"')[0]
        words = [line[1:].partition('"')[0], *line[1:].partition('"')[2].split()] if line[:1] == '"' else line.split()
    else:
        words = first.split()
    if len(words) > 1 and _basename(words[0]) == "env" and not words[1].startswith("-"):
        words = words[1:]
    elif words and not os.path.exists(words[0]):
        return None
    return words if words and is_python(words[0]) else None


def _is_version(text: str) -> bool:
    """Whether this may follow the name of a Python or a pip: nothing, 3, 3.13, or 3.13t for free threads."""
    number = text[:-1] if text.endswith("t") else text
    return not text or all(part.isdigit() for part in number.split("."))


def _basename(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _find(script: str, environ: Mapping[str, str] | None) -> str | None:
    if os.path.dirname(script):
        return script if os.path.isfile(script) else None  # a FIFO would be waited for
    for folder in os.get_exec_path(environ):
        path = os.path.join(folder, script)
        if _is_executable(path):
            return path
    return None


def _is_executable(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)
