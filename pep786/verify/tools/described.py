"""A tool that is nobody's here: a command line, or a small TOML file, says how it is led to the loopback index."""

from __future__ import annotations

import os
import shlex
import shutil

from ..cases import Own
from ..distributions import NEEDS
from ..errors import DataError, NoToolError
from ..places import fill, stays_inside
from ..tables import check, read
from .driver import Driver, Stage, Tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: The keys of a description; docs/verify.md says what each is.
KEYS = {
    "name": "a text",
    "command": "a text",
    "prepare": "an array of texts",
    "files": "a table of texts",
    "environment": "a table of texts",
    "own_file": "a text",
    "own_table": "a text",
    "suffix": "true or false",
    "cannot": "a table of texts",
    "needs": "a table of arrays of texts",
}
#: What ``cannot`` may name: as :attr:`pep786.verify.cases.Case.aspects` has it.
ASPECTS = ("build", "cache", "flag", "key", "pyproject", "redirects")
_FLAGS = "{flags}"


def from_file(path: str, *, inject: bool = False) -> Tool:
    """The tool that a file describes. Raises :class:`DataError`, or :class:`NoToolError` where it is not there."""
    description = read(path)
    check(description, KEYS, path, ("command",))
    return _tool(description, path, inject=inject)


def from_command(command: str, *, inject: bool = False) -> Tool:
    """The tool that a command line runs; raises as :func:`from_file` does."""
    return _tool({"command": command}, "--command", inject=inject)


def _tool(description: dict[str, Any], where: str, *, inject: bool) -> Tool:
    words = _words(description["command"], where)
    _check_placeholders(description, where)
    for aspect in description.get("cannot", {}):
        if aspect not in ASPECTS:
            raise DataError(f"{where}: cannot has {aspect}; it may have {', '.join(ASPECTS)}")
    for path in (*description.get("files", ()), description.get("own_file", Own.file)):
        if not stays_inside(path):
            raise DataError(f"{where}: the file {path} is not below the run's own folder")
    program = _program(words[0], where)
    name = description.get("name") or os.path.splitext(os.path.basename(words[0]))[0]
    driver = _driver(name, [program, *words[1:]], description, where)
    return Tool(name, "", (program,), None, "injected" if inject else "described", driver=driver)


def _driver(name: str, words: list[str], description: dict[str, Any], where: str) -> Driver:
    prepare = [_words(line, where) for line in description.get("prepare", ())]
    lines = [*([_program(line[0], where), *line[1:]] for line in prepare), words]

    def lay_out(stage: Stage) -> None:
        for path, text in description.get("files", {}).items():
            stage.write(stage.fill(path), _filled(text, stage))

    cannot = dict(description.get("cannot", {}))
    if not any(_FLAGS in word for line in lines for word in line):
        cannot.setdefault("flag", f"the command line has no {_FLAGS}")
    own = Own(description.get("own_file", Own.file), description.get("own_table", Own.table))
    return Driver(
        name,
        lambda stage: [_command_line(line, stage) for line in lines],
        lay_out,
        takes_flag=True,
        own=own if {"own_file", "own_table"} & set(description) else None,
        suffix=description.get("suffix"),
        cannot=cannot,
        commanded=tuple(words),
        variables=description.get("environment", {}),
        needs={**NEEDS, **{asked: tuple(files) for asked, files in description.get("needs", {}).items()}},
    )


def _command_line(line: list[str], stage: Stage) -> list[str]:
    """The words of a command, each placeholder filled; one for the flags makes as many words as there are flags."""
    words: list[str] = []
    for word in line:
        words += stage.flags if word == _FLAGS else [_filled(word, stage)]
    return words


def _filled(text: str, stage: Stage) -> str:
    said = {
        **stage.places,
        "requirement": stage.wanted,
        "target": os.path.join(stage.sandbox.project, "target"),
        "flags": " ".join(stage.flags),
        "python": stage.python,
    }
    return fill(text, said)


def _check_placeholders(description: dict[str, Any], where: str) -> None:
    """Led to no index, a tool would ask the one that it has built in."""
    said = " ".join(
        [
            description["command"],
            *description.get("prepare", ()),
            *description.get("files", {}).values(),
            *description.get("environment", {}).values(),
        ]
    )
    for name, what in (("index", "the index that is to be asked"), ("requirement", "what is to be fetched")):
        if f"{{{name}}}" not in said:
            raise DataError(f"{where}: {{{name}}} stands nowhere, so {what} is not said")


def _words(line: str, where: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as fault:
        raise DataError(f"{where}: {line}: {fault}") from None
    if not words:
        raise DataError(f"{where}: the command is empty")
    return words


def _program(word: str, where: str) -> str:
    """The path of a command: as the shell that this was typed in has it, wherever it is then run."""
    path = shutil.which(os.path.expanduser(word))
    if path is None:
        raise NoToolError(f"{where}: {word} is not here, or cannot be run")
    return os.path.abspath(path)
