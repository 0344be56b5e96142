"""A person's machine in a temporary folder, its /etc included, and the command run on it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.cli import main
from pep786.config.table import Row
from pep786.optout import record

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = ("pip", "uv", "poetry", "pdm", "hatch", "pipenv", "pip-compile")


class Done:
    """What a run of the command gave."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err


class Person:
    """Real files below one folder: ``~`` the home, ``.`` the project, ``/`` the machine."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.home = root / "home"
        self.project = self.home / "src" / "app"
        self.machine = root / "root"
        self._capsys = capsys
        for folder in (self.project, self.machine / "etc", self.machine / "var", root / "bin"):
            folder.mkdir(parents=True)

    def path(self, where: str) -> Path:
        """The real path of ``~/x``, ``./x`` or ``/x``."""
        base = {"~": self.home, ".": self.project, "": self.machine}[where.partition("/")[0]]
        return base / where.partition("/")[2]

    def write(self, where: str, content: str | bytes) -> Path:
        path = self.path(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def have(self, *tools: str) -> None:
        """Put tools on the PATH, and no others."""
        for entry in (self.root / "bin").iterdir():
            entry.unlink()
        for tool in tools:
            (self.root / "bin" / tool).write_text("#!/bin/sh\n")
            (self.root / "bin" / tool).chmod(0o755)

    def run(self, *words: str) -> Done:
        self._capsys.readouterr()
        status = main(words)
        told = self._capsys.readouterr()
        assert "Traceback" not in told.err
        return Done(status, told.out, told.err)

    def files(self) -> dict[str, bytes]:
        """Every file there is and its bytes, the record apart."""
        found = {}
        for base in (self.home, self.machine):
            for folder, _, names in os.walk(base):
                for name in names:
                    if name != "opt-out.json":
                        path = os.path.join(folder, name)
                        with open(path, "rb") as file:
                            found[path[len(str(self.root)) :]] = file.read()
        return found


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Person:
    (tmp_path / "home").rmdir()  # made for every test
    made = Person(tmp_path, capsys)
    template = Row.template

    def redirected(self: Row, platform: str) -> str:
        found = template(self, platform)
        return f"{made.machine}{found}" if found.startswith("/") else found

    monkeypatch.setattr(Row, "template", redirected)
    monkeypatch.setattr(record, "machine_file", lambda *_: str(made.path("/var/opt-out.json")))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(made.project)
    return made
