"""One person's machine in a temporary folder: a home, a project, a prefix, and the machine's own files."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from pep786.config import settings, toml

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.decision import Setting


class Machine:
    """Real files; nothing outside the temporary folder but the (absent) ones in /etc is looked at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home"
        self.project = self.home / "src" / "app"
        self.machine = root / "xdg"
        for folder in (self.project, self.machine, root / "prefix"):
            folder.mkdir(parents=True)
        self.environ = {"HOME": str(self.home), "XDG_CONFIG_DIRS": str(self.machine)}

    def path(self, where: str) -> Path:
        """``~/x`` in the home, ``./x`` in the project, ``machine/x`` in XDG_CONFIG_DIRS, ``x`` in the root."""
        head, _, rest = where.partition("/")
        base = {"~": self.home, ".": self.project, "machine": self.machine}.get(head)
        return self.root / where if base is None else base / rest

    def write(self, where: str, content: str | bytes) -> Path:
        path = self.path(where)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def settings(
        self, tool: str | None, cwd: Path | None = None, *, command: str | None = None, isolated: bool = False
    ) -> list[Setting]:
        return settings(tool, self.environ, str(cwd or self.project), command=command, isolated=isolated)

    def where(self, found: list[Setting]) -> list[str]:
        """The settings' files, as ``path`` takes them."""
        names = []
        for setting in found:
            assert setting.file is not None
            for head, base in (("./", self.project), ("~/", self.home), ("machine/", self.machine), ("", self.root)):
                if setting.file.startswith(str(base) + os.sep):
                    names.append(head + setting.file[len(str(base)) + 1 :])
                    break
            else:
                names.append(setting.file)
        return names


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    return made


@pytest.fixture(autouse=True)
def _nothing_parsed_yet() -> None:
    toml._seen.clear()
