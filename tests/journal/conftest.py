"""A person with a journal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path


class Person:
    """A home, and the commands that are run in it. The variables are the test's own, without our journal's."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home / ".local" / "state" / "pep786" / "journal.jsonl"

    def configure(self, content: str) -> None:
        """Write our own file."""
        path = self.home / ".config" / "pep786" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def run(self, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "HOME": str(self.home), "PYTHONPATH": str(CHECKOUT), **environ}
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)

    def log(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "pep786", "log", *arguments, **environ)

    def lines(self, path: Path | None = None) -> list[dict[str, Any]]:
        """What was written, each line whole."""
        path = path or self.file
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path / "home")
