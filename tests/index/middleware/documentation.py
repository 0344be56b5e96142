"""The page's examples, as a reader would try them: its files written, its commands run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tests.environments import CHECKOUT
from tests.index.middleware.servers import interpreter

if TYPE_CHECKING:
    from pathlib import Path

PAGE = CHECKOUT / "docs" / "index-middleware.md"

#: The commands of the page that are scripts of a distribution, as modules: the scripts name another path.
_SCRIPTS = {
    "devpi-init": ["-c", "from devpi_server.init import init; init()"],
    "devpi-server": ["-m", "devpi_server"],
    "gunicorn": ["-m", "gunicorn"],
    "hypercorn": ["-m", "hypercorn"],
    "pip": ["-m", "pip"],
    "python": [],
    "uvicorn": ["-m", "uvicorn"],
}


class Example(NamedTuple):
    """The files and commands below one heading."""

    files: dict[str, str]
    commands: list[list[str]]

    def write(self, folder: Path, port: int) -> list[list[str]]:
        """Write the files for another port; returns the commands, to be run in that folder."""
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.replace("8080", str(port)))
        return [self._runnable(command, port) for command in self.commands]

    @staticmethod
    def _runnable(command: list[str], port: int) -> list[str]:
        script, *arguments = command
        if script == "pip":
            arguments += ["--target", ".", "--no-build-isolation", "--no-deps", "--quiet"]
        return [interpreter(), *_SCRIPTS[script], *(each.replace("8080", str(port)) for each in arguments)]


def examples() -> dict[str, Example]:
    """Those of the page, by heading: a comment that is a file's name begins that file, a $ is before each command."""
    found = {}
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        files: dict[str, str] = {}
        commands = []
        name = ""
        for line in section.splitlines():
            code = line[4:]
            if line and not line.startswith("    "):
                name = ""
            elif re.fullmatch(r"# \S+\.\w+", code):
                name = code[2:]
                files[name] = ""
            elif code.startswith("$ "):
                commands.append(code[2:].split())
            elif name:
                files[name] += f"{code}\n"
        if commands:
            found[section.partition("\n")[0]] = Example(files, commands)
    return found
