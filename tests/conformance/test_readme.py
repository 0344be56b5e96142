"""The test in conformance/cases/README.md, copied as a tool's maintainer would, for a tool written here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

CASES = CHECKOUT / "conformance" / "cases"
CODE = re.search(r"```python\n(.*?)```", (CASES / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]  # type: ignore[index]

#: Reads variables, flags and its own table, and treats what is written as people wish; but for pip's own words.
MYTOOL = """\
import os, tomllib

def is_opted_out(arguments):
    flags = [argument for argument in arguments if argument in ("--no-analytics", "--analytics")]
    if flags:
        return flags[-1] == "--no-analytics"
    if any(os.environ.get(name) for name in ("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", {last!r})):
        return True
    try:
        with open("pyproject.toml", "rb") as file:
            value = tomllib.load(file).get("tool", {{}}).get("mytool", {{}}).get("no-analytics", False)
    except (OSError, ValueError):
        return False
    return value is not False
"""
OWN = 'tool = "mytool"\n'


#: What pep786 decides for a tool, in the place of one that decides for itself.
PEP786 = """\
from pep786 import resolver

FLAGS = {{"--no-analytics": True, "--analytics": False}}

def is_opted_out(line):
    given = [FLAGS[word] for word in line if word in FLAGS]
    command = next(word for word in line if not word.startswith("-"))
    isolated = "--isolated" in line
    return resolver.resolve({tool!r}, flag=given[-1] if given else None, command=command, isolated=isolated).opted_out
"""

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="the README's test imports tomllib, which came with Python 3.11"
)


def run(folder: Path, mytool: str, code: str = CODE, **variables: str) -> tuple[int, str]:
    """The README's test as it stands, with a module; its status and what it tells."""
    shutil.copytree(CASES, folder / "cases")
    if not (folder / "cases" / "mytool.toml").exists():
        (folder / "cases" / "mytool.toml").write_text(OWN)
    (folder / "mytool.py").write_text(mytool)
    (folder / "test_mytool.py").write_text(code)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    environ.update(variables, PYTHONPATH=str(CHECKOUT))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environ)
    return done.returncode, done.stdout


def passed(told: str) -> int:
    return int(re.search(r"(\d+) passed", told)[1])  # type: ignore[index]


@pytest.mark.parametrize("variables", [{}, {"PY_NO_ANALYTICS": "1"}], ids=["", "by a person who opted out"])
def test_it_passes_for_a_tool_that_does_as_the_draft_says(tmp_path: Path, variables: dict[str, str]) -> None:
    status, told = run(tmp_path, MYTOOL.format(last="PYTHON_NO_ANALYTICS"), **variables)
    assert status == 0, told
    assert passed(told) > 30


def test_it_fails_for_one_that_forgot_a_variable(tmp_path: Path) -> None:
    status, told = run(tmp_path, MYTOOL.format(last="PY_NO_ANALYTICS"))
    assert status == 1
    failed = set(re.findall(r"FAILED .*?\[(.*?)\]", told))
    assert failed == {"environment/python-1", "environment/python-0", "environment/first-empty"}


@pytest.mark.parametrize("tool", ["pip", "uv", "pdm"])
def test_it_leads_every_tool_to_the_files_of_its_own_cases(tmp_path: Path, tool: str) -> None:
    code = CODE.replace('TOOL = "mytool"', f'TOOL = "{tool}"')
    status, told = run(tmp_path, PEP786.format(tool=tool), code)
    assert status == 0, told
    assert passed(told) > 30
