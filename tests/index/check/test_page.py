"""docs/index-operators.md: its commands run, and the tests and pages that it names are there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT
from tests.index.check.indexes import CheckedIndex

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (CHECKOUT / "docs/index-operators.md").read_text("utf-8")
COMMANDS = re.findall(r"^    ((?:pep786|grep) .*)$", PAGE, re.MULTILINE)
TESTS = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)
LINKS = re.findall(r"\]\(([^)#]+)\)", PAGE)
FILES = re.findall(r"`(pep786/[\w/]+\.py)`", PAGE)

_LINE = "{}|Sat, 21 Nov 2026 10:00:00 GMT||/simple/demo/|(null)|(null)||||pip/26.3 run/1a2b3c4d\n"


def test_the_page_has_commands_and_tests() -> None:
    assert len(COMMANDS) == 5
    assert len(TESTS) > 3


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_runs(command: str, tmp_path: Path) -> None:
    (tmp_path / "internal.log").write_text(_LINE.format("simple") + _LINE.format("simple-private"))
    (tmp_path / "shared.log").write_text(_LINE.format("simple"))
    with CheckedIndex() as index:
        here = command.replace("https://packages.example/simple/", index.simple)
        here = re.sub(r"^pep786 ", f"{sys.executable} -m pep786 ", here)
        environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(here, shell=True, check=False, capture_output=True, text=True, cwd=tmp_path, env=environ)  # noqa: S602
    assert done.returncode == 0, done.stdout + done.stderr
    if "grep" in command:
        assert done.stdout == ("2\n" if "internal" in command else "1\n")
    if "--output shared.log" in command:
        assert (tmp_path / "shared.log").read_text() == _LINE.format("simple")


@pytest.mark.parametrize(("file", "test"), dict.fromkeys(TESTS))
def test_each_test_is_there(file: str, test: str) -> None:
    text = (CHECKOUT / file).read_text("utf-8")
    assert not test or f"def {test}(" in text


@pytest.mark.parametrize("path", dict.fromkeys([*FILES, *(f"docs/{link}" for link in LINKS)]))
def test_each_file_is_there(path: str) -> None:
    assert (CHECKOUT / path).exists()
