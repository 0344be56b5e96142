"""``python3 -m tests`` by a Python that the checks cannot run in."""

from __future__ import annotations

import subprocess

import pytest

from tests.environments import CHECKOUT, python


@pytest.mark.parametrize("version", ["3.8", "3.10"])
def test_an_older_python_is_refused_in_one_line_before_anything_is_made(version: str) -> None:
    older = python(version)
    if older is None:
        pytest.skip(f"there is no Python {version}")
    command = [older, "-m", "tests", "--list"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=CHECKOUT)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "Python 3.11 or later" in done.stderr
