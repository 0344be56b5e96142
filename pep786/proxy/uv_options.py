"""uv's command line: what of it is uv's own, and what belongs to the program that uv is to run.

    line = uv_options.parse(["uv", "run", "--no-analytics", "python", "x.py", "--analytics"])
    line.command    # ["uv", "run", "python", "x.py", "--analytics"]
    line.flag       # True

uv is not asked. An option that is not in the table counts as one without a value; at worst one of our flags is
left standing, and uv says so.
"""

from __future__ import annotations

import os

from ..children import commands
from ..config.values import boolean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping, Sequence

FLAGS = {"--no-analytics": True, "--analytics": False}

# Options that take the next argument, in `uv`, `uv run`, `uv tool run` and `uvx` of uv 0.5 to 0.13: the ones that
# stand before a program. From `uv help`, with the aliases that it hides. The last line: others that we ask for.
_TAKE_VALUE = """
    --allow-insecure-host --trusted-host --cache-dir --cert --color --config-file --directory --project
    --preview-feature --preview-features --python-preference --max-recursion-depth
    --build-constraint --build-constraints --constraint --constraints --override --overrides
    --config-setting --config-settings --config-setting-package --config-settings-package
    --default-index --index --index-url --extra-index-url --find-links --index-strategy --keyring-provider
    --env-file --exclude-newer --exclude-newer-package --extra --no-extra --group --no-group --only-group
    --fork-strategy --resolution --prerelease --prerelease-package --link-mode --torch-backend
    --from --with --with-editable --with-requirements --package --python --python-platform
    --no-binary-package --no-build-package --no-build-isolation-package --no-editable-package --no-sources-package
    --refresh-package --reinstall-package --upgrade-package --upgrade-group
    --check-url --publish-url
"""
_SHORT_TAKE_VALUE = frozenset("CPbcfipw")

# In `run` and `init` --script has no value.
_TAKE_SCRIPT = frozenset(("add", "audit", "check", "export", "lock", "remove", "sync", "tree"))

# Commands that have commands.
_GROUPS = frozenset(("auth", "cache", "pip", "python", "self", "tool", "workspace"))

# Commands whose first argument is a program, and all that follows its own.
_RUNNERS = (["run"], ["tool", "run"], ["tool", "uvx"])

# Where `--isolated` is no longer the old name of `--no-config`.
_NOT_ISOLATED = (
    *("add", "audit", "check", "export", "format", "init", "lock"),
    *("python", "remove", "run", "sync", "tool", "tree", "version"),
)


class Line:
    """A command line of uv, read.

    command   it without our flags.
    start     what of it starts uv: ["uv"], ["python", "-m", "uv"].
    flag      what they said, the last of them: True for ``--no-analytics``; None without any.
    words     uv's command: ["run"], ["tool", "install"]; for uvx ["tool", "run"].
    values    option to value, the last of each option that has one.
    switches  the options without a value, as written.
    program   the program that uv is to run and its arguments.
    """

    __slots__ = ("command", "flag", "program", "start", "switches", "values", "words")

    def __init__(self, command: list[str], words: list[str]) -> None:
        self.command = command
        self.start = list(command)
        self.words = words
        self.flag: bool | None = None
        self.values: dict[str, str] = {}
        self.switches: set[str] = set()
        self.program: list[str] = []

    def says(self, *options: str) -> bool:
        """Whether one of the options is there, which take no value; a short one may stand in a group: ``-qs``."""
        return any(option in options for given in (*self.switches, *self.values) for option in _each(given))

    def directory(self, environ: Mapping[str, str], cwd: str | None = None) -> str:
        """Where uv works: ``--directory``, or the current directory."""
        there = self.values.get("--directory") or environ.get("UV_WORKING_DIR") or environ.get("UV_WORKING_DIRECTORY")
        here = os.path.abspath(cwd) if cwd else os.getcwd()
        return os.path.normpath(os.path.join(here, there or ""))

    def project(self, environ: Mapping[str, str], cwd: str | None = None) -> str | None:
        """``--project``, absolute; None if nothing was said. Its pyproject.toml stands for the folder."""
        said = self.values.get("--project") or environ.get("UV_PROJECT")
        if not said:
            return None
        path = os.path.normpath(os.path.join(self.directory(environ, cwd), said))
        is_file = os.path.basename(path) == "pyproject.toml" and os.path.isfile(path)
        return os.path.dirname(path) if is_file else path

    def named_file(self, environ: Mapping[str, str], cwd: str | None = None) -> str | None:
        """The one file that uv is told to read, absolute; None if it looks for its files."""
        named = self.values.get("--config-file") or environ.get("UV_CONFIG_FILE")
        return os.path.normpath(os.path.join(self.directory(environ, cwd), named)) if named else None

    def reads_no_files(self, environ: Mapping[str, str]) -> bool:
        """Whether uv looks for no configuration; a file that is named it reads all the same."""
        if "--no-config" in self.switches or boolean(environ.get("UV_NO_CONFIG", "")):
            return True
        return "--isolated" in self.switches and self.words[:1] != [] and self.words[0] not in _NOT_ISOLATED

    def seen(self, environ: Mapping[str, str], cwd: str | None = None) -> tuple[str, dict[str, str]]:
        """Where, and with what variables, uv sees its configuration: for ``resolve("uv", cwd=, environ=)``."""
        variables = dict(environ)
        named = self.named_file(environ, cwd)
        if named:
            variables["UV_CONFIG_FILE"] = named
        elif self.reads_no_files(environ):
            variables["UV_NO_CONFIG"] = "1"
        return self.project(environ, cwd) or self.directory(environ, cwd), variables

    def with_config_file(self, path: str) -> list[str]:
        """The command with another value of ``--config-file``."""
        command = list(self.command)
        end = len(command) - len(self.program)
        for position, argument in enumerate(command[:end]):
            if argument == "--config-file" and position + 1 < end:
                command[position + 1] = path
            elif argument.startswith("--config-file="):
                command[position] = f"--config-file={path}"
        return command


def parse(command: Sequence[str]) -> Line:
    """Read a command line that starts uv or uvx, or either with ``python -m``."""
    start, name = _start(list(command))
    line = Line(list(command[:start]), ["tool", "run"] if name == "uvx" else [])
    arguments = list(command[start:])
    while arguments:
        argument = arguments.pop(0)
        named = argument == "-" or not argument.startswith("-")  # no option
        if argument == "--" or (named and line.words in _RUNNERS):
            line.program = arguments if argument == "--" else [argument, *arguments]
            line.command += [argument, *arguments]
            break
        if argument in FLAGS:
            line.flag = FLAGS[argument]
            continue
        line.command.append(argument)
        if named:
            if not line.words or (len(line.words) == 1 and line.words[0] in _GROUPS):
                line.words.append(argument)
        elif arguments and _takes_next(argument, line.words) and (arguments[0] == "-" or arguments[0][:1] != "-"):
            line.values[argument] = arguments[0]
            line.command.append(arguments.pop(0))
        elif argument.startswith("--") and "=" in argument:
            option, _, value = argument.partition("=")
            line.values[option] = value
        else:
            line.switches.add(argument)
    return line


def _start(command: list[str]) -> tuple[int, str]:
    """Where uv's own arguments begin, and whether it is "uv" or "uvx"."""
    if command and commands.is_python(command[0]):
        program = commands.split(command)
        if program is not None and program.kind == "-m":
            return len(command) - len(program.arguments), program.what
    return 1, commands.script_name(command[0]) if command else "uv"


def _each(option: str) -> list[str]:
    """The options in a group of short ones, up to the one that takes a value; of a long one itself."""
    if option.startswith("--"):
        return [option]
    taking = next((place for place, letter in enumerate(option) if letter in _SHORT_TAKE_VALUE), len(option))
    return [f"-{letter}" for letter in option[1:taking]]


def _takes_next(option: str, words: list[str]) -> bool:
    if option.startswith("--"):
        return option in _TAKE_VALUE.split() or (option == "--script" and words[:1] != [] and words[0] in _TAKE_SCRIPT)
    # -p 3.12, or -qp 3.12; but in -p3.12 the value is there.
    taking = next((place for place, letter in enumerate(option) if letter in _SHORT_TAKE_VALUE), None)
    return taking is not None and taking == len(option) - 1
