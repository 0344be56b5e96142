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
OWN = 'tool = "mytool"\n[[case]]\nid = "mytool/x"\nname = "x"\nsection = "x"\nexpect = { opted_out = false }\n'


def run(folder: Path, last: str) -> tuple[int, str]:
    shutil.copytree(CASES, folder / "cases")
    (folder / "cases" / "mytool.toml").write_text(OWN)
    (folder / "mytool.py").write_text(MYTOOL.format(last=last))
    (folder / "test_mytool.py").write_text(CODE.replace("import pathlib", "import mytool, pathlib"))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, env=environ)
    return done.returncode, done.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the README's test imports tomllib, which came with Python 3.11")
def test_it_passes_for_a_tool_that_does_as_the_draft_says(tmp_path: Path) -> None:
    status, told = run(tmp_path, "PYTHON_NO_ANALYTICS")
    assert status == 0, told
    assert int(re.search(r"(\d+) passed", told)[1]) > 30  # type: ignore[index]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the README's test imports tomllib, which came with Python 3.11")
def test_it_fails_for_one_that_forgot_a_variable(tmp_path: Path) -> None:
    status, told = run(tmp_path, "PY_NO_ANALYTICS")
    assert status == 1
    failed = set(re.findall(r"FAILED .*?\[(.*?)\]", told))
    assert failed == {"environment/python-1", "environment/python-0", "environment/first-empty"}
